#!/bin/sh
# Tuning for real families on a CPU: GRPO on simulated installations against the evidence ensemble, and what it is worth.
#
#     runs/real_cpu.sh FOLDER [OBJECT_INFO.json | URL]
#
# Everything is written into FOLDER: the adapter is FOLDER/tuned, the figures are FOLDER/figures.json, beside those of the
# policy without it. The node classes come from a saved object_info or from a running ComfyUI (http://127.0.0.1:8188 if
# nothing is named). On two cores: training MINUTES (30), evaluation 20. May be stopped at any time; the same command goes
# on. Nothing is rendered. Needs: pip install --editable ".[train]"
#
# POLICY names another policy than the one in the repository, REWARD another ensemble of real families, PROMPTS a file of
# prompts to write for beside the corpus' own; PROCESSES says how many train (2), COUNT how many prompts are evaluated
# (300), KL_WEIGHT what a nat of divergence costs (0.02), ANY_MAIN for which share of the prompts any installed main model
# may be chosen (0.8). REPLAY names pairs of other installations, such as the miniature's, on which the policy is held to
# what it was; MINIATURE an adapter that was tuned there: both become one, FOLDER/joined, and that is evaluated. PYTHON
# names another interpreter than python3.
set -eu
. "$(dirname "$0")/paths.sh"
folder=${1:?name a folder for everything that is made}
source=$(absolute "${2:-http://127.0.0.1:8188}")
python=$(absolute "${PYTHON:-python3}")
[ -z "${POLICY:-}" ] || POLICY=$(absolute "$POLICY")
[ -z "${REWARD:-}" ] || REWARD=$(absolute "$REWARD")
[ -z "${PROMPTS:-}" ] || PROMPTS=$(absolute "$PROMPTS")
[ -z "${REPLAY:-}" ] || REPLAY=$(absolute "$REPLAY")
[ -z "${MINIATURE:-}" ] || MINIATURE=$(absolute "$MINIATURE")
mkdir -p "$folder"
cd "$folder" # never the repository: its nodes/ and models/ would come first on Python's path

if [ ! -f object_info.json ]; then
    case $source in
    http*) "$python" -m nodewright catalog --server "$source" --out object_info.json ;;
    *) cp "$source" object_info.json ;;
    esac
fi
shipped=$("$python" -c 'from nodewright.models.policy.checkpoints import shipped_policy_path as path; print(path())')
policy=${POLICY:-$shipped}
# Two processes of one thread each, every one with its own prompts; a GPU, where there is one, would not do for both.
[ -f tuned/adapter_model.safetensors ] || OMP_NUM_THREADS=1 CUDA_VISIBLE_DEVICES= "$python" \
    -m torch.distributed.run --standalone --nproc_per_node "${PROCESSES:-2}" \
    -m nodewright.training.grpo --installations simulated --object-info object_info.json \
    --policy "$policy" --reward "${REWARD:-$shipped/evidence}" ${PROMPTS:+--prompts "$PROMPTS"} \
    --out tuned --minutes "${MINUTES:-30}" --kl-weight "${KL_WEIGHT:-0.02}" --any-main "${ANY_MAIN:-0.8}" \
    ${REPLAY:+--kl-replay "$REPLAY" --kl-replay-pairs 4} --adapter-steps 20 --threads 1
adapter=tuned
if [ -n "${MINIATURE:-}" ]; then
    adapter=joined
    [ -f joined/adapter_model.safetensors ] || "$python" -m nodewright train join-adapters \
        --policy "$policy" --adapters tuned "$MINIATURE" --out joined
fi
[ -f figures.json ] || "$python" -m nodewright train evaluate-policy --object-info object_info.json \
    --policy "$policy" --tuned "$adapter" --against "$policy" --count "${COUNT:-300}" --out figures.json
