"""Attributes that are no more than columns of a row are written without making their values."""

from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st

from api.compiled.extension import SWITCH, CompiledOperations
from api.from_rows import FromRow, WorkedOut
from api.limits.documents import Documents
from api.scalars import (
    DECIMAL,
    Money,
    Quantity,
    money_of,
    plain_of,
    quantity_of,
    write_decimal,
)
from api.schema import Schema
from api.worked_out import OnRows
from domain.kernel.quantity import plain

PartRow = namedtuple("PartRow", "share base_unit")
ThingRow = namedtuple("ThingRow", "price_minor currency weight base_unit parts")


@strawberry.type
class Part(FromRow):
    share: Quantity
    WORKED_OUT: ClassVar[WorkedOut] = {"share": quantity_of("share")}


@strawberry.interface
class Named:
    name: str


NAMED = [
    strawberry.type(type(f"Named{n}", (Named,), {"__annotations__": {"only": int}, "only": n}))
    for n in range(30)
]


@strawberry.type
class Thing(FromRow):
    price: Money
    weight: Decimal
    held: Quantity
    parts: list[Part]
    WORKED_OUT: ClassVar[WorkedOut] = {
        "price": money_of("price_minor"),
        "weight": plain_of("weight"),
        "held": quantity_of("weight"),
        "parts": OnRows(Part, lambda row: row.parts),
    }


THINGS: list[Any] = []


@strawberry.type
class Query:
    @strawberry.field
    async def things(self) -> list[Thing | None]:
        return [Thing.of(row) for row in THINGS]

    @strawberry.field
    async def named(self) -> list[Named]:
        return [kind(name=f"n{n}") for n, kind in enumerate(NAMED)]


schema = Schema(
    Query, types=NAMED, extensions=[CompiledOperations], scalar_overrides={Decimal: DECIMAL}
)
DOCUMENT = """{ things { price { sum: amount currency __typename } weight
  again: price { amount } held { value unit } parts { of: share { value unit } __typename } } }"""


@dataclass
class World:
    document: Any


@pytest.fixture(autouse=True)
def nothing() -> Iterator[None]:
    yield
    THINGS.clear()


async def _asked(text: str) -> Any:
    documents = Documents(schema._schema)
    documents.admit(text)
    document = documents.admit(text)
    return await schema.execute(text, context_value=World(document))


async def _both(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    compiled = await _asked(text)
    monkeypatch.setenv(SWITCH, "off")
    usual = await _asked(text)
    return [
        (each.data, [(error.message, error.path) for error in each.errors or []])
        for each in (compiled, usual)
    ]


async def test_answers_are_those_of_the_values(monkeypatch: pytest.MonkeyPatch) -> None:
    THINGS.append(
        ThingRow(-1205, "EUR", Decimal("2.500000"), "EA", [PartRow(Decimal(3), "KG")] * 2)
    )
    THINGS.append(ThingRow(7, "JPY", Decimal("1E+3"), "EA", []))
    compiled, usual = await _both(DOCUMENT, monkeypatch)
    assert compiled == usual
    assert usual[0]["things"][0] == {
        "price": {"sum": "-12.05", "currency": "EUR", "__typename": "Money"},
        "weight": "2.5",
        "again": {"amount": "-12.05"},
        "held": {"value": "2.5", "unit": "EA"},
        "parts": [{"of": {"value": "3", "unit": "KG"}, "__typename": "Part"}] * 2,
    }
    assert usual[0]["things"][1]["weight"] == "1000"


async def test_no_value_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError

    THINGS.append(ThingRow(1, "EUR", Decimal(1), "EA", [PartRow(Decimal(3), "KG")]))
    for made in (Thing.WORKED_OUT["price"], Thing.WORKED_OUT["held"], Part.WORKED_OUT["share"]):
        monkeypatch.setattr(type(made), "__call__", never)
    assert (await _asked(DOCUMENT)).data["things"][0]["price"]["sum"] == "0.01"


@pytest.mark.parametrize(
    "row",
    [
        ThingRow(None, "EUR", Decimal(1), "EA", []),
        ThingRow(1, None, Decimal(1), "EA", []),
        ThingRow(1, "EUR", None, "EA", []),
        ThingRow(1, "EUR", Decimal("NaN"), "EA", []),
        ThingRow(1, "EUR", Decimal(1), "EA", [PartRow(None, "KG")]),
        ThingRow(1, "EUR", Decimal(1), "EA", None),
    ],
)
async def test_what_is_wrong_is_told_in_the_usual_words(
    row: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    THINGS.append(row)
    compiled, usual = await _both(DOCUMENT, monkeypatch)
    assert compiled == usual
    assert len(usual[1]) >= 1


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6) | st.decimals(allow_nan=False))
def test_a_number_is_written_as_its_plain_form(value: Decimal) -> None:
    leaf = plain_of("x")
    try:
        usual = write_decimal(plain(value))
    except (OverflowError, ValueError):
        with pytest.raises((OverflowError, ValueError)):
            leaf.written(value)
    else:
        assert leaf.written(value) == usual


async def test_many_possible_types_are_completed_as_their_objects_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "{ named { __typename name ... on Named7 { only } } }"
    compiled, usual = await _both(text, monkeypatch)
    assert compiled == usual
    assert usual[0]["named"][7] == {"__typename": "Named7", "name": "n7", "only": 7}
