# The pairs that sft_cpu.sh and sft_gpu.sh train on; they read this file. `folder` and `source` are set.
#
# PROMPTS and WORKFLOWS may name files of prompts and a folder of workflows in API format to learn from as well; REAL a
# folder with what people published (docs/data.md); MODEL_LIST ComfyUI-Manager's model-list.json; PAIRS how many to draw
# (40000).
. "$(dirname "$0")/paths.sh"
python=$(absolute "${PYTHON:-python3}")
source=$(absolute "$source")
[ -z "${BASE:-}" ] || BASE=$(absolute "$BASE")
[ -z "${WORKFLOWS:-}" ] || WORKFLOWS=$(absolute "$WORKFLOWS")
[ -z "${REAL:-}" ] || REAL=$(absolute "$REAL")
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
# In parts of 5,000 with seeds of their own, so that what was stopped goes on.
if [ ! -f pairs.jsonl ]; then
    count=${PAIRS:-40000}
    part=0
    mkdir -p pairs
    while [ $((part * 5000)) -lt "$count" ]; do
        left=$((count - part * 5000))
        [ -f "pairs/$part.jsonl" ] || "$python" -m nodewright train corpus --object-info object_info.json --templates \
            "$@" ${REAL:+--real "$REAL"} ${MODEL_LIST:+--model-list "$MODEL_LIST"} --seed "$part" \
            --count $((left < 5000 ? left : 5000)) --vocabulary words.json --out "pairs/$part.jsonl" \
            --workers "$(getconf _NPROCESSORS_ONLN)"
        part=$((part + 1))
    done
    cat pairs/*.jsonl >pairs.part
    mv pairs.part pairs.jsonl
fi
