"""What is known of files by their names."""

from __future__ import annotations

import pytest

from nodewright.workflow.ask.program_names import read_sampler
from nodewright.workflow.ask.words import STYLES
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.families import well_known_newer, well_known_sd15
from nodewright.workflow.families.lookup import FAMILIES
from nodewright.workflow.families.names import normalised
from nodewright.workflow.families.well_known import well_known

LINES = [
    (family, lora, line.strip())
    for module in (well_known_sd15, well_known_newer)
    for family, tables in module.TABLES.items()
    for lora, table in enumerate(tables)
    for line in table.split("\n")
    if line.strip()
]


@pytest.mark.parametrize(("family", "lora", "line"), LINES)
def test_every_line_can_be_read_and_is_possible(family: str, lora: int, line: str) -> None:
    name = line.split("|")[0]
    assert name == normalised(name) and line.count("|") <= 6
    found = well_known(name, lora=bool(lora))
    assert found is not None
    assert found.family in FAMILIES and found.styles <= set(STYLES)
    assert not found.sampler or read_sampler(found.sampler)[0] is not None
    assert found.steps is None or 1 <= found.steps[0] <= found.steps[1] <= 60
    assert found.cfg is None or 1 <= found.cfg[0] <= found.cfg[1] <= 12
    assert found.clip_skip in (None, 1, 2)


def test_no_name_stands_twice() -> None:
    names = [(lora, line.split("|")[0]) for _, lora, line in LINES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "styles"),
    [
        ("juggernautXL_v9Rundiffusionphoto2.safetensors", {"photo"}),
        ("Juggernaut-XL_v9_RunDiffusionPhoto_v2.safetensors", {"photo"}),
        ("majicmixRealistic_v7.safetensors", {"photo"}),
        ("realisticVisionV60B1_v51VAE.safetensors", {"photo"}),
        ("waiIllustriousSDXL_v160.safetensors", {"anime"}),
        ("SDXL/novaRealityXL_ilV50.safetensors", {"photo"}),
    ],
)
def test_a_name_stands_for_its_versions(name: str, styles: set[str]) -> None:
    found = well_known(name, lora=False)
    assert found is not None and found.styles == styles


@pytest.mark.parametrize("name", ["juggernaut_in_space.safetensors", "photons.safetensors", "x.safetensors", ""])
def test_a_name_like_it_is_another_file(name: str) -> None:
    assert well_known(name, lora=False) is None
    assert well_known("majicmixRealistic_v7.safetensors", lora=True) is None


def test_a_loras_name_may_end_with_a_version() -> None:
    for name in ("pixel-art-xl.safetensors", "pixel-art-xl-v1.1.safetensors", "pixel_art_xl_v2.safetensors"):
        found = well_known(name, lora=True)
        assert found is not None and found.trigger == "pixel art"
    assert well_known("pixel-art-xl-mix.safetensors", lora=True) is None


def test_a_known_name_tells_the_family_and_facts_unless_the_file_is_of_another_family() -> None:
    found = identify("checkpoints", "ghostmix_v20Bakedvae.ckpt")
    assert found.families == {"sd15"} and found.facts.clip_skip == 2
    assert dict(found.facts.sources)["clip_skip"] == "known file"
    lora = identify("loras", "GothicPunkAI.safetensors")
    assert lora.families == {"sd15"} and lora.facts.trigger_words == ("gothicpunkai",)
    other = identify("loras", "GothicPunkAI.safetensors", metadata={"ss_base_model_version": "sdxl_base_v1-0"})
    assert other.families == {"sdxl"} and other.facts.empty
