"""Measure what guidance costs: seconds from a prompt to a workflow at scales of 0, 1 and 2, on the same scripts.

A scale of 0 computes the reference policy, 1 the tuned one, and 2 both.

    python benchmarks/guidance.py OBJECT_INFO [--policy DIR] [--prompts 40] [--candidates 1 8] [--rank 16] [--layers 2]
        [--device cpu] [--transformers]

The adapter is random, over all linear layers of the policy's last --layers, and so small that all scales draw the same
scripts: only the work differs. The scales take turns on each prompt, so that other work of the machine slows down all
of them. Prompts and installations are those of benchmarks/decoding.py. --transformers: by transformers' forward,
as larger models and other architectures are computed. It prints Markdown.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))

from decoding import Result, Setting, Task, draw_tasks, measure, one_thread, print_heads, print_row, warm_up
from machine import Floor, describe, measure_floor

from nodewright.models.policy.batches import TransformersBatch, open_batch
from nodewright.models.policy.checkpoints import shipped_policy_path
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.lora import Adapter
from nodewright.models.policy.policy import Policy


def random_adapter(policy: Policy, layers: int, rank: int) -> Adapter:
    """Over all linear layers of the last ones, too small to change a script."""
    generator = torch.Generator().manual_seed(0)
    last = len(policy.model.model.layers) - layers
    tensors = {}
    for path, module in policy.model.named_modules():
        parts = path.split(".")
        if isinstance(module, nn.Linear) and "layers" in parts and int(parts[parts.index("layers") + 1]) >= last:
            a = torch.randn(rank, module.in_features, generator=generator)
            b = torch.randn(module.out_features, rank, generator=generator)
            tensors[path] = tuple((1e-5 * matrix).to(module.weight) for matrix in (a, b))
    return Adapter("random", rank, 1.0, {path: (a, b) for path, (a, b) in tensors.items()})


def more_to_read(policy: Policy, layers: int) -> float:
    """Return the least number of times that a context at scale 2 takes the multiplications of scale 1.

    The adapted layers are computed once more, except for what reference and tuned policy have in common: the input of
    attention in the first adapted layer. Of the last layer a context needs only keys and values.
    """
    whole, inputs = [], []
    for layer in policy.model.model.layers:
        whole.append(sum(module.weight.numel() for module in layer.modules() if isinstance(module, nn.Linear)))
        attention = layer.self_attn
        inputs.append(sum(part.weight.numel() for part in (attention.q_proj, attention.k_proj, attention.v_proj)))
    work = whole[:-1] + inputs[-1:]
    return 1 + (sum(work[-layers:]) - inputs[-layers]) / sum(work)


def run(settings: Sequence[Setting], tasks: Sequence[Task], candidates: Sequence[int]) -> dict[tuple[str, int], Result]:
    """Every setting on every task, in turns."""
    warm_up(settings, tasks, candidates)
    results = {(setting.name, count): Result() for setting in settings for count in candidates}
    for index, task in enumerate(tasks):
        for count in candidates:
            turn = index % len(settings)
            for setting in [*settings[turn:], *settings[:turn]]:
                measure(setting, task, count, results[setting.name, count])
    return results


def print_table(
    settings: Sequence[Setting], results: dict[tuple[str, int], Result], floor: Floor, reading: float
) -> None:
    """Seconds, and how many times those of the setting before last (scale 1) in the median over the prompts."""
    print_heads(
        "candidates", "scale", "p50 ms", "p95 ms", "ms to read", "ms a step", "steps", "times scale 1", "floor ms",
        "floor, times scale 1",
    )  # fmt: skip
    for count in dict.fromkeys(count for _, count in results):
        plain = next(results[setting.name, count] for setting in settings if setting.guidance == 1)
        least = [_floor(plain, floor, factor) for factor in (1.0, reading)]
        for setting in settings:
            result = results[setting.name, count]
            times = [one / other for one, other in zip(result.seconds, plain.seconds, strict=True)]
            here = _floor(result, floor, reading if setting.guidance not in (0, 1) else 1.0)
            print_row(
                count,
                setting.name,
                result.milliseconds(0.5),
                result.milliseconds(0.95),
                result.a_context(),
                result.a_step(),
                f"{result.clock.steps / len(result.seconds):.0f}",
                f"{statistics.median(times):.2f}",
                f"{1000 * here:.0f}",
                f"{here / least[0]:.2f}",
            )


def _floor(result: Result, floor: Floor, factor: float) -> float:
    """Seconds a workflow: the context's multiplications, and the layers' weights once a step."""
    clock = result.clock
    context = floor.reading(round(statistics.mean(clock.contexts)), 4)
    return factor * context + clock.steps / len(result.seconds) * floor.step()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("object_info", type=Path)
    parser.add_argument("--policy", type=Path, default=shipped_policy_path())
    parser.add_argument("--prompts", type=int, default=40)
    parser.add_argument("--candidates", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--transformers", action="store_true")
    given = parser.parse_args()
    base = load_policy(given.policy, device=given.device, tuned=False)
    policy = replace(base, adapter=random_adapter(base, given.layers, given.rank))
    print(f"{describe(policy.device)}\n")
    print(f"{policy.parameters / 1e6:.1f} M parameters, rank {given.rank} on the last {given.layers} layers\n")
    tasks = draw_tasks(given.object_info, given.prompts, 4)
    with one_thread(policy):
        floor = measure_floor(policy.model)
    print(floor)
    opener = TransformersBatch if given.transformers else open_batch
    settings = [Setting(f"{scale:g}", policy, opener, guidance=scale) for scale in (0.0, 1.0, 2.0)]
    results = run(settings, tasks, given.candidates)
    print_table(settings, results, floor, more_to_read(policy, given.layers))


if __name__ == "__main__":
    main()
