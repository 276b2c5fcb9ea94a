"""`nodewright train evidence --ratings`: an ensemble of real families that goes on with a user's own ratings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import fmean

import pytest

from nodewright.cli import main
from nodewright.models.reward.ensemble import lower_confidence_bound
from nodewright.models.reward.evidence_ensemble import EvidenceEnsemble, shipped_evidence_path
from nodewright.store.triplets import Job, TripletStore
from nodewright.training.common.errors import TrainingError
from nodewright.training.evidence.own import SOURCE, OwnRating, read_ratings_of, with_ratings
from nodewright.workflow.features.plain_scripts import PlainSettings, plain_script

MODELS = ("sdxl/animagine_xl_3", "sdxl/juggernaut_xl", "sdxl/sd_xl_base_1_0", "sdxl/dreamshaper_xl", "sdxl/pony_mix")
SIZES = ((1024, 1024), (1344, 768), (768, 1344), (1216, 832))
WIDE = {(1024, 1024): 0.0, (1344, 768): 2.0, (768, 1344): -2.0, (1216, 832): 1.5}
Seen = tuple[str, str, PlainSettings]
TASTES: dict[str, Callable[[Seen], float]] = {
    "anime models": lambda seen: 3.0 * (seen[1] in (MODELS[0], MODELS[4])) - 1,
    "wide pictures": lambda seen: WIDE[seen[2].width, seen[2].height],
    "low cfg": lambda seen: 6.0 - seen[2].cfg,
    "all three": lambda seen: (
        2.0 * (seen[1] in (MODELS[0], MODELS[4])) + WIDE[seen[2].width, seen[2].height] + 5.0 - seen[2].cfg
    ),
}


def pictures(count: int, seed: int) -> list[Seen]:
    draw = Random(seed)
    found = []
    for index in range(count):
        width, height = draw.choice(SIZES)
        settings = PlainSettings(draw.randint(20, 35), round(draw.uniform(3.5, 8), 1), "euler", "normal", width, height)
        prompt = f"{draw.choice(('a photo of', 'an oil painting of', 'anime girl with'))} {index // 4} foxes"
        found.append((prompt, draw.choice(MODELS), settings))
    return found


def rated(taste: Callable[[Seen], float], count: int = 200) -> list[OwnRating]:
    """Thumbs of a user who errs: the better a picture is, the likelier it goes up."""
    draw = Random(1)
    seen = pictures(count, 0)
    return [OwnRating(one[0], plain_script(*one[1:]), float(draw.gauss(taste(one), 1.0) > 0)) for one in seen]


def right(ensemble: EvidenceEnsemble, taste: Callable[[Seen], float]) -> float:
    """Share of the pairs of new pictures that differ in taste and are in the right order."""
    shown = pictures(80, 9)
    found = [lower_confidence_bound(ensemble.score(one[0], [plain_script(*one[1:])])[0], 1.0) for one in shown]
    values = [taste(one) for one in shown]
    pairs = [(i, j) for i in range(80) for j in range(80) if values[i] - values[j] > 1]
    return fmean(float(found[i] > found[j]) for i, j in pairs)


@pytest.fixture(scope="module")
def shipped() -> EvidenceEnsemble:
    return EvidenceEnsemble.load(shipped_evidence_path())


@pytest.mark.parametrize("name", TASTES)
def test_a_taste_is_learned_from_two_hundred_ratings(shipped: EvidenceEnsemble, name: str) -> None:
    learned = with_ratings(shipped, rated(TASTES[name]), 0)
    assert right(shipped, TASTES[name]) < 0.7
    assert right(learned.ensemble, TASTES[name]) >= 0.8
    assert learned.after > learned.before + 0.1 and learned.pairs > 500
    assert "200 ratings" in learned.words


def test_ratings_at_random_change_little(shipped: EvidenceEnsemble) -> None:
    learned = with_ratings(shipped, rated(lambda _: 0.0), 0)
    assert abs(learned.after - 0.5) < 0.08
    script = plain_script(MODELS[2], PlainSettings(1, 20.0, "euler", "normal", 1024, 1024))
    good = plain_script(MODELS[2], PlainSettings(28, 6.0, "euler", "normal", 1024, 1024))
    best, broken = learned.ensemble.score("a fox", [good, script])
    assert lower_confidence_bound(best, 0) > lower_confidence_bound(broken, 0) + 1


def test_from_a_store_to_a_folder_that_says_what_it_rests_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], shipped: EvidenceEnsemble
) -> None:
    with TripletStore(tmp_path / "triplets.db") as store:
        for number, one in enumerate(rated(TASTES["wide pictures"], 60)):
            job = Job(one.prompt, one.script, {}, number, "user")
            store.rate_picture(f"{number:064x}", job, 10 * one.rating)
    options = ["train", "evidence", "--ratings", str(tmp_path / "triplets.db"), "--out", str(tmp_path / "mine")]
    assert main(options) == 0
    assert "60 ratings. Of " in capsys.readouterr().out
    mine = EvidenceEnsemble.load(tmp_path / "mine")
    (reward,) = mine.score("a fox", [plain_script(MODELS[1], pictures(1, 0)[0][2])])
    assert reward.evidence is not None and SOURCE in reward.evidence.sources
    again = with_ratings(mine, rated(TASTES["wide pictures"], 60), 0)
    assert again.ensemble.names == mine.names and (again.ensemble.weights == mine.weights).all()
    with pytest.raises(SystemExit):
        main([*options, "--folder", str(tmp_path)])


def test_too_few_ratings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no such store"):
        read_ratings_of(tmp_path / "none.db")
    with TripletStore(tmp_path / "triplets.db"):
        pass
    with pytest.raises(TrainingError, match="0 ratings so far"):
        read_ratings_of(tmp_path / "triplets.db")
