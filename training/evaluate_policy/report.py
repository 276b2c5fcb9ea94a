"""The results of the stage evaluate-policy as Markdown tables, printed or put into a page.

python -m nodewright.training.evaluate_policy.report results.json --page docs/lab/policy.md
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...workflow.api_format import read_json
from ..common.console import report
from ..common.report_table import BEGIN, END, markdown_table, put_between_marks
from ..common.stage import run_stage

WRITERS = {
    "policy": "policy",
    "against": "other policy",
    "ignoring": "prompt ignored",
    "copying": "copying",
    "walks": "random walks",
    "targets": "rules alone",
}
"""Writer -> its title in tables, in their order."""


def page_of(results: Mapping[str, Any]) -> str:
    """Return all tables, in Markdown."""
    exact = "The share of things asked for in so many words that are done."
    loras = "Where a LoRA that fits what is asked is installed for the model; and in all."
    parts = [
        _settings(results), _loss(results["loss"]), _validity(results["validity"]),
        _by_kind("Exact asks", exact, results["exact asks"]), _cues(results["cues"]), _choice(results["model choice"]),
        _best_evidence(results["best evidence"]),
        _by_writer("LoRAs", loras, results["LoRAs"]),
        _by_writer("Silly", "Workflows in which something makes no sense.", results["silly"]),
        _ranges(results["ranges"]), _diversity(results), _seconds(results["seconds"]),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _percent(found: Mapping[str, Any] | None) -> str:
    """Return a share with its interval, in per cent."""
    if not found or found["share"] is None:
        return ""
    return f"{100 * found['share']:.0f} % ({100 * found['low']:.0f}-{100 * found['high']:.0f})"


def _plain(found: Mapping[str, Any] | None) -> str:
    return "" if not found or found["share"] is None else f"{100 * found['share']:.1f} %"


def _settings(results: Mapping[str, Any]) -> str:
    checkpoint, settings, counts = results["checkpoint"], results["settings"], results["counts"]
    digest = f", SHA-256 of its weights {checkpoint['sha256'][:16]}..." if checkpoint["sha256"] else ""
    control = "Control: prompts and file names that training does draw. " if settings["control"] else ""
    tuned = "With a tuned adapter. " if checkpoint["tuned"] else ""
    return (
        control
        + tuned
        + (
            f"{checkpoint['parameters'] / 1e6:.1f} M parameters{digest}. {counts['cases']} prompts, {counts['real']} "
            f"of them people's,\non {counts['installations']} installations; temperature {settings['temperature']:g}, "
            f"seed {settings['seed']};\n{counts['trained pairs']} training pairs. In brackets 95 % intervals (Wilson)."
        )
    )


def _loss(loss: Mapping[str, Any]) -> str:
    rows = (
        (kind, str(each["choices"]), f"{each['nats']:.3f}", f"{each['uniform']:.3f}")
        for kind, each in loss.items()
        if kind != "pairs"
    )
    return f"### Loss\n\nNats a choice that is not forced, on {loss['pairs']} held-out pairs.\n\n" + markdown_table(
        ("kind of choice", "choices", "policy", "uniform over what is allowed"), rows
    )


def _validity(validity: Mapping[str, Any]) -> str:
    rows = (
        (WRITERS[writer], str(each["count"]), str(each["valid"]), str(each["count"] - each["valid"]))
        for writer, each in validity.items()
    )
    return "### Validity\n\n" + markdown_table(("writer", "workflows", "valid", "not"), rows)


def _cues(cues: Mapping[str, Any]) -> str:
    compared = [name for name in WRITERS if any(name in each for groups in cues.values() for each in groups.values())]

    def rows() -> Iterator[Sequence[str]]:
        for cue, groups in cues.items():
            for group, writers in groups.items():
                count = max(each["count"] for each in writers.values())
                name = cue if group == "all" else f"... {group}"
                yield (name, str(count), *(_percent(writers.get(writer)) for writer in compared))

    return (
        "### Cues\n\nThe share of prompts with a cue whose workflow follows it, where it can be followed.\n\n"
        + markdown_table(("cue", "prompts", *(WRITERS[name] for name in compared)), rows())
    )


def _choice(choice: Mapping[str, Any]) -> str:
    if not choice["count"]:
        return ""
    rows = (
        (WRITERS[writer], *(_percent(each) for each in found.values())) for writer, found in choice["writers"].items()
    )
    heads = list(next(iter(choice["writers"].values())))
    return (
        f"### Choice of model\n\n{choice['count']} prompts with a style cue, where some of the main models fit and "
        f"some do not. A main model drawn at random fits in {100 * choice['chance']:.0f} %.\n\n"
    ) + markdown_table(("writer", *heads), rows)


def _best_evidence(found: Mapping[str, Any]) -> str:
    """Return the tables of how good the evidence for the main model is: as the product writes, and by free choice."""
    parts = []
    for title, each in (
        ("As the product writes", found["as asked"]),
        ("With every installed main model to choose from", found["any main model"]),
    ):
        if not each["count"]:
            continue
        rows = (
            (
                WRITERS[writer],
                _percent(one["in the best third"]),
                _number(one["below the best"]),
                _number(one["score"]),
            )
            for writer, one in each["writers"].items()
        )
        head = (
            f"{title}: {each['count']} prompts. Of the installed models {100 * each['chance']:.0f} % are in that "
            f"third, of those that the grammar leaves {100 * each['left']:.0f} %.\n\n"
        )
        parts.append(head + markdown_table(("writer", "in the best third", "below the best model", "score"), rows))
    if not parts:
        return ""
    text = (
        "How often the main model is in the third of the installed ones for which the evidence speaks best, ties "
        "counted in;\nhow far it is below the best, and the score of the whole workflow, in standard deviations of "
        "rated pictures."
    )
    return f"### Evidence for the main model\n\n{text}\n\n" + "\n\n".join(parts)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _by_kind(title: str, text: str, found: Mapping[str, Any]) -> str:
    """Return a table of shares by kind and writer."""
    writers = [name for name in WRITERS if any(name in each for each in found.values())]
    rows = (
        (kind, str(max(one["count"] for one in each.values())), *(_percent(each.get(writer)) for writer in writers))
        for kind, each in found.items()
    )
    return f"### {title}\n\n{text}\n\n" + markdown_table(("", "cases", *(WRITERS[name] for name in writers)), rows)


def _by_writer(title: str, text: str, found: Mapping[str, Any]) -> str:
    """Return a table of shares, a row a writer."""
    heads = [head for head, each in next(iter(found.values())).items() if isinstance(each, dict)]
    rows = ((WRITERS[writer], *(_percent(each[head]) for head in heads)) for writer, each in found.items())
    return f"### {title}\n\n{text}\n\n" + markdown_table(("writer", *heads), rows)


def _ranges(ranges: Mapping[str, Any]) -> str:
    heads = list(next(iter(ranges.values())))
    rows = ((WRITERS[writer], *(_plain(found[head]) for head in heads)) for writer, found in ranges.items())
    return "### Recommended ranges\n\nThe share of workflows that keep to them.\n\n" + markdown_table(
        ("writer", *heads), rows
    )


def _diversity(results: Mapping[str, Any]) -> str:
    new = "topology not in the corpus"
    counts = results["counts"]
    titles = {
        "one installation": f"On one installation with {counts['files of the one installation']} main models and LoRAs",
        "many installations": f"On {counts['installations']} installations",
    }
    tables = []
    for where, writers in results["diversity"].items():
        heads = [head for head in next(iter(writers.values())) if head != new]
        rows = (
            (WRITERS[writer], *(str(found[head]) for head in heads), _plain(found.get(new)))
            for writer, found in writers.items()
        )
        tables.append(f"{titles[where]}:\n\n" + markdown_table(("writer", *heads, new), rows))
    return "### Diversity\n\nWorkflows that differ.\n\n" + "\n\n".join(tables)


def _seconds(seconds: Mapping[str, Any]) -> str:
    rows = ((WRITERS[writer], f"{each['p50']:.3f}", f"{each['p95']:.3f}") for writer, each in seconds.items() if each)
    return "### Seconds a workflow\n\n" + markdown_table(("writer", "p50", "p95"), rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables of a results file, or put them into a page."""
    parser = argparse.ArgumentParser(
        prog="python -m nodewright.training.evaluate_policy.report", description=__doc__.splitlines()[0]
    )
    parser.add_argument("results", type=Path)
    parser.add_argument("--page", type=Path, help=f"Put the tables between {BEGIN} and {END} of this page.")
    options = parser.parse_args(arguments)
    text = page_of(read_json(options.results))
    if options.page:
        put_between_marks(options.page, text)
    else:
        report(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(run_stage(main))
