"""Tables of triplets: what is packed comes back whole, and is small; and workflows with other numbers."""

from __future__ import annotations

import json
import lzma
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import pytest

from nodewright.miniature.installation import ZOO_CONSTRAINTS, zoo_models
from nodewright.miniature.prompts import draw_prompt
from nodewright.store.triplets import Job, TripletStore
from nodewright.training.collect import command
from nodewright.training.collect.packed import pack, unpack
from nodewright.training.collect.redrawn import CFG, SIDES, STEPS, redrawn
from nodewright.training.collect.sampling import Drawing, Sampling, job_of
from nodewright.training.common.pairs import DataError
from nodewright.training.common.prompt_file import PromptRecord
from nodewright.training.corpus.synthesis.choosing import Installation
from nodewright.training.corpus.synthesis.zoo_workflows import draw_workflow
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.picture_sizes import picture_sizes
from nodewright.workflow.script.script import read_script, write_script


@pytest.fixture(scope="module")
def catalog(object_info: dict[str, Any]) -> Catalog:
    return catalog_from_object_info(object_info, zoo_models(), options_from_models=True)


def _scripts(catalog: Catalog, count: int) -> list[tuple[PromptRecord, tuple[str, ...]]]:
    installation, random, found = Installation(catalog), Random(5), []
    for number in range(count):
        prompt = draw_prompt(random, ("train", "combined-train", "validation")[number % 3])
        workflow = draw_workflow(installation, prompt.text, random)
        assert workflow is not None
        record = PromptRecord(prompt.text, prompt.meaning, prompt.kind, prompt.split)
        found.append((record, tuple(write_script(workflow, catalog))))
    return found


def _rows(catalog: Catalog, count: int) -> list[tuple[Job, dict[str, float], float]]:
    random = Random(9)
    rows = []
    for record, script in _scripts(catalog, count):
        for _ in range(1 + (random.random() < 0.2)):
            scores = {"miniature": random.random()} | ({"pixels": random.random()} if random.random() < 0.5 else {})
            job = job_of(catalog, record, script, random.getrandbits(48), random.choice(("corpus", "policy")))
            rows.append((job, scores, round(random.random(), 2)))
    return rows


def _content(store: TripletStore) -> list[tuple[Any, ...]]:
    return sorted(
        (one.prompt, one.choices, one.seed, json.dumps(one.api, sort_keys=True), dict(one.scores), one.source,
         one.split, one.kind, one.meaning, one.catalog, one.comfyui, one.seconds)
        for one in store.triplets()
    )  # fmt: skip


def test_what_is_packed_comes_back_whole(catalog: Catalog, tmp_path: Path) -> None:
    table = tmp_path / "triplets.json.xz"
    with TripletStore(tmp_path / "one.db") as one, TripletStore(tmp_path / "two.db") as two:
        one.add_catalog(catalog.fingerprint, ["a.ckpt"])
        rows = _rows(catalog, 30)
        assert one.add_scored(rows, catalog=catalog.fingerprint, comfyui="0.3.75") == len(rows)
        assert pack(one, catalog, table) == len(rows)
        assert unpack(table, catalog, two) == len(rows)
        assert unpack(table, catalog, two) == 0, "what is there already is not added again"
        assert _content(two) == _content(one)
        assert two.catalogs() == one.catalogs()
        first = table.read_bytes()
        pack(two, catalog, table)
        assert table.read_bytes() == first, "the order in which rows were added does not matter"


def test_sixteen_thousand_rows_fit_into_four_megabytes(catalog: Catalog, tmp_path: Path) -> None:
    rows = _rows(catalog, 500)
    with TripletStore(tmp_path / "one.db") as store:
        store.add_scored(rows, catalog="c", comfyui="0.3.75")
        pack(store, catalog, tmp_path / "table.json.xz")
    assert (tmp_path / "table.json.xz").stat().st_size / len(rows) * 16_000 < 4 * 2**20


def test_the_command_packs_and_unpacks(
    catalog: Catalog, object_info: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "models" / "checkpoints").mkdir(parents=True)
    info = tmp_path / "object_info.json"
    listed = dict(object_info)
    listed["CheckpointLoaderSimple"] = json.loads(json.dumps(object_info["CheckpointLoaderSimple"]))
    listed["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"] = [["miniature.ckpt"], {}]
    info.write_text(json.dumps(listed), encoding="utf-8")
    small = catalog_from_object_info(listed)
    record = PromptRecord("a red circle")
    workflow = draw_workflow(Installation(small), record.prompt, Random(2))
    assert workflow is not None
    script = tuple(write_script(workflow, small))
    with TripletStore(tmp_path / "one.db") as store:
        store.add_scored([(job_of(small, record, script, 7, "corpus"), {"miniature": 0.5}, 1.0)],
                         catalog="c", comfyui="")  # fmt: skip
    table, options = str(tmp_path / "t.json.xz"), ["--object-info", str(info)]
    assert command.main(["--store", str(tmp_path / "one.db"), "--pack", table, *options]) == 0
    assert command.main(["--store", str(tmp_path / "two.db"), "--unpack", table, *options]) == 0
    assert "1 new triplets" in capsys.readouterr().out
    with TripletStore(tmp_path / "one.db") as one, TripletStore(tmp_path / "two.db") as two:
        assert _content(one) == _content(two)
    with pytest.raises(SystemExit):
        command.main(["--store", str(tmp_path / "one.db"), "--pack", table])


def test_what_is_no_table_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "table.json.xz"
    with TripletStore(tmp_path / "one.db") as store, TripletStore(tmp_path / "two.db") as other:
        with pytest.raises(DataError, match="no scored triplet"):
            pack(store, catalog, path)
        store.add_scored(_rows(catalog, 3), catalog="c", comfyui="")
        pack(store, catalog, path)
        table = json.loads(lzma.decompress(path.read_bytes()))
        damaged = {
            "not xz": b"PK",
            "no JSON": lzma.compress(b"{"),
            "another form": lzma.compress(b"[]"),
            "a prompt that is missing": lzma.compress(json.dumps(table | {"prompts": []}).encode()),
            "a column that is short": lzma.compress(
                json.dumps(table | {"rows": table["rows"] | {"seed": table["rows"]["seed"][:-1]}}).encode()
            ),
        }
        for name, content in damaged.items():
            path.write_bytes(content)
            with pytest.raises(DataError, match=r"table\.json\.xz"):
                unpack(path, catalog, other)
            assert not list(other.triplets()), name
        elsewhere = next(store.triplets())
        job = Job(elsewhere.prompt, elsewhere.choices, {"1": {"class_type": "Other", "inputs": {}}}, 1)
        store.add_scored([(job, {"miniature": 0.1}, 0.0)], catalog="c", comfyui="")
        with pytest.raises(DataError, match="not what its script becomes on this installation"):
            pack(store, catalog, path)


def test_redrawn_numbers_cover_all_that_is_possible_and_nothing_else_changes(catalog: Catalog) -> None:
    random = Random(3)
    drawn: dict[str, set[Any]] = defaultdict(set)
    same = 0
    scripts = [script for _, script in _scripts(catalog, 60)]
    for script in scripts * 5:
        found = redrawn(script, catalog, ZOO_CONSTRAINTS, random)
        before, after = read_script(script, catalog), read_script(found, catalog)
        same += found == script
        assert [node.class_type for node in before.nodes] == [node.class_type for node in after.nodes]
        assert found[0] == script[0]
        for one, two in zip(before.nodes, after.nodes, strict=True):
            changed = {name for (name, old), (_, new) in zip(one.inputs, two.inputs, strict=True) if old != new}
            assert changed <= {"steps", "cfg", "sampler_name", "scheduler", "width", "height"}
            for name in changed:
                drawn["side" if name in ("width", "height") else name].add(dict(two.inputs)[name])
        assert all(size is None or size.megapixels <= 0.065537 for size in picture_sizes(after, catalog))
    assert same < 15
    steps, cfgs = drawn["steps"], drawn["cfg"]
    assert min(steps) <= 2 and max(steps) > 50 and set(steps) <= set(range(STEPS[0], STEPS[1] + 1))
    assert min(cfgs) <= 1 and max(cfgs) > 14 and CFG[0] <= min(cfgs) and max(cfgs) <= CFG[1]
    offered = next(spec for spec in catalog.classes["KSampler"].inputs if spec.name == "sampler_name").options
    assert len(drawn["sampler_name"]) > 0.7 * len(offered)
    assert drawn["side"] | {64} == set(SIDES), "64 is mostly there already"


def test_a_share_of_a_drawing_is_redrawn_and_an_old_drawing_keeps_its_key(catalog: Catalog) -> None:
    plain = Sampling("random", "miniature:combined-train", ZOO_CONSTRAINTS, each=2)
    other = Sampling("random", "miniature:combined-train", ZOO_CONSTRAINTS, each=2, redrawn=1.0)
    assert plain.key() != other.key()
    assert plain.key() == "47d60ffd5571ef821df7f71809658e7dacdc4f1900d41f164f2ef4e4df55b548"
    one, two = Drawing(plain, catalog).group(0), Drawing(other, catalog).group(0)
    assert {job.split for job in one} == {"train"} and "+" in one[0].kind
    assert [job.prompt for job in one] == [job.prompt for job in two][: len(one)]
    assert {job.choices for job in one} != {job.choices for job in two}
