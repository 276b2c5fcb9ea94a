#!/bin/sh
# The recipe at full size, with real models: Llama-3.1-8B, 500,000 pairs, 100,000 triplets, five members, GRPO, guidance.
#
#     SERVERS="http://gpu1:8188 http://gpu2:8188" runs/llama_8b.sh FOLDER PROMPTS.jsonl
#
# PROMPTS is a file of prompts, a JSON object with "prompt" a line; "split" says which are for "validation" (to choose
# baselines on) and "test", all others are trained on. The servers have the models that workflows are to be written
# for; one saved object_info describes them all. SCORERS are those of docs/scorers.md, each with the folder of its files:
# SCORERS="--scorers pickscore=/data/pickscore hps-v2.1=/data/hps" (from the root). Everything is written into
# FOLDER. May be stopped at any time; the same command goes on. Needs: pip install --editable ".[train]"
#
# Not run as it stands: the figures in the documentation are of the miniature. How long it takes is the servers' matter
# first: 100,000 renders of 5 seconds are 139 hours of one GPU. TRIPLETS says how many (100000).
#
# PYTHON names another interpreter than python3; ACCELERATE another configuration than accelerate_llama_8b.yaml; CONFIG
# another than sft_llama3.1.json; MODEL_LIST ComfyUI-Manager's model-list.json.
set -eu
folder=${1:?name a folder for everything that is made}
prompts=${2:?name a file of prompts}
: "${SERVERS:?the URLs of running ComfyUI servers}"
: "${SCORERS:?the scorers, each with its files: --scorers pickscore=FOLDER hps-v2.1=FOLDER ...}"
. "$(dirname "$0")/paths.sh"
python=$(absolute "${PYTHON:-python3}")
here=$(cd "$(dirname "$0")" && pwd)
prompts=$(absolute "$prompts")
config=$(absolute "${CONFIG:-$here/sft_llama3.1.json}")
triplets=${TRIPLETS:-100000}
accelerate=$(absolute "${ACCELERATE:-$here/accelerate_llama_8b.yaml}")
[ -z "${MODEL_LIST:-}" ] || MODEL_LIST=$(absolute "$MODEL_LIST")
mkdir -p "$folder"
cd "$folder" # never the repository: its nodes/ and models/ would come first on Python's path
nodewright() { "$python" -m nodewright "$@"; }
spread() { # a training module on all GPUs
    "$python" -m accelerate.commands.launch --config_file "$accelerate" -m "nodewright.training.$@"
}

# A split of the prompts as a file of its own.
for split in train validation test; do
    [ -f "$split.jsonl" ] || "$python" - "$prompts" "$split" >"$split.part" <<'END'
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    if line.strip() and json.loads(line).get("split", "train") == sys.argv[2]:
        print(line.strip())
END
    [ -f "$split.jsonl" ] || mv "$split.part" "$split.jsonl"
done
cat validation.jsonl test.jsonl >evaluated.jsonl

[ -f object_info.json ] || nodewright catalog --server "${SERVERS%% *}" --out object_info.json
# A few random workflows first: what is wrong with servers or scorers is found out before anything is trained.
trial() {
    nodewright train collect --store trial.db --servers $SERVERS $SCORERS --device cuda --prompts train.jsonl \
        --workflows random --count 8 --max-megapixels 4
}
[ -f trial.db ] || trial || [ $? = 1 ] || { rm -f trial.db && exit 1; }
[ -f pairs.jsonl ] || nodewright train corpus --object-info object_info.json --templates --prompts train.jsonl \
    ${MODEL_LIST:+--model-list "$MODEL_LIST"} --count "${PAIRS:-500000}" --vocabulary words.json --out pairs.jsonl \
    --workers "$(getconf _NPROCESSORS_ONLN)"
[ -f sft/nodewright.json ] || spread sft --config "$config" --data pairs.jsonl --vocabulary words.json --out sft

# TRIPLETS workflows, four for a prompt, and one in twenty for those of the validation split. One in twenty is rendered
# twice, to know the noise, which makes up for renders that fail and for workflows of a prompt that are equal.
collect() { # FILE PERCENT
    nodewright train collect --store triplets.db --servers $SERVERS $SCORERS --device cuda --prompts "$1" \
        --workflows policy:sft --count $(((triplets * $2 + 99) / 100)) --each 4 --seeds 2 --repeats 0.05 \
        --max-megapixels 4
}
if [ ! -f triplets.done ]; then
    collect train.jsonl 95 || [ $? = 1 ] # 1: some jobs failed, which the store tells
    collect validation.jsonl 5 || [ $? = 1 ]
    touch triplets.done
fi
[ -f scored.jsonl ] || nodewright train score-conditioned --store triplets.db --object-info object_info.json \
    --out scored.jsonl
[ -f scored/nodewright.json ] || spread sft --config "$config" --base sft --data scored.jsonl \
    --vocabulary words.json --out scored

[ -f reward/reward.json ] || spread reward --store triplets.db --policy sft --out reward --members 5 --layers 4 \
    --rank 16 --learning-rate 2e-4 --epochs 2
[ -f tuned/adapter_model.safetensors ] || spread grpo --prompts train.jsonl --object-info object_info.json \
    --policy sft --reward reward --out tuned --steps "${GRPO_STEPS:-1000}" --prompts-per-step 32 --rollouts 16 \
    --layers 8 --lora-rank 32 --lora-alpha 64 --learning-rate 5e-5
nodewright train evaluate --servers $SERVERS $SCORERS --device cuda --prompts evaluated.jsonl --store triplets.db \
    --data pairs.jsonl --policy sft --tuned tuned --reward reward --scored-policy scored --out evaluation \
    --count "${TEST_PROMPTS:-500}" --unique 500
