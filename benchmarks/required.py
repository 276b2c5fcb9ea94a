"""What a required class costs: nodes and samplings of the policy's workflows with and without it.

    python benchmarks/required.py [--seeds 5] [INSTALLATION ...]

Prints, for each installation and class, the median number of nodes and of samplings, and by how much they exceed those
of the workflows without a required class. The installations are those of tests/support/partial_installations.py.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from installation_data import NEWEST
from partial_installations import catalog_of, write_installation

from nodewright.models.policy.policy import Policy
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import ConstraintError
from nodewright.workflow.sense.roles import samples
from nodewright.writing import load_policy, write_workflows

SIX = ("only_sd15", "sdxl_loras_upscalers", "flux_split", "sd35", "z_image_gguf", "borrowing")
CLASSES = (
    "LoraLoader", "ImageScale", "FreeU_V2", "RescaleCFG", "HyperTile", "CLIPSetLastLayer", "VAEDecodeTiled",
    "UpscaleModelLoader", "ImageUpscaleWithModel", "LatentUpscaleBy", "ConditioningCombine", "ConditioningZeroOut",
    "SamplerCustom", "ModelSamplingDiscrete", "PreviewImage", "LoraLoaderModelOnly", "ImageScaleBy",
    "KSamplerAdvanced", "VAEEncode", "PerturbedAttentionGuidance",
)  # fmt: skip


def medians(catalog: Catalog, policy: Policy, required: tuple[str, ...], seeds: int) -> tuple[float, float]:
    """Return the median number of nodes and of samplings. Raises ConstraintError where no workflow has the class."""
    constraints = Constraints(required=required)
    found = [
        write_workflows("a cat", catalog, policy=policy, constraints=constraints, seed=seed)[0].workflow.nodes
        for seed in range(1, seeds + 1)
    ]
    samplings = [sum(samples(catalog.classes[node.class_type]) for node in nodes) for nodes in found]
    return median(map(len, found)), median(samplings)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("installations", nargs="*", default=SIX, metavar="INSTALLATION")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args(arguments)
    policy = load_policy()
    for name in options.installations:
        with tempfile.TemporaryDirectory() as folder:
            catalog = catalog_of(name, write_installation(name, Path(folder)), NEWEST)
        nodes, samplings = medians(catalog, policy, (), options.seeds)
        print(f"{name:24} {'':28} {nodes:6g} {samplings:6g}", flush=True)
        for required in CLASSES:
            try:
                more, again = medians(catalog, policy, (required,), options.seeds)
            except ConstraintError:
                print(f"{'':24} {required:28} impossible", flush=True)
                continue
            print(f"{'':24} {required:28} {more:6g} {again:6g} {more - nodes:+6g} {again - samplings:+6g}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
