"""Sample a picture a second time with a changed text: "... then turn it into an oil painting".

The second sampling follows the first ones directly, before the picture is enlarged, at the size that the model knows;
whatever samples afterwards reads the changed text, too. Model, sampler and guidance are those of the first sampling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .ask.media import kept_in, restyled
from .catalog.catalog import Catalog
from .drafting import Draft, TextChange, main_family
from .families.lookup import FAMILIES
from .graph import Link, Seed, Value, Workflow
from .picture_sizes import Size, given, picture_sizes
from .sense.roles import MOST_SAMPLINGS, samples

DENOISE = {True: 0.6, False: 0.7}
"""How much of the first picture is drawn anew by a U-Net, and by a transformer, whose noise levels are shifted upwards.

The composition stays, what it is made of changes. The miniature, a transformer, ignores the new text at 0.6.
"""


def with_restyle(
    workflow: Workflow, catalog: Catalog, style: str, prompt: str, said: Sequence[str] = ()
) -> Workflow | None:
    """Return a workflow with a further sampling, which reads texts of another style.

    Args:
        workflow: the workflow.
        catalog: the installation.
        style: what the picture is to be turned into.
        prompt: what fills the texts that contain the user's prompt.
        said: what the user said of the picture and its regions; the rest of a text, such as tags of quality, stays
            where it is. Empty: all of it.

    Returns:
        The workflow; None where it samples `MOST_SAMPLINGS` times already, in a way that is not known, or without the
        prompt.
    """
    draft = Draft(workflow, catalog)
    stages = _stages(draft, workflow)
    if stages is None or len(stages[0]) + len(stages[1]) >= MOST_SAMPLINGS:
        return None
    before, after = stages
    texts = _Texts(draft, style, prompt, said)
    first, last = before[0], before[-1]
    model = first if _same_latent(draft, first, last) else last
    changed = texts.inputs(model)
    settings = _settings(draft, model, DENOISE[_is_unet(main_family(workflow, catalog))])
    if changed is None or settings is None:
        return None
    latent = next(iter(draft.links(model, "LATENT")), None)
    if latent is None:
        return None
    new = draft.copy(model, {**changed, **settings, latent: Link(last, 0)})
    draft.redirect(last, new, beside=range(len(workflow.nodes), len(draft.nodes)))
    for index in after:
        draft.change(index, texts.inputs(index) or {})
    return draft.workflow()


def _stages(draft: Draft, workflow: Workflow) -> tuple[list[int], list[int]] | None:
    """Return the samplings before and after the picture is enlarged, in order; None where they do not follow on."""
    found = [index for index in range(len(draft.nodes)) if (own := draft.class_of(index)) and samples(own)]
    for one, other in zip(found, found[1:], strict=False):
        if one not in draft.above(other):
            return None
    if not found:
        return None
    sizes = picture_sizes(workflow, draft.catalog)
    before = [index for index in found if not _larger(sizes[index], sizes[found[0]])]
    return before, [index for index in found if index not in before]


def _larger(size: Size | None, first: Size | None) -> bool:
    return size is not None and first is not None and size.width * size.height > first.width * first.height * 1.01


def _same_latent(draft: Draft, first: int, last: int) -> bool:
    """Return whether a sampling goes on with another's latent, with no pixels in between."""
    index: int | None = last
    while index is not None and index != first:
        index = next((link.node for link in draft.links(index, "LATENT").values()), None)
    return index == first


class _Texts:
    """The inputs of samplings with changed texts."""

    def __init__(self, draft: Draft, style: str, prompt: str, said: Sequence[str]) -> None:
        self.draft, self.prompt = draft, prompt
        self.sides: tuple[tuple[TextChange, dict[Link, Link]], ...] = (
            (lambda text, own: _restyled(text, style, said) if own else text, {}),
            (lambda text, own: kept_in(text, style), {}),
        )
        self.guiders: dict[int, int] = {}

    def inputs(self, index: int) -> dict[str, Link] | None:
        """Return the inputs of a sampling or guider that differ with the changed texts, None where none does."""
        found = dict(self._conditionings(index))
        for name, link in self.draft.links(index, "GUIDER").items():
            if link.node not in self.guiders:
                inner = self.inputs(link.node)
                self.guiders[link.node] = self.draft.copy(link.node, inner) if inner else link.node
            if self.guiders[link.node] != link.node:
                found[name] = Link(self.guiders[link.node], link.slot)
        return found if any("negative" not in name for name in found) else None

    def _conditionings(self, index: int) -> Iterator[tuple[str, Link]]:
        """Yield the conditionings that differ; one node may make both sides, which then stay together."""
        copied: dict[int, int] = {}
        links = self.draft.links(index, "CONDITIONING")
        for name, link in sorted(links.items(), key=lambda pair: "negative" in pair[0]):
            change, copies = self.sides["negative" in name]
            changed = self.draft.with_texts(link, change, self.prompt, copies)
            if changed == link and link.node in copied:
                changed = Link(copied[link.node], link.slot)
            if changed != link:
                copied[link.node] = changed.node
                yield name, changed


def _restyled(text: str, style: str, said: Sequence[str]) -> str:
    """Return a text in which what was said has another style."""
    part = next((part for part in sorted(said, key=len, reverse=True) if part and part in text), text)
    return text.replace(part, restyled(part, style), 1)


def _is_unet(family: str) -> bool:
    record = FAMILIES.get(family)
    return record is None or "FreeU" in record.node_classes


def _settings(draft: Draft, index: int, denoise: float) -> dict[str, Value | Link] | None:
    """Return the inputs by which a copy of a sampling draws a part of a picture anew; None where it cannot."""
    node = draft.nodes[index]
    inputs: Mapping[str, Value | Link] = dict(node.inputs)
    steps = inputs.get("steps")
    if "denoise" in inputs:
        return {"denoise": denoise}
    if "start_at_step" in inputs and isinstance(steps, int):
        total = round(steps / denoise)  # as many steps as the first sampling has, as KSampler counts them
        return {
            "steps": total, "start_at_step": total - steps, "end_at_step": 10_000, "add_noise": "enable",
            "return_with_leftover_noise": "disable",
        }  # fmt: skip
    sigmas = inputs.get("sigmas")
    if not isinstance(sigmas, Link):
        return None
    part = _last_sigmas(draft, sigmas, denoise)
    noise = inputs.get("noise")
    if part is None or not (noise is None or isinstance(noise, Link)):
        return None
    changed: dict[str, Value | Link] = {"sigmas": part}
    if isinstance(noise, Link):
        changed["noise"] = Link(_noise(draft, noise.node), 0)
    elif "add_noise" in inputs:
        changed["add_noise"] = True
    return changed


def _last_sigmas(draft: Draft, sigmas: Link, denoise: float) -> Link | None:
    """Return the later part of the schedule that sigmas are taken from, None where nothing divides it."""
    while sources := draft.links(sigmas.node, "SIGMAS"):
        sigmas = next(iter(sources.values()))
    if given(draft.nodes[sigmas.node], "denoise") is not None:
        return Link(draft.copy(sigmas.node, {"denoise": denoise}), sigmas.slot)
    if "SplitSigmasDenoise" not in draft.catalog.classes:
        return None
    return Link(draft.add("SplitSigmasDenoise", {"sigmas": sigmas, "denoise": denoise}), 1)


def _noise(draft: Draft, index: int) -> int:
    """Return a node that makes noise of a seed of its own."""
    node_class = draft.class_of(index)
    if node_class is not None and any(spec.seed for spec in node_class.inputs):
        return draft.copy(index, {})
    return draft.add("RandomNoise", {"noise_seed": Seed()})
