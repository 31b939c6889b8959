"""What a document may ask for, and what it costs."""

import pytest
from graphql import build_schema

from api.limits.bounds import Bounds
from api.limits.documents import Documents, Refused
from api.limits.pricing import points_held
from api.limits.wording import shortened

SCHEMA = build_schema(
    """
    type Query { items(first: Int, last: Int): ItemConnection, item: Item, any: Any, plain: Int }
    type Mutation { change: Item }
    type ItemConnection { edges: [ItemEdge!]! nodes: [Item!]! pageInfo: PageInfo! totalCount: Int }
    type ItemEdge { cursor: String node: Item }
    type PageInfo { hasNextPage: Boolean }
    interface Any { id: ID }
    type Item implements Any { id: ID units: [Unit!]! items(first: Int): ItemConnection }
    type Unit { code: String }
    """
)


def _price(text: str, **variables: object) -> int:
    document = Documents(SCHEMA).admit(text)
    return document.price(document.operation(None), variables)


@pytest.mark.parametrize(
    ("text", "variables", "points"),
    [
        ("{ plain }", {}, 1),
        ("{ item { id } }", {}, 2),
        ("{ item { units { code } } }", {}, 7),
        ("{ items { nodes { id } } }", {}, 22),
        ("{ items(first: 3) { nodes { id } } }", {}, 5),
        ("{ items(last: 3) { edges { cursor node { id } } pageInfo { hasNextPage } } }", {}, 9),
        ("{ items(first: 3) { nodes { units { code } } } }", {}, 20),
        ("{ items(first: 100000) { nodes { id } } }", {}, 102),
        ("{ items(first: 0) { nodes { id } } }", {}, 3),
        ("{ items(first: 10) { nodes { items(first: 10) { nodes { id } } } } }", {}, 122),
        ("query($n: Int) { items(first: $n) { nodes { id } } }", {"n": 7}, 9),
        ("query($n: Int) { items(first: $n) { nodes { id } } }", {}, 22),
        ("query($n: Int = 7) { items(first: $n) { nodes { id } } }", {}, 9),
        ("query($n: Int = 7) { items(first: $n) { nodes { id } } }", {"n": None}, 22),
        ("query($n: Int) { items(first: $n) { nodes { id } } }", {"n": "x"}, 22),
        ("query($n: Int) { items(first: $n) { nodes { id } } }", {"n": None}, 22),
        ("{ items(first: 2) { ...P } } fragment P on ItemConnection { nodes { id } }", {}, 4),
        ("{ any { ... on Item { units { code } } } }", {}, 7),
        ("mutation { a: change { id } b: change { id } }", {}, 23),
    ],
)
def test_the_price_is_the_objects_that_an_answer_may_hold(
    text: str, variables: dict[str, object], points: int
) -> None:
    assert _price(text, **variables) == points


def test_what_an_answer_did_cost_is_what_it_holds() -> None:
    document = Documents(SCHEMA).admit(
        "{ page: items { ...P } items { edges { node { id } } } plain }"
        " fragment P on ItemConnection { nodes { id units { code } } nodes { units { code } } }"
    )
    shape = document.shape(document.operation(None))
    page = {"nodes": [{"id": 1, "units": [{"code": "{"}, None]}, None, {"id": 2, "units": None}]}
    assert points_held({"page": page, "plain": 1}, shape) == 5
    assert points_held({"page": None, "items": {"edges": [[{"node": {"id": 1}}]]}}, shape) == 4
    assert points_held({"change": None}, {}, mutations=1) == 11
    assert points_held(None, shape) == 0


@pytest.mark.parametrize(
    ("bound", "within", "over"),
    [
        (Bounds(length=15), "{ item { id } }", "{ item { id }  }"),
        (Bounds(tokens=7), "{ item { id } }", "{ item { id units { code } } }"),
        (Bounds(depth=2), "{ item { id } }", "{ item { units { code } } }"),
        (Bounds(aliases=1), "{ a: plain }", "{ a: plain b: plain }"),
        (Bounds(breadth=1), "{ plain }", "{ a: plain plain }"),
        (Bounds(repetitions=1), "{ plain }", "{ plain plain }"),
        (Bounds(fields=2), "{ item { id } }", "{ item { id } plain }"),
        (
            Bounds(directives=1),
            "{ plain @skip(if: true) }",
            "{ plain @skip(if: true) @include(if: true) }",
        ),
        (
            Bounds(spreads=1),
            "{ ...A } fragment A on Query { plain }",
            "{ ...A ...A } fragment A on Query { plain }",
        ),
        (
            Bounds(fragments=1),
            "{ ...A } fragment A on Query { plain }",
            "{ ...A ...B } fragment A on Query { plain } fragment B on Query { plain }",
        ),
        (Bounds(name=5), "{ plain }", "{ plainer: plain }"),
        (
            Bounds(depth=3),
            "{ ...A } fragment A on Query { item { id } }",
            "{ item { items { nodes { ...I } } } } fragment I on Item { id }",
        ),
    ],
)
def test_a_document_over_a_bound_is_refused(bound: Bounds, within: str, over: str) -> None:
    documents = Documents(SCHEMA, bound)
    documents.admit(within)
    with pytest.raises(Refused) as refused:
        documents.admit(over)
    assert refused.value.code == "TOO_EXPENSIVE"


def test_a_document_is_parsed_and_validated_once() -> None:
    documents = Documents(SCHEMA)
    assert documents.admit("{ plain }") is documents.admit("{ plain }")
    assert documents.admit("{ plain }").uses == 3


def test_fragments_that_double_each_other_are_measured_in_linear_time() -> None:
    text = "{ ...F0 }" + "".join(
        f" fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(11)
    )
    assert _price(text + " fragment F11 on Query { item { id } }") == 1 + 2**11


def test_suggestions_are_for_those_who_may_see_the_schema() -> None:
    documents = Documents(SCHEMA)
    for suggesting in (True, False):
        with pytest.raises(Refused) as refused:
            documents.admit("{ itens { totalCount } }", suggesting=suggesting)
        assert ("Did you mean" in refused.value.errors[0].message) is suggesting


@pytest.mark.parametrize(
    "message",
    ["Cannot query field '" + "x" * 5_000 + "'.", "y" * 100_000, 'Value "' + "a b " * 9_000 + '"'],
)
def test_a_message_does_not_echo_at_length(message: str) -> None:
    short = shortened(message)
    assert len(short) <= 601
    assert "x" * 101 not in short
    assert "y" * 101 not in short
    assert shortened("Name needed.") == "Name needed."
