#!/bin/sh
# A policy from nothing, on a CPU: pairs, training, and what it has learned.
#
#     runs/sft_cpu.sh FOLDER [OBJECT_INFO.json | URL]
#
# Everything is written into FOLDER. The node classes come from a saved object_info or from a running ComfyUI
# (http://127.0.0.1:8188 if nothing is named). On two cores: pairs 20 minutes, training MINUTES (90), evaluation 10.
# May be stopped at any time; the same command goes on. Needs: pip install --editable ".[train]"
#
# PYTHON names another interpreter than python3; PAIRS (100000) and MINUTES other sizes.
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
[ -f pairs.jsonl ] || "$python" -m nodewright train corpus --object-info object_info.json --templates \
    --count "${PAIRS:-100000}" --vocabulary words.json --out pairs.jsonl --workers 2
# Two processes of one thread each, every one with its own rows.
[ -f policy/nodewright.json ] || OMP_NUM_THREADS=1 "$python" -m torch.distributed.run --nproc_per_node 2 \
    -m nodewright.training.sft --data pairs.jsonl --vocabulary words.json --out policy --minutes "${MINUTES:-90}" \
    --hidden 384 --layers 8 --heads 6 --key-value-heads 2 --threads 1
"$python" -m nodewright train evaluate-policy --object-info object_info.json --templates --policy policy \
    --data pairs.jsonl --out figures.json
