#!/bin/sh
# The whole method on a CPU, from nothing: a zoo, a policy, triplets of real renders, a reward ensemble, GRPO, and what
# it is worth.
#
#     COMFYUI=~/ComfyUI runs/miniature_cpu.sh FOLDER
#
# Everything is written into FOLDER; what it is worth is in FOLDER/evaluation/report.md, and for prompts of one kind each
# in evaluation_plain. On two cores with nothing else running it is meant for three hours, and was not run as a whole
# since GRPO got twice the minutes (161 minutes before that): the zoo an hour (ZOO_SHARE of
# its minutes), SFT SFT_MINUTES, TRIPLETS triplets (3600, repeats and validation counted) and tuning once on the way most
# of an hour, the reward ensemble some minutes, GRPO GRPO_MINUTES, the evaluation twenty minutes. With MODELS, a folder
# that the shipped zoo was exported to, the first hour can go into renders, of better pictures. What came of both is in
# docs/lab/results.md. May be stopped at any time; the same command goes on.
# Needs: pip install --editable ".[train]"
#
# miniature_steps.sh says what else may be named (MODELS, SERVERS, PYTHON, ...).
set -eu
folder=${1:?name a folder for everything that is made}
workers=2
processes=2 # of a training, with a thread each: its matrices are too small to be shared
export OMP_NUM_THREADS=1
export CUDA_VISIBLE_DEVICES= # a GPU, where there is one, would not do for two processes
zoo_share=${ZOO_SHARE:-0.45}
pairs=${PAIRS:-15000}
sft_minutes=${SFT_MINUTES:-8}
triplets=${TRIPLETS:-3600}
scored_minutes=${SCORED_MINUTES:-4}
reward_epochs=${REWARD_EPOCHS:-1}
first_minutes=${FIRST_MINUTES:-7}
grpo_minutes=${GRPO_MINUTES:-18}
kl_weight=${KL_WEIGHT:-0.05} # an ensemble of so few triplets is trusted less far
ablations=${ABLATIONS:-no}
training="--threads 1"
rewarding="--threads 1 --no-baselines"
evaluating=${EVALUATING:---count 35 --unique 105 --sweep 7 --guidance 2 --candidates 8 --validation 1}
. "$(dirname "$0")/miniature_steps.sh"
