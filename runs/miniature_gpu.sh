#!/bin/sh
# The whole method on the zoo at a larger scale, with a GPU: TRIPLETS triplets (40000, repeats and validation counted),
# ablations, 300 test prompts. GPUS says how many train together (1).
#
#     COMFYUI=~/ComfyUI runs/miniature_gpu.sh FOLDER
#
# As miniature_cpu.sh, with other amounts; training takes the GPU. ComfyUI's servers run on the CPU, one for two cores:
# the zoo's networks are so small that a GPU would wait for them; SERVERS names others. May be stopped at any time; the
# same command goes on. Needs: pip install --editable ".[train]"
set -eu
folder=${1:?name a folder for everything that is made}
workers=${WORKERS:-8}
processes=${GPUS:-1}
SERVER_COUNT=${SERVER_COUNT:-$((($(getconf _NPROCESSORS_ONLN) + 1) / 2))}
zoo_share=${ZOO_SHARE:-0.3}
pairs=${PAIRS:-60000}
sft_minutes=${SFT_MINUTES:-30}
triplets=${TRIPLETS:-40000}
scored_minutes=${SCORED_MINUTES:-15}
reward_epochs=${REWARD_EPOCHS:-4}
first_minutes=${FIRST_MINUTES:-20}
grpo_minutes=${GRPO_MINUTES:-60}
kl_weight=${KL_WEIGHT:-0.02}
ablations=${ABLATIONS:-yes}
training=""
rewarding=""
evaluating=${EVALUATING:---count 300 --unique 500 --device cuda}
export SERVER_COUNT
. "$(dirname "$0")/miniature_steps.sh"
