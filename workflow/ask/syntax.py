"""Read what a prompt says in exact syntax, and take it out of the text that the picture model reads.

    >>> ask = read_ask("a fox in the snow, 16:9, 12 steps, cfg 3 --no people <lora:pixel-art:0.8>")
    >>> ask.text, str(ask.ratio), ask.steps, ask.negative
    ('a fox in the snow', '16:9', 12, 'people')

A statement that could also be part of a scene counts only where nothing else is meant: "a 2:1 victory" and "the twelve
steps of a temple" stay. A *strong* phrase ("cfg 3", "--ar 3:4", "1920x1080") counts anywhere. A *weak* one ("12 steps",
"2:1") counts only beside a strong one, or where it and its like fill the part between two commas. What is left of the
prompt is otherwise unchanged; `(word:1.2)` and `embedding:name` are ComfyUI's own and stay.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from .ask import Ask, Kind, Named, Ratio, Statement, Value
from .forms import FORMS
from .lexicon.reading import meaning_statements
from .lexicon.screens import screen_ratios
from .names import InstalledNames
from .orders import order_statements
from .pasted import pasted_statements

# A LoRA as stable-diffusion-webui has it in prompts, with a second weight for the text encoder, or "te=..." and more.
_TAG = re.compile(
    r"<(?:lora|lyco|locon):(?P<name>[^<>:\n]{1,200})(?::(?P<weight>-?\d{0,2}\.?\d{1,4}))?(?::[^<>\n]{0,80})?>", re.I
)
# Midjourney's and similar flags: a name, and its value up to the next flag.
_FLAG = re.compile(
    r"(?<!\S)(?:--|—|–)(?P<flag>[a-z][a-z_\-]{0,20})(?:[ =]+(?P<value>(?:(?!\s(?:--|—|–)[a-z])[^\n<])*))?", re.I
)
_JOINT = re.compile(r"[\s,;.，、。；]*(?:\b(?:and|with|at|using|in|plus|on)\b|&|/|\+)?[\s,;]*", re.I)
_LEAD = re.compile(
    r"\b(?:in|at|with|using|and|as|make it|format|aspect ratio|ratio|resolution|size|of|please|settings?|parameters?)"
    r"[\s:]*$",
    re.I,
)
_LONGEST_JOINT = 40
_QUOTES = re.compile(r"\"[^\"\n]{1,200}\"|“[^“”\n]{1,200}”|„[^„“”\n]{1,200}[“”]|«[^«»\n]{1,200}»")
MAXIMUM_READ = 20_000
"""Characters of a prompt that are searched for statements."""
_PART_END = re.compile(r"[,;\n|，、；。]|[.!?](?=\s|$)|(?<=\w):(?=\s)")


def read_ask(prompt: str, names: InstalledNames | None = None) -> Ask:
    """Return what a prompt says beside what is to be seen, and the text that remains.

    Only the first `MAXIMUM_READ` characters are read; nobody types more.

    Args:
        prompt: the prompt.
        names: the names of installed files; None where they are not looked for.
    """
    head = prompt[:MAXIMUM_READ]
    statements: list[Statement] = []
    taken = bytearray(len(head))
    named: Callable[[str], Iterable[Statement]] = partial(_named, names)
    quoted = _within_quotes(head)
    for reader in (pasted_statements, _tags, _flags, _phrases, named, order_statements):
        found: list[Statement] = []
        for statement in reader(_untaken(head, taken) if reader is order_statements else head):
            one = statement if statement.stays else _after_taken(statement, taken)
            if one.stays or (one.start < one.end and not any(taken[one.start : one.end]) and not quoted(one)):
                found.append(one)
        for one in found:
            if not one.stays:
                taken[one.start : one.end] = bytes([1]) * (one.end - one.start)
        statements += found
    meanings = list(meaning_statements(_without_names_and_numbers(head, statements)))
    if not any(one.kind in ("size", "ratio") for one in statements):
        meanings += list(screen_ratios(head, meanings))
    statements += meanings
    statements.sort(key=lambda one: (one.start, one.end))
    return Ask(prompt, _remaining(prompt, statements), tuple(statements))


def _within_quotes(prompt: str) -> Callable[[Statement], bool]:
    """Return a function that returns whether a statement stands in quotes: it is lettering then, or a title."""
    spans = [match.span() for match in _QUOTES.finditer(prompt) if len(match[0]) < len(prompt.strip())]
    return lambda one: any(start < one.start and one.end < end for start, end in spans)


_MAY_MEAN_MORE = ("order", "mention", "effort")
_PARTICLE = re.compile(r"(?<=[A-Za-z0-9])[\u3040-\u30ff\uac00-\ud7af]+\s*$")
_DENIAL = re.compile(r"[\s,;.]*(?:(?:but|and|yet)\s+(?:with\s+)?)?(?:no|without)\b", re.I)


def _without_names_and_numbers(prompt: str, statements: list[Statement]) -> str:
    """Return a prompt with line breaks for what is already read: negative text and names of files say nothing more.

    "No photo" stays: it takes away that a photo is meant.
    """
    for one in statements:
        denial = one.kind == "negative" and _DENIAL.match(prompt, one.start, one.end)
        if not one.stays and one.kind not in _MAY_MEAN_MORE and not denial:
            prompt = prompt[: one.start] + "\n" * (one.end - one.start) + prompt[one.end :]
        elif one.kind == "mention" and (ending := _PARTICLE.search(prompt, one.start, one.end)) is not None:
            # The end of "flux로" is no beginning of a word.
            prompt = prompt[: ending.start()] + "\n" * (one.end - ending.start()) + prompt[one.end :]
    return prompt


def _named(names: InstalledNames | None, prompt: str) -> Iterator[Statement]:
    """Yield the installed files and families that are named."""
    for mention in names.mentions(prompt) if names is not None else ():
        yield Statement("mention", mention, mention.start, mention.end)


def _untaken(prompt: str, taken: bytearray) -> str:
    """Return the prompt with line ends where something was read, at which orders end."""
    return "".join("\n" if used else letter for letter, used in zip(prompt, taken, strict=True))


def _after_taken(statement: Statement, taken: bytearray) -> Statement:
    """Return a statement without the punctuation at its beginning that belongs to an earlier reader's statement."""
    start = statement.start
    while start < statement.end and taken[start]:
        start += 1
    return replace(statement, start=start)


def _tags(prompt: str) -> Iterator[Statement]:
    """Yield the LoRAs that tags name."""
    for match in _TAG.finditer(prompt):
        weight = match["weight"]
        named = Named(match["name"].strip(), float(weight) if weight else None)
        yield Statement("lora", named, match.start(), match.end())


def _flags(prompt: str) -> Iterator[Statement]:
    """Yield what flags say. The value of "--no" is the rest up to the next flag, of others one word."""
    for match in _FLAG.finditer(prompt):
        flag, value = match["flag"].lower(), (match["value"] or "").strip()
        first = value.split()[0] if value.split() else ""
        end_of_first = match.start("value") + (match["value"] or "").find(first) + len(first) if first else match.end()
        if flag == "no" and value:
            yield Statement("negative", value.rstrip(" ,."), match.start(), match.end())
            continue
        said = _flag_meaning(flag, first)
        if said is not None:
            yield Statement(said[0], said[1], match.start(), end_of_first)
        elif flag in _OTHER_FLAGS:
            end = end_of_first if _OTHER_FLAGS[flag] else match.start() + 2 + len(flag)
            yield Statement("unsupported", prompt[match.start() : end].strip(), match.start(), end)


# Flags that have no meaning in ComfyUI, and whether a value follows.
_OTHER_FLAGS = {
    "v": True, "version": True, "s": True, "stylize": True, "q": True, "quality": True, "c": True, "chaos": True,
    "style": True, "weird": True, "w": True, "iw": True, "sref": True, "cref": True, "niji": True, "stop": True,
    "tile": False, "hd": False, "raw": False, "fast": False, "relax": False, "turbo": False, "video": False,
    "test": False, "testp": False, "upbeta": False, "uplight": False, "p": False,
}  # fmt: skip


def _flag_meaning(flag: str, value: str) -> tuple[Kind, Value] | None:
    """Return what a flag with one word as its value says, None for an unknown flag or value."""
    if flag in ("ar", "aspect"):
        match = re.fullmatch(r"(?P<across>\d{1,5}(?:\.\d{1,2})?)[:x](?P<down>\d{1,5}(?:\.\d{1,2})?),?", value)
        if match is None:
            return None
        ratio = Ratio(float(match["across"]), float(match["down"]))
        return ("ratio", ratio) if 1 / 8 <= ratio.width / max(ratio.height, 1e-9) <= 8 else None
    number = re.fullmatch(r"\d{1,19}(?:\.\d{1,4})?", value.rstrip(","))
    if number is None:
        return None
    ranges: dict[str, tuple[Kind, float, float]] = {
        "steps": ("steps", 1, 1000), "seed": ("seed", 0, 2**63), "cfg": ("cfg", 0, 100), "batch": ("batch", 1, 64),
        "repeat": ("batch", 1, 64),
    }  # fmt: skip
    if flag not in ranges:
        return None
    kind, least, most = ranges[flag]
    amount = float(number[0])
    if not least <= amount <= most:
        return None
    return kind, amount if kind == "cfg" else int(float(number[0]) if "." in number[0] else number[0])


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    strong: bool
    said: tuple[tuple[Kind, Value], ...]


def _phrases(prompt: str) -> Iterator[Statement]:
    """Yield what phrases say, weak ones only where they count."""
    parts = [0, *(match.end() for match in _PART_END.finditer(prompt)), len(prompt) + 1]
    for group in _groups(prompt, _matches(prompt)):
        part_start = parts[bisect_right(parts, group[0].start) - 1]
        begin = _without_lead(prompt, part_start, group[0].start)
        fills = _fills_parts(prompt, parts, begin, group[-1].end)
        strong = any(one.strong for one in group)
        for one in group if strong or fills else ():
            for kind, value in one.said:
                yield Statement(kind, value, begin, one.end)
            begin = one.end  # the joint between two phrases goes with the second


def _matches(prompt: str) -> list[_Found]:
    """Return the phrases in the prompt, none overlapping; of those that would, the strong and the long first."""
    found = []
    for form in FORMS:
        for match in form.pattern.finditer(prompt):
            said = form.read(match)
            if said and match.end() > match.start():
                lead = len(match[0]) - len(match[0].lstrip(" :=\n\t"))
                found.append(_Found(match.start() + lead, match.end(), form.strong, tuple(said)))
    found.sort(key=lambda one: (not one.strong, one.start - one.end, one.start))
    taken, kept = bytearray(len(prompt)), []
    for one in found:
        if not any(taken[one.start : one.end]):
            taken[one.start : one.end] = bytes([1]) * (one.end - one.start)
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def _groups(prompt: str, found: list[_Found]) -> list[list[_Found]]:
    """Return the phrases in groups with nothing but punctuation and little words between them."""
    groups: list[list[_Found]] = [[found[0]]] if found else []
    for before, one in pairwise(found):
        if one.start - before.end <= _LONGEST_JOINT and _JOINT.fullmatch(prompt, before.end, one.start):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _without_lead(prompt: str, part_start: int, start: int) -> int:
    """Return where the little words begin that lead to a phrase, such as "in" and "with"."""
    while (match := _LEAD.search(prompt, max(part_start, start - _LONGEST_JOINT), start)) is not None:
        start = match.start()
    return start


def _fills_parts(prompt: str, parts: list[int], start: int, end: int) -> bool:
    """Return whether what lies between `start` and `end` is all that stands between two commas.

    A prompt that is nothing else does not count: there the words are what is to be seen.
    """
    begins = parts[bisect_right(parts, start) - 1]
    ends = min(parts[bisect_right(parts, end - 1)], len(prompt))
    alone = not prompt[begins:start].strip() and not prompt[end:ends].strip(" \t\r\n,;|.!?，、；。:")
    return alone and (begins > 0 or ends < len(prompt))


def _remaining(prompt: str, statements: list[Statement]) -> str:
    """Return the prompt without the statements, and without the punctuation that they leave behind."""
    pieces, position = [], 0
    for one in [one for one in statements if not one.stays]:
        if one.start > position:
            pieces.append(prompt[position : one.start])
        position = max(position, one.end)
    pieces.append(prompt[position:])
    if len(pieces) == 1 and position == 0:
        return prompt
    text = " ".join(pieces)
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r"\s*,(?:\s*,)+", ",", text)
    text = re.sub(r" +([,.;])", r"\1", text)
    text = re.sub(r"[,.]\s*\.(?!\.)", ".", text)
    text = re.sub(r"([?!])\s*\.(?!\.)", r"\1", text)
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", text)
    return re.sub(r"^[\s,;.:，、；。：]+|[\s,;:，、；：]+$", "", text)
