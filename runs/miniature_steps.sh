# All that miniature_cpu.sh and miniature_gpu.sh do; they read this file. `folder` and the amounts are set.
#
# Each step is one command, which goes on where it was stopped and is not run again when it has ended. MODELS names a
# models folder that has the zoo already: the zoo is not trained then. SERVERS names running ComfyUI servers with the
# zoo ("http://127.0.0.1:8188 http://127.0.0.1:8189"); otherwise COMFYUI names ComfyUI's own folder, and SERVER_COUNT
# (2) servers of it are started. PACKED names a table of triplets, such as miniature/triplets.json.xz, which are then not
# rendered. ENCODERS are further options of the separate encoders' training (--encoder FOLDER names a pretrained one; for
# a CPU, --encoder-layers 2 --encoder-hidden 192 are a twelfth of the work). PYTHON names another interpreter than
# python3: it needs nodewright's extra "train", and where servers are started, ComfyUI's requirements.
. "$(dirname "$0")/paths.sh"
python=$(absolute "${PYTHON:-python3}")
[ -z "${BASE:-}" ] || BASE=$(absolute "$BASE")
export PYTHON="$python" # this script calls itself from elsewhere
here=$(cd "$(dirname "$0")" && pwd)
script=$here/$(basename "$0")
[ -z "${MODELS:-}" ] || MODELS=$(cd "$MODELS" && pwd)
[ -z "${PACKED:-}" ] || PACKED=$(absolute "$PACKED")
[ -z "${COMFYUI:-}" ] || COMFYUI=$(cd "$COMFYUI" && pwd)
mkdir -p "$folder"
cd "$folder" # never the repository: its nodes/ and models/ would come first on Python's path
folder=$PWD
nodewright() { "$python" -m nodewright "$@"; }
train() { # STAGE, its options
    stage=$1
    shift
    "$python" -m torch.distributed.run --standalone --nproc_per_node "$processes" -m "nodewright.training.$stage" "$@"
}

# The zoo: checkpoints, LoRAs, upscalers, and as files for ComfyUI.
models=${MODELS:-$folder/models}
if [ ! -d "$models/loras" ]; then
    "$python" -m nodewright.miniature.train --out zoo --minutes "$zoo_share" --workers "$workers"
    "$python" -m nodewright.miniature.export models.part --weights zoo/weights
    mv models.part models
fi

# Everything else runs beside the servers.
if [ -z "${SERVERS:-}" ]; then
    : "${COMFYUI:?names ComfyUI's own folder, or SERVERS the URLs of servers that run}"
    [ "${SERVER_COUNT:-2}" -gt 0 ] || { echo "SERVER_COUNT must be at least 1" >&2 && exit 2; }
    exec "$python" "$here/servers.py" --comfyui "$COMFYUI" --models "$models" --folder servers \
        --count "${SERVER_COUNT:-2}" -- sh "$script" "$folder"
fi
[ -f object_info.json ] || nodewright catalog --server "${SERVERS%% *}" --out object_info.json
limits="--families miniature --max-megapixels 0.065536"

# SFT: the shipped policy learns the zoo, and all the ways to wire it; for 0 minutes it is taken as it is.
[ -f pairs.jsonl ] || nodewright train corpus --object-info object_info.json --zoo --count "$pairs" \
    --vocabulary words.json --out pairs.jsonl --workers "$workers"
base=${BASE:-$("$python" -c 'from nodewright.models.policy.checkpoints import shipped_policy_path as path; print(path())')}
if [ "$sft_minutes" = 0 ]; then
    [ -d sft ] || { cp -R "$base" sft.part && rm -rf sft.part/tuned && mv sft.part sft; } # without its adapter
fi
[ -f sft/nodewright.json ] || train sft --base "$base" --data pairs.jsonl --vocabulary words.json \
    --out sft --minutes "$sft_minutes" $training

# Triplets, first three quarters of them: two fifths of all are the corpus' workflows, a fifth the policy's, the rest
# random walks; a twentieth for prompts that nothing is trained on. More than half of the prompts ask for several kinds
# at once, and an eighth of all workflows have their numbers drawn anew over all that is possible. Half of the corpus'
# workflows for a prompt that names a LoRA have that one, or what it is worth would hardly be seen. Each prompt gets four
# workflows, since a reward model has to know which is the better one, and 12 of 100 workflows are rendered twice, to
# know the noise: 100 make 112 triplets. Equal workflows of a prompt and renders that fail make it a few less, whole
# prompts a few more.
# Each command has a seed of its own, and with it prompts of its own: what makes a prompt hard has to be learned, too.
collect() { # SEED WHO SPLIT PERCENT, further options
    seed=$1
    who=$2
    split=$3
    percent=$4
    shift 4
    nodewright train collect --store triplets.db --servers $SERVERS --scorers miniature $limits \
        --prompts "miniature:$split" --workflows "$who" --count $(((triplets * percent + 111) / 112)) --each 4 \
        --seeds 2 --repeats 0.12 --seed "$seed" --seconds-a-job 120 "$@" ||
        [ $? = 1 ] # 1: some jobs failed, which the store tells
}
if [ -n "${PACKED:-}" ] && [ ! -f triplets.done ]; then
    nodewright train collect --store triplets.db --unpack "$PACKED" --object-info object_info.json --models "$models"
    touch triplets_first.done triplets.done
fi
if [ ! -f triplets_first.done ]; then
    collect 1 pairs.jsonl train 16 --named 0.5
    collect 2 pairs.jsonl combined-train 24 --redrawn 0.3 --named 0.5
    collect 3 policy:sft train 10
    collect 4 policy:sft combined-train 12 --redrawn 0.2
    collect 5 random combined-train 8
    collect 6 pairs.jsonl validation 2 --named 0.5
    collect 7 policy:sft combined-validation 3
    touch triplets_first.done
fi

# A first tuning, only to find out where it leads: a reward ensemble knows what was rendered, and tuning goes where
# nothing was. The last quarter of the triplets is of there, half of it one workflow with several checkpoints. The pairs
# of replay.jsonl are of all the installations that the ensemble knows nothing of.
over_parts() { # OUT, further options: an ensemble that reads no policy, in a minute
    out=$1
    shift
    [ -f "$out/parts.json" ] || nodewright train reward --store triplets.db --over parts --out "$out" "$@"
}
[ -f plain.jsonl ] || "$python" -m nodewright.training.collect.balanced_prompts --split train --count 2000 --out plain.jsonl
[ -f combined.jsonl ] || "$python" -m nodewright.training.collect.balanced_prompts --split combined-train --count 2000 \
    --out combined.jsonl
[ -f prompts.jsonl ] || { cat plain.jsonl combined.jsonl >prompts.part && mv prompts.part prompts.jsonl; }
if [ ! -f replay.jsonl ]; then
    nodewright train corpus --object-info object_info.json --count 3000 --seed 1 --out others.jsonl --workers "$workers"
    grep -v '"source": "miniature"' others.jsonl >replay.part
    mv replay.part replay.jsonl
fi
# Which checkpoint goes with which words takes thousands of prompts to learn, and all layers: so each script is also
# rewarded with the other checkpoints, and those are asked about 4 further prompts for each one that is written for. It
# took 160 steps of the optimiser, so steps are small.
grpo=grpo # the training that tunes
tune() { # OUT MINUTES, further options
    out=$1
    minutes=$2
    shift 2
    [ -f "$out/adapter_model.safetensors" ] || train $grpo --prompts prompts.jsonl \
        --object-info object_info.json --models "$models" --policy sft --out "$out" --minutes "$minutes" \
        --kl-replay replay.jsonl --kl-replay-pairs 4 --max-megapixels 0.065536 --families miniature \
        --adapter-steps "${ADAPTER_STEPS:-20}" --kl-weight "$kl_weight" --layers 5 \
        --exchange-mains 1 --exchange-prompts 4 --prompts-per-step 4 --learning-rate 0.002 --warmup 5 $training "$@"
}
if [ ! -f triplets.done ]; then
    over_parts reward_first --no-report
    tune tuned_first "$first_minutes" --reward reward_first
    collect 8 policy:sft train 5 --tuned tuned_first
    collect 9 policy:sft combined-train 8 --tuned tuned_first --redrawn 0.2
    collect 10 policy:sft combined-train 9 --tuned tuned_first --exchange
    collect 11 policy:sft combined-validation 2 --tuned tuned_first
    collect 12 policy:sft validation 1 --tuned tuned_first --exchange
    nodewright train collect --store triplets.db --pack triplets.json.xz --object-info object_info.json
    nodewright train collect --summary triplets.db >triplets.md
    nodewright train heat-map --store triplets.db --sources corpus --out heat_map.png
    touch triplets.done
fi

# The score-conditioned policy: what tuning is compared with.
[ -f scored.jsonl ] || nodewright train score-conditioned --store triplets.db --object-info object_info.json \
    --models "$models" --out scored.jsonl $limits
[ -f scored/nodewright.json ] || train sft --base sft --data scored.jsonl --vocabulary words.json \
    --out scored --minutes "$scored_minutes" $training

# The reward ensemble, and GRPO against it, from the untuned policy again.
over_parts reward
tune tuned "$grpo_minutes" --reward reward
set --
if [ "$ablations" = yes ]; then
    over_parts reward_one --members 1 --no-report
    [ -f reward_policy/reward.json ] || train reward --store triplets.db --policy sft --out reward_policy \
        --epochs "$reward_epochs" $rewarding
    tune tuned_policy "$grpo_minutes" --reward reward_policy
    tune tuned_one "$grpo_minutes" --reward reward_one --kappa 0
    tune tuned_kappa_0 "$grpo_minutes" --reward reward --kappa 0
    [ -f reward_encoders/reward.json ] || train experiments.separate_encoders reward --store triplets.db \
        --policy sft --out reward_encoders --epochs "${ENCODER_EPOCHS:-4}" $rewarding ${ENCODERS:-}
    grpo="experiments.separate_encoders grpo"
    tune tuned_encoders "$grpo_minutes" --reward reward_encoders
    set -- --extra "GRPO, members over the policy=tuned_policy" "GRPO, one member=tuned_one" \
        "GRPO, kappa 0=tuned_kappa_0" \
        "GRPO, separate encoders=tuned_encoders"
fi
[ ! -d tuned.log/checkpoints ] || set -- "$@" --checkpoints GRPO=tuned.log/checkpoints

# What all of it is worth on test prompts that ask for several kinds at once, in evaluation/report.md, and on those of one
# kind, in evaluation_plain/report.md.
for prompts in combined-test test; do
    [ "$prompts" = test ] && out=evaluation_plain || out=evaluation
    nodewright train evaluate --servers $SERVERS --while-writing --store triplets.db --data pairs.jsonl --policy sft \
        --prompts "miniature:$prompts" --tuned tuned --reward reward --scored-policy scored --out "$out" $limits \
        $evaluating "$@"
done
