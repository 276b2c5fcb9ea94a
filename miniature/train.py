"""Trains the zoo from drawn scenes: one autoencoder, six diffusion checkpoints, six LoRAs, two upscalers.

    python -m nodewright.miniature.train --out runs/zoo
    python -m nodewright.miniature.train --out runs/zoo --over --only miniature_clay

The second trains one LoRA over the shipped base in five minutes of one core (lora_gain.py measures what it is worth).
By its minutes an hour and three quarters on two cores. Each member is a job of its own; two run at a time, a process
each, and those that all others wait for (autoencoder, base) as two processes together, but on a GPU as one. A job
writes DIR/<member>.state as it goes and resumes from there when started again with the same command, and ends in
DIR/weights/<member>.safetensors, which is not trained again. export.py turns these into files for ComfyUI.

    autoencoder -> miniature (the base) -> specialists, turbo, LoRAs      (diffusion.py)
                -> decoder, upscalers                                    (pictures.py)
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..files import write_bytes
from .slim import WEIGHTS
from .zoo import BASE, CHECKPOINTS, LORAS, UPSCALERS

AUTOENCODER, DECODER = "autoencoder_first", "autoencoder"


def needs(job: str) -> tuple[str, ...]:
    """Return the jobs that must have ended before `job` starts."""
    if job == AUTOENCODER:
        return ()
    if job in (BASE, DECODER):
        return (AUTOENCODER,)
    if job in [member.name for member in UPSCALERS]:
        return (DECODER,)
    return (AUTOENCODER, BASE)


def jobs() -> list[str]:
    """All jobs, in the order in which they are best begun."""
    first = [AUTOENCODER, BASE, DECODER, *(member.name for member in UPSCALERS)]
    return [*first, *(member.name for member in CHECKPOINTS[1:]), *(member.name for member in LORAS)]


def result(out: Path, job: str) -> Path:
    """Return the file that a job ends in."""
    return out / "weights" / f"{job}.safetensors"


def run_all(out: Path, wanted: Sequence[str], workers: int, options: Sequence[str]) -> None:
    """Run the wanted jobs and what they need, each in a process; a job whose result exists is left out.

    Raises:
        RuntimeError: a job failed; the message names it. Jobs running then are ended, and resume in the next run.
    """
    waiting = [job for job in jobs() if not result(out, job).is_file() and (job in wanted or _needed(job, wanted))]
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        while waiting or running:
            for job, process in list(running.items()):
                if process.poll() is None:
                    continue
                del running[job]
                if process.returncode != 0:
                    raise RuntimeError(f"{job} failed; see {out / f'{job}.log'}, then start the same command again")
                print(f"{job}: {result(out, job)}", flush=True)
            ready = [job for job in waiting if all(result(out, need).is_file() for need in needs(job))]
            for job in ready:
                if sum(width(one, workers) for one in (job, *running)) <= workers:
                    waiting.remove(job)
                    running[job] = _start(out, job, options, width(job, workers))
            time.sleep(0.5)
    finally:
        for process in running.values():
            process.terminate()


def take_over(out: Path, weights: Path) -> None:
    """Take autoencoder and base from a folder of weights as they are, where `out` has none yet."""
    for job, name in ((AUTOENCODER, DECODER), (DECODER, DECODER), (BASE, BASE)):
        if not result(out, job).is_file():
            result(out, job).parent.mkdir(parents=True, exist_ok=True)
            write_bytes(result(out, job), (weights / f"{name}.safetensors").read_bytes())


def width(job: str, workers: int) -> int:
    """How many processes a job is run by. On a GPU one: several would wait for it, and meet through the CPU."""
    from .stages import device

    return workers if job in (AUTOENCODER, BASE) and device().type == "cpu" else 1


def _needed(job: str, wanted: Sequence[str]) -> bool:
    return any(job in needs(one) or _needed(job, needs(one)) for one in wanted)


def _start(out: Path, job: str, options: Sequence[str], count: int) -> subprocess.Popen[bytes]:
    together = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(count)] if count > 1 else []
    module = __spec__.name if __spec__ else __name__
    command = [sys.executable, *together, "-m", module, "--out", str(out), "--job", job]
    # One thread a job: these networks are too small for more, and two jobs use two cores better.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    out.mkdir(parents=True, exist_ok=True)
    with open(out / f"{job}.log", "ab") as log:
        return subprocess.Popen([*command, *options], stdout=log, stderr=subprocess.STDOUT, env=environment)


def run_job(out: Path, job: str, start: Path | None, max_steps: int, minutes: float, pool: int) -> None:
    """Run one job in this process; `minutes` multiplies each member's own minutes."""
    from torch import distributed

    from . import diffusion, pictures

    if "WORLD_SIZE" in os.environ:
        distributed.init_process_group("gloo")
    limits: dict[str, Any] = {"max_steps": max_steps, "share": minutes}
    if job in (AUTOENCODER, DECODER):
        pictures.train_autoencoder(out, decoder_only=job == DECODER, start=start, **limits)
    elif job in [member.name for member in UPSCALERS]:
        pictures.train_upscaler(out, next(member for member in UPSCALERS if member.name == job), **limits)
    elif job in [member.name for member in LORAS]:
        diffusion.train_lora(
            out, next(member for member in LORAS if member.name == job), pool=pool, start=start, **limits
        )
    else:
        member = next(member for member in CHECKPOINTS if member.name == job)
        diffusion.train_checkpoint(out, member, pool=pool, start=start, **limits)
    if distributed.is_initialized():
        distributed.destroy_process_group()


def main() -> None:
    """Train the zoo."""
    parser = argparse.ArgumentParser(description="Train the miniature zoo from drawn scenes.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the jobs' files and the results")
    parser.add_argument(
        "--only", nargs="+", default=jobs(), choices=jobs(), metavar="JOB", help="these, and what they need"
    )
    parser.add_argument("--workers", type=int, default=2, help="how many jobs run at a time, each on one core")
    parser.add_argument("--minutes", type=float, default=1.0, help="multiplies every job's training time")
    parser.add_argument("--max-steps", type=int, default=10**9, help="end each job after this many steps, for trials")
    parser.add_argument("--pool", type=int, default=16_000, help="how many scenes to encode for a checkpoint")
    parser.add_argument(
        "--weights", type=Path, help="folder of weights: what it has of autoencoder, checkpoints and LoRAs learns on"
    )
    parser.add_argument(
        "--over", type=Path, nargs="?", const=WEIGHTS,
        help="folder of weights whose autoencoder and base are taken as they are; those that ship where none is named",
    )  # fmt: skip
    parser.add_argument("--job", choices=jobs(), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        out, job, start = arguments.out, arguments.job, arguments.weights
        run_job(out, job, start, arguments.max_steps, arguments.minutes, arguments.pool)
        return
    if arguments.over:
        take_over(arguments.out, arguments.over)
    options = ["--weights", arguments.weights] if arguments.weights else []
    options += ["--minutes", arguments.minutes, "--max-steps", arguments.max_steps, "--pool", arguments.pool]
    run_all(arguments.out, arguments.only, arguments.workers, [str(option) for option in options])


if __name__ == "__main__":
    main()
