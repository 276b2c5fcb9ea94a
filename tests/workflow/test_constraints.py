"""Constraints are read in one way, from a node's inputs, a command line's options and a mapping."""

from __future__ import annotations

import argparse
import io
import json
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from nodewright.cli.arguments import make_parser
from nodewright.training.collect.config import parse as collecting
from nodewright.training.evaluate.config import parse as evaluating
from nodewright.training.grpo.config import parse as grpo
from nodewright.workflow.grammar.constraints import Constraints, read_constraints
from nodewright.writing_options import add_constraint_options

EXPECTED = Constraints(
    families=frozenset({"sdxl", "flux"}), max_nodes=12, max_megapixels=1.5, required=("ImageBlur", "LoraLoader"),
    forbidden=frozenset({"Canny"}), ends_in=("PreviewImage",),
)  # fmt: skip
WIDGETS = {
    "families": " SDXL, Flux\n", "max_nodes": 12, "max_megapixels": 1.5, "required": "ImageBlur,\nLoraLoader,ImageBlur",
    "forbidden": "Canny", "ends_in": "PreviewImage,",
}  # fmt: skip
NOW = [
    "--families", "SDXL,Flux", "--max-nodes", "12", "--max-megapixels", "1.5", "--required", "ImageBlur",
    "--required", "LoraLoader", "--forbidden", "Canny", "--ends-in", "PreviewImage",
]  # fmt: skip
BEFORE = [
    "--family", "sdxl", "--family", "FLUX", "--maximum-nodes", "12", "--maximum-megapixels", "1.5", "--require",
    "ImageBlur", "--require", "LoraLoader", "--forbid", "Canny", "--ends-in", "PreviewImage",
]  # fmt: skip


def parsed(arguments: list[str]) -> Constraints:
    parser = argparse.ArgumentParser()
    add_constraint_options(parser)
    return read_constraints(vars(parser.parse_args(arguments)))


def test_widgets_options_and_json_read_the_same() -> None:
    assert read_constraints(WIDGETS) == EXPECTED
    assert read_constraints({**WIDGETS, "families": ["sdxl", "flux"], "prompt": "ignored"}) == EXPECTED
    assert parsed(NOW) == parsed(BEFORE) == EXPECTED


def test_what_is_not_given_is_the_same_default_everywhere() -> None:
    empty = {"families": "", "required": "", "forbidden": "", "ends_in": ""}
    needed = ["--prompts", "x", "--object-info", "x", "--out", "x", "--steps", "1"]
    commands = [make_parser(()).parse_args(["generate", "a cat"])]
    assert {read_constraints(values) for values in ({}, empty, *map(vars, commands))} == {Constraints()}
    stages = [
        grpo([*needed, "--reward", "x"]),
        collecting(["--store", "x", "--scorers", "miniature"]),
        evaluating(["--out", "x", "--prompts", "x"]),
    ]
    assert {stage.constraints for stage in stages} == {Constraints()}
    assert parsed([]) == Constraints()


def test_no_limit_of_size_is_0() -> None:
    assert read_constraints({"max_megapixels": 0}).max_megapixels is None
    assert parsed(["--max-megapixels", "0"]).max_megapixels is None
    assert read_constraints({"max_megapixels": None}) == Constraints()


@pytest.mark.parametrize("limit", [0.049, 0.005, 1e-9])
def test_a_small_limit_of_size_is_not_taken_for_none(limit: float) -> None:
    assert read_constraints({"max_megapixels": limit}).max_megapixels == limit
    assert parsed([f"--max-megapixels={limit}"]).max_megapixels == limit


@pytest.mark.parametrize(
    "value",
    [
        {"max_nodes": "12"},
        {"max_megapixels": [4]},
        {"max_nodes": True},
        {"max_megapixels": float("nan")},
        {"max_nodes": float("inf")},
    ],
)
def test_what_is_no_number_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="not a number"):
        read_constraints(value)


def test_names_of_earlier_versions_are_not_shown() -> None:
    parser = argparse.ArgumentParser()
    add_constraint_options(parser)
    shown = parser.format_help() + parser.format_usage()
    assert "--families" in shown and "--required" in shown
    assert not any(f"{old} " in shown for old in ("--family", "--require", "--forbid", "--maximum-nodes"))


def test_grpo_takes_the_names_of_earlier_versions(tmp_path: Path) -> None:
    given = {
        "prompts": "x",
        "object_info": ["x"],
        "reward": "x",
        "out": "x",
        "steps": 1,
        "maximum_nodes": 8,
        "maximum_megapixels": 0.5,
    }
    (tmp_path / "config.json").write_text(json.dumps(given), encoding="utf-8")
    config = grpo(["--config", str(tmp_path / "config.json"), "--maximum-nodes", "9"])
    assert (config.max_nodes, config.max_megapixels) == (9, 0.5)


def test_a_number_out_of_range_is_a_mistake_in_the_options() -> None:
    with redirect_stderr(io.StringIO()) as errors, pytest.raises(SystemExit):
        parsed(["--max-nodes", "0"])
    assert "'0' is not a whole number from 1 to 1000" in errors.getvalue()
