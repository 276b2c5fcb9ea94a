#!/bin/sh
# A large base that learns to write workflows, with LoRA on one or more GPUs: pairs, training, and what it has learned.
#
#     runs/sft_gpu.sh FOLDER CONFIG.json [OBJECT_INFO.json | URL]
#
# CONFIG is one of runs/sft_qwen2.5.json, runs/sft_qwen3.json, runs/sft_llama3.1.json, or one like them: its "base" is
# a folder or a hub id, and nothing in it is of this machine. Everything is written into FOLDER. The node classes come
# from a saved object_info or from a running ComfyUI (http://127.0.0.1:8188 if nothing is named). How long it takes
# depends on the GPU: one epoch of 100,000 pairs is some 15 to 20 million tokens. Pairs take 5 minutes on two CPU cores.
# May be stopped at any time; the same command goes on. Needs: pip install --editable ".[train]"
#
# PYTHON names another interpreter than python3; GPUS how many to use (1); sft_pairs.sh says what else may be named.
set -eu
folder=${1:?name a folder for everything that is made}
config=${2:?name a configuration: runs/sft_qwen2.5.json}
config=$(cd "$(dirname "$config")" && pwd)/$(basename "$config")
source=${3:-http://127.0.0.1:8188}
. "$(dirname "$0")/sft_pairs.sh"

[ -f policy/nodewright.json ] || "$python" -m torch.distributed.run --nproc_per_node "${GPUS:-1}" \
    -m nodewright.training.sft --config "$config" --data pairs.jsonl --vocabulary words.json --out policy
"$python" -m nodewright train evaluate-policy --object-info object_info.json --templates "$@" --policy policy \
    --data pairs.jsonl --device cuda --out figures.json
