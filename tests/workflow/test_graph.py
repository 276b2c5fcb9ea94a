"""The graph in memory: order, signatures, text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodewright.workflow.graph import Link, Literal, Node, Text, Workflow, WorkflowError, topological


def _signature(*inputs: tuple[str, object]) -> object:
    return Workflow((Node("A", tuple(inputs)),)).signature()  # type: ignore[arg-type]


def test_a_link_must_point_to_an_earlier_node() -> None:
    with pytest.raises(WorkflowError, match=r"node 0 \(A\), input 'x'.*node 0"):
        Workflow((Node("A", (("x", Link(0, 0)),)),))
    with pytest.raises(WorkflowError, match="does not come before"):
        Workflow((Node("A", (("x", Link(1, 0)),)), Node("B", ())))


def test_input_by_name() -> None:
    node = Node("A", (("x", 1), ("y", Link(0, 2))))
    assert node.input("x") == 1
    assert list(node.links()) == [("y", Link(0, 2))]
    with pytest.raises(KeyError):
        node.input("z")


def test_signature_knows_json_types_apart() -> None:
    assert _signature(("x", 1)) == _signature(("x", 1.0))
    assert _signature(("x", 1)) != _signature(("x", True))
    assert _signature(("x", 0)) != _signature(("x", False))
    assert _signature(("x", "1")) != _signature(("x", 1))
    assert _signature(("x", None)) != _signature(("x", False))
    assert _signature(("x", "[1]")) != _signature(("x", Literal("[1]")))
    assert _signature(("x", "red")) != _signature(("x", Text(False, ("red",))))


def test_signature_ignores_order_and_titles_but_not_slots_or_copies() -> None:
    first, second = Node("A", (("x", 1),), "one"), Node("B", ())
    use = Node("C", (("a", Link(0, 0)), ("b", Link(1, 1))))
    turned = Node("C", (("b", Link(0, 1)), ("a", Link(1, 0))))
    assert Workflow((first, second, use)).signature() == Workflow((second, first, turned)).signature()
    assert Workflow((first, second, use)).signature() != Workflow((second, first, use)).signature()
    assert Workflow((first,)).signature() != Workflow((first, first)).signature()
    assert Workflow((first, Node("C", (("a", Link(0, 0)),)))).signature() != (
        Workflow((first, Node("C", (("a", Link(0, 1)),)))).signature()
    )


def test_consumed() -> None:
    nodes = (Node("A", ()), Node("B", ()), Node("C", (("a", Link(0, 0)),)))
    assert Workflow(nodes).consumed() == {0}


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        (Text(True), "a cat"),
        (Text(True, ("sharp", "soft")), "a cat, sharp, soft"),
        (Text(False, ("sharp",)), "sharp"),
        (Text(False), ""),
    ],
)
def test_text(text: Text, rendered: str) -> None:
    assert text.render("a cat") == rendered


@given(st.dictionaries(st.integers(0, 30), st.lists(st.integers(0, 30), max_size=4), max_size=30))
def test_topological_order(above: dict[int, list[int]]) -> None:
    """Edges only lead to smaller numbers, so there is no cycle, whatever the order they are given in."""
    links = {str(key): [str(to) for to in targets if to < key and to in above] for key, targets in above.items()}
    order = topological(links)
    assert sorted(order) == sorted(links)
    for key, targets in links.items():
        assert all(order.index(target) < order.index(key) for target in targets)


def test_topological_names_a_node_on_a_cycle() -> None:
    with pytest.raises(WorkflowError, match="'[bc]' depends on itself"):
        topological({"a": ["b"], "b": ["c"], "c": ["b"]})


def test_topological_is_not_stopped_by_depth() -> None:
    links = {str(number): [str(number + 1)] for number in range(20_000)} | {"20000": []}
    assert topological(links)[0] == "20000"
