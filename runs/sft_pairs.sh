# The pairs that sft_cpu.sh and sft_gpu.sh train on; they read this file. `folder` and `source` are set.
#
# PROMPTS and WORKFLOWS may name files of prompts and a folder of workflows in API format to learn from as well;
# MODEL_LIST ComfyUI-Manager's model-list.json; PAIRS how many to draw (100000).
. "$(dirname "$0")/paths.sh"
python=$(absolute "${PYTHON:-python3}")
source=$(absolute "$source")
[ -z "${BASE:-}" ] || BASE=$(absolute "$BASE")
[ -z "${WORKFLOWS:-}" ] || WORKFLOWS=$(absolute "$WORKFLOWS")
[ -z "${MODEL_LIST:-}" ] || MODEL_LIST=$(absolute "$MODEL_LIST")
prompts=
for file in ${PROMPTS:-}; do prompts="$prompts $(absolute "$file")"; done
mkdir -p "$folder"
cd "$folder" # never the repository: its nodes/ and models/ would come first on Python's path

if [ ! -f object_info.json ]; then
    case $source in
    http*) "$python" -m nodewright catalog --server "$source" --out object_info.json ;;
    *) cp "$source" object_info.json ;;
    esac
fi
# What is learned from beside the templates, for the evaluation as well. PROMPTS is a list of files.
set -- ${prompts:+--prompts $prompts} ${WORKFLOWS:+--workflows "$WORKFLOWS"}
[ -f pairs.jsonl ] || "$python" -m nodewright train corpus --object-info object_info.json --templates "$@" \
    ${MODEL_LIST:+--model-list "$MODEL_LIST"} --count "${PAIRS:-100000}" --vocabulary words.json --out pairs.jsonl \
    --workers "$(getconf _NPROCESSORS_ONLN)"
