"""Rules over samplings and what they are given: latents, noise, guidance and texts."""

from __future__ import annotations

from collections.abc import Iterator

from ..graph import Link
from ..sense.phrases import QUALITY, phrases_of
from ..sense.roles import GUIDED_BY, MOST_SAMPLINGS, is_empty_latent, zeroes
from .reading import Finding, Reading


def partial(reading: Reading, index: int) -> bool:
    """Return whether a sampling keeps a part of the latent that it is given."""
    if any((value := reading.number(index, name)) is not None and value < 1 for name in ("denoise",)):
        return True
    start, steps = reading.number(index, "start_at_step"), reading.number(index, "steps")
    if start is not None and steps is not None and start > 0:
        return True
    link = reading.link(index, "sigmas")
    while link is not None:
        denoise = reading.number(link.node, "denoise")
        node_class = reading.class_of(link.node)
        if denoise is not None and denoise < 1:
            return True
        if node_class is None:
            return False
        if node_class.name.startswith("SplitSigmas") and link.slot == 1:
            return True
        link = reading.link(link.node, "sigmas")
    return False


def denoise_of_nothing(reading: Reading) -> Iterator[Finding]:
    """Find samplings that keep a part of an empty latent."""
    for index in reading.samplers:
        if not partial(reading, index):
            continue
        link = next((link for _, link in reading.links_of_type(index, "LATENT")), None)
        empty = None if link is None else _empty_above(reading, link)
        if empty is not None:
            yield Finding(reading.named(empty, index), "denoise below 1 keeps a part of an empty latent, which is grey")


def _empty_above(reading: Reading, link: Link | None) -> int | None:
    """Return the empty latent that a latent comes from without a sampling or a picture in between."""
    while link is not None:
        node_class = reading.class_of(link.node)
        if node_class is None or link.node in reading.samplers:
            return None
        if is_empty_latent(node_class):
            return link.node
        link = next((found for _, found in reading.links_of_type(link.node, "LATENT")), None)
    return None


def guidance_from_nothing(reading: Reading) -> Iterator[Finding]:
    """Find guidance against a zeroed negative prompt, in the sampling of pictures."""
    for index, link, most in _guided(reading):
        if most > 1 and _zeroed(reading, link):
            yield Finding(reading.named(link.node, index), f"cfg {most:g} guides away from a zeroed negative prompt")


def unread_negative(reading: Reading) -> Iterator[Finding]:
    """Find negative texts that no guidance reads, in the sampling of pictures."""
    for index, link, most in _guided(reading):
        if most != 1 or _zeroed(reading, link):
            continue
        positive = [reading.texts(other) for _, other in _positives(reading, index)]
        texts = {key: text for key, text in reading.texts(link).items() if not any(key in one for one in positive)}
        if texts:
            class_type = reading.node(index).class_type
            yield Finding(reading.named(*texts, index), f"{class_type} does not read its negative prompt at cfg 1")


def _guided(reading: Reading) -> Iterator[tuple[int, Link, float]]:
    """Yield the nodes that guide the sampling of a picture, with the link of the negative prompt and the highest cfg.

    With two models, the other one may be what is guided away from.
    """
    for index, _, _ in reading if reading.makes_pictures else ():
        link = reading.link(index, "negative")
        values = [value for name in GUIDED_BY if (value := reading.number(index, name)) is not None]
        if link is not None and values and len(list(reading.links_of_type(index, "MODEL"))) <= 1:
            yield index, link, max(values)


def _positives(reading: Reading, index: int) -> Iterator[tuple[str, Link]]:
    for name, link in reading.links_of_type(index, "CONDITIONING"):
        if name != "negative":
            yield name, link


def _zeroed(reading: Reading, link: Link) -> bool:
    """Return whether a conditioning is zeroed, however it is changed afterwards."""
    while True:
        node_class = reading.class_of(link.node)
        if node_class is None:
            return False
        if zeroes(node_class):
            return True
        links = [found for _, found in reading.links_of_type(link.node, "CONDITIONING")]
        if len(links) != 1:
            return False
        link = links[0]


def praise_in_negative(reading: Reading) -> Iterator[Finding]:
    """Find negative prompts that keep quality out of the picture."""
    found: set[int] = set()
    for index, _, _ in reading:
        link = reading.link(index, "negative")
        for key, text in (reading.texts(link) if link is not None else {}).items():
            praise = [phrase for phrase in phrases_of(text) if phrase in QUALITY]
            shared = any(key in reading.texts(other) for _, other in _positives(reading, index))
            if praise and not shared and key not in found:
                found.add(key)
                yield Finding(reading.named(key), f"the negative prompt keeps {praise[0]!r} out of the picture")


def many_samplings(reading: Reading) -> Iterator[Finding]:
    """Find pictures that are sampled more often than does them good. Pictures beside each other do not add up."""
    for index, _, node_class in reading:
        found = sorted(reading.all_above(index) & set(reading.samplers)) if node_class.output_node else []
        if len(found) > MOST_SAMPLINGS:
            yield Finding(reading.named(*found), f"{len(found)} samplings for one picture; {MOST_SAMPLINGS} are plenty")


RULES = (denoise_of_nothing, guidance_from_nothing, unread_negative, praise_in_negative, many_samplings)
