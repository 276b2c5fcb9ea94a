"""The guarded reader of JSON, and the check of a value's form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nodewright.guarded_json import MAXIMUM_DEPTH, MAXIMUM_DIGITS, JsonError, parse_json, read_json
from nodewright.json_shapes import (
    Either,
    Flag,
    ListOf,
    Maybe,
    Number,
    Object,
    TableOf,
    Text,
    Whole,
    check,
)


def test_what_json_is_is_read() -> None:
    text = '{"a": [1, -2.5, true, null, "\\ud83e\\udd8a"]}'
    assert parse_json(text, "here") == {"a": [1, -2.5, True, None, "\U0001f98a"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_each_encoding_of_json_is_read(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes('{"fox": "ä"}'.encode(encoding))
    assert read_json(tmp_path / "a.json") == {"fox": "ä"}


def test_nesting_ends_at_the_limit() -> None:
    assert parse_json("[" * MAXIMUM_DEPTH + "]" * MAXIMUM_DEPTH, "here")
    for opening, closing, depth in (("[", "]", MAXIMUM_DEPTH + 1), ('{"a":', "}", 2000), ("[", "]", 1_000_000)):
        with pytest.raises(JsonError, match=r"^here: more than 200 objects and lists in each other$"):
            parse_json(opening * depth + ("1" if ":" in opening else "") + closing * depth, "here")


def test_the_longest_whole_number_has_a_float() -> None:
    assert float(parse_json("-" + "9" * MAXIMUM_DIGITS, "here")) < -1e307
    with pytest.raises(JsonError, match=r"^here: a number of 1000000 digits"):
        parse_json("[" + "9" * 1_000_000 + "]", "here")


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1e999"])
def test_a_number_that_is_not_finite_is_taken_only_where_it_is_allowed(text: str) -> None:
    with pytest.raises(JsonError, match=r"^here: "):
        parse_json(text, "here")
    parse_json(text, "here", non_finite=True)


def test_a_key_that_stands_twice() -> None:
    assert parse_json('{"a": 1, "a": 2}', "here") == {"a": 2}
    with pytest.raises(JsonError, match="'a' stands twice"):
        parse_json('[{"a": 1, "a": 2}]', "here", unique_keys=True)


@pytest.mark.parametrize("text", ['"\\ud800"', '{"\\udfff": 1}', '["\ud800"]'])
def test_half_of_a_surrogate_pair_is_taken_only_where_it_is_allowed(text: str) -> None:
    with pytest.raises(JsonError, match="not Unicode"):
        parse_json(text, "here")
    parse_json(text, "here", surrogates=True)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"\x00\x00\x00", b"\x80", b"nothing"])
def test_what_is_no_json_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(JsonError, match=r"a\.json: not "):
        read_json(tmp_path / "a.json")


def test_no_more_is_read_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # holds nothing, and could not be read whole
    with pytest.raises(JsonError, match=r"a\.json: larger than 16 MiB"):
        read_json(path)
    with pytest.raises(JsonError, match="larger than 3 bytes"):
        parse_json("[1, 2]", "here", maximum_bytes=3)


SHAPE = Object(
    {"members": Whole(1, 64)},
    {
        "scale": Number(0, 10), "name": Text(1, 5), "kind": Text(options=("a", "b")), "ids": ListOf(Whole(0, 9), 1, 3),
        "table": TableOf(ListOf(Number())), "on": Flag(), "maybe": Maybe(Text()),
        "either": Either((Flag(), ListOf(Flag()))),
    },
)  # fmt: skip


def test_a_value_that_fits_is_returned() -> None:
    value = {
        "members": 5, "scale": 1, "name": "fox", "kind": "b", "ids": [1, 2], "table": {"x": [0.5]}, "on": False,
        "maybe": None, "either": [True], "another": {},
    }  # fmt: skip
    assert check(value, SHAPE, "here") is value


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"members": [1, 2]}, "members: a whole number from 1 to 64 is expected, not a list of 2"),
        ({"members": True}, "members: a whole number from 1 to 64 is expected, not true"),
        ({"members": 10_000_000}, "members: a whole number from 1 to 64 is expected, not 10000000"),
        ({"scale": float("nan")}, "scale: a number from 0 to 10 is expected, not nan"),
        ({"scale": 10**300}, "scale: a number from 0 to 10 is expected, not 1000000000"),
        ({"name": ""}, "name: a text that is not empty is expected, not ''"),
        ({"name": "a" * 100}, "name: a text that is not empty is expected, not 'aaaaaaaaaa"),
        ({"kind": "c"}, "kind: one of 'a', 'b' is expected, not 'c'"),
        ({"ids": []}, "ids: a list of 1 to 3 is expected, not an empty list"),
        ({"ids": [1, "2"]}, "ids: element 2: a whole number from 0 to 9 is expected, not '2'"),
        ({"table": {"x": [None]}}, "table: x: element 1: a number is expected, not null"),
        ({"on": 1}, "on: true or false is expected, not 1"),
        ({"maybe": 1}, "maybe: null or a text is expected, not 1"),
        ({"either": [1]}, "either: element 1: true or false is expected, not 1"),
        ({"either": {}}, "either: true or false or a list is expected, not an empty object"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_what_is_expected(part: dict[str, Any], message: str) -> None:
    with pytest.raises(JsonError) as caught:
        check({"members": 5} | part, SHAPE, "here")
    assert str(caught.value).startswith(f"here: {message}")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("value", [None, [], 1, "members"])
def test_what_is_no_object_is_named(value: Any) -> None:
    with pytest.raises(JsonError, match="^here: an object is expected, not "):
        check(value, SHAPE, "here")


def test_a_key_that_is_missing_is_named() -> None:
    with pytest.raises(JsonError, match="^here: members: missing; a whole number from 1 to 64 is expected$"):
        check({}, SHAPE, "here")
