"""Translations: whole, with the same places to fill in, and served."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from comfyui_client import fetch_json
from frontend import Studio, studios

LANGUAGES = ("de", "es", "fr", "ja", "ko", "zh")


def read(repository: Path, language: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((repository / "locales" / language / f"{name}.json").read_text(encoding="utf-8"))
    return found


def places(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text))


def test_these_are_the_languages(repository: Path) -> None:
    assert sorted(path.name for path in (repository / "locales").iterdir()) == sorted((*LANGUAGES, "en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_panel_is_translated(repository: Path, language: str) -> None:
    english = read(repository, "en", "main")["nodewright"]
    own = read(repository, language, "main")["nodewright"]
    assert list(own) == list(english)
    for key, text in own.items():
        assert text.strip(), key
        assert places(text) == places(english[key]), key
    words = {key: re.sub(r"\{\w+\}|\W", "", text) for key, text in own.items()}
    same = {key for key in own if own[key] == english[key] and len(words[key]) > 12 and not key.startswith("example_")}
    assert not same, "as in English"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_node_is_translated(url: str, repository: Path, language: str) -> None:
    """English has no such file: the frontend shows what the server sends."""
    infos = {name: info for name, info in fetch_json(f"{url}/object_info").items() if info["category"] == "Nodewright"}
    translated = read(repository, language, "nodeDefs")
    assert set(translated) == set(infos)
    for name, info in infos.items():
        own = translated[name]
        assert own["display_name"] and own["description"]
        inputs = {key for group in ("required", "optional") for key in info["input"].get(group, {})}
        assert set(own.get("inputs", {})) == inputs, name
        assert set(own.get("outputs", {})) == {str(slot) for slot in range(len(info["output"]))}, name
        for each in (*own.get("inputs", {}).values(), *own.get("outputs", {}).values()):
            assert each["name"] and each["tooltip"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_and_setting_is_translated(repository: Path, language: str) -> None:
    entry = (repository / "web" / "nodewright.js").read_text(encoding="utf-8")
    labelled = set(re.findall(r'command\("(Nodewright\.\w+)"', entry))
    named = set(re.findall(r'id: "(Nodewright\.\w+)",\s+name:', entry))
    assert labelled and named
    commands = read(repository, language, "commands")
    assert {key.replace("_", ".") for key in commands} == labelled
    assert all(each["label"] for each in commands.values())
    settings = read(repository, language, "settings")
    assert {key.replace("_", ".") for key in settings} == named
    assert all(each["name"] for each in settings.values())


def test_they_are_served(url: str, repository: Path) -> None:
    served = fetch_json(f"{url}/i18n")
    for language in LANGUAGES:
        assert served[language]["nodewright"] == read(repository, language, "main")["nodewright"]
        for name in ("nodeDefs", "commands", "settings"):
            assert read(repository, language, name).items() <= served[language][name].items()


@studios("old-canvas", "new-vue")
def test_the_canvas_is_in_the_users_language(studio: Studio, repository: Path, example: dict[str, Any]) -> None:
    studio.open({"Comfy.Locale": "fr"})  # the frontend has no German of its own
    studio.load(example)
    names = read(repository, "fr", "nodeDefs")["NodewrightPromptToWorkflow"]
    placeholder = read(repository, "fr", "main")["nodewright"]["box_workflow"]
    studio.page.locator(f"textarea[placeholder='{placeholder}']").wait_for()
    if studio.newest:  # 1.32.9 loads its own texts of a language late, and puts them in place of the packs'
        studio.page.get_by_text(names["display_name"]).first.wait_for()
        studio.page.get_by_text(names["inputs"]["quality"]["name"], exact=True).first.wait_for()
