"""The three answers that are compared: a word, a list of 50×10 fields, and 50 things with 5 parts.

The same Python objects behind our stack and stock Strawberry; the objects are made once, because
reading a database is not what is measured here."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum

import strawberry


@strawberry.enum
class State(Enum):
    OPEN = "open"
    CLOSED = "closed"


@strawberry.type
class Part:
    id: strawberry.ID
    sku: str
    quantity: int
    price: Decimal
    note: str | None


@strawberry.type
class Thing:
    id: strawberry.ID
    number: str
    name: str
    city: str | None
    count: int
    version: int
    open: bool
    ratio: float
    state: State
    at: datetime
    parts: list[Part]


def _thing(number: int) -> Thing:
    parts = [
        Part(
            id=strawberry.ID(f"{number}/{place}"),
            sku=f"SKU-{place:05}",
            quantity=place,
            price=Decimal("12.50"),
            note=None,
        )
        for place in range(5)
    ]
    return Thing(
        id=strawberry.ID(str(number)),
        number=f"SO-{number:06}",
        name=f"Thing {number}",
        city="Rotterdam" if number % 2 else None,
        count=number,
        version=1,
        open=bool(number % 3),
        ratio=number / 4,
        state=State.OPEN if number % 2 else State.CLOSED,
        at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        parts=parts,
    )


THINGS = [_thing(number) for number in range(50)]


@strawberry.type
class Query:
    @strawberry.field
    async def ping(self) -> str:
        return "pong"

    @strawberry.field
    async def things(self) -> list[Thing]:
        return THINGS


DOCUMENTS = {
    "ping": "query Ping { ping }",
    "list 50×10": "query List { things { id number name city count version open ratio state at } }",
    "nested 50×5": (
        "query Nested { things { id number name parts { id sku quantity price note } } }"
    ),
}
