"""Tax codes, their rates, and where they hold, on the API."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id
from api.nodes import Node, refetched_by
from domain.finance.queries import settings as queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@strawberry.enum(description="How a tax code treats what has it.")
class TaxKind(Enum):
    STANDARD = strawberry.enum_value("standard", description="Its components are charged.")
    EXEMPT = strawberry.enum_value("exempt", description="Nothing is charged.")
    REVERSE_CHARGE = strawberry.enum_value(
        "reverse_charge", description="The buyer owes the tax; nothing is charged."
    )


@strawberry.type(description="What a component of a tax takes from a day on.")
class TaxRate:
    component: str = strawberry.field(description="The component's name.")
    percent: Decimal = strawberry.field(description="In percent; 0 ends it.")
    compound: bool = strawberry.field(
        description="Whether it is taken of the price with the other taxes."
    )
    valid_from: date = strawberry.field(description="The first day.")


@strawberry.type(description="How something is taxed.")
class TaxCode(Node):
    code: str = strawberry.field(description="Its code, unique.")
    name: str = strawberry.field(description="Its name.")
    kind: TaxKind = strawberry.field(description="How it treats what has it.")
    inclusive: bool = strawberry.field(description="Whether prices have the tax in them.")
    version: int = strawberry.field(description="Rises with each change.")
    row_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "TaxCode":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("TaxCode", row.id),
            row_id=row.id,
            kind=TaxKind(row.kind),
            inclusive=row.is_inclusive,
            **{name: getattr(row, name) for name in ("code", "name", "version")},
        )

    @strawberry.field(description="Its rates, by component and day.")
    async def rates(self, info: Info) -> list[TaxRate]:
        return await info.context.load(load_tax_rates, self.row_id)


@strawberry.type(description="Which tax code a legal entity's sales have, where.")
class TaxRule:
    country: str | None = strawberry.field(description="To this country (ISO); null: any.")
    region: str | None = strawberry.field(description="To this region of it; null: any.")
    item_group: str | None = strawberry.field(description="Of this group of items; null: any.")
    tax_code_id: strawberry.Private[int]

    @strawberry.field(description="The code.")
    async def tax_code(self, info: Info) -> TaxCode | None:
        return await info.context.load(load_tax_codes, self.tax_code_id)


async def load_tax_codes(reader: Reader, ids: Sequence[int]) -> list[TaxCode | None]:
    """A batch for loaders: the tax codes of these row ids, in order."""
    rows = await queries.tax_codes_of_ids(reader, ids=ids)
    return [TaxCode.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_tax_rates(reader: Reader, ids: Sequence[int]) -> list[list[TaxRate]]:
    """A batch for loaders: the rates of each tax code."""
    found = await queries.rates_of_tax_codes(reader, ids=ids)
    return [[_rate(row) for row in found[row_id]] for row_id in ids]


def _rate(row: Row[Any]) -> TaxRate:
    return TaxRate(
        component=row.component,
        percent=plain(row.percent),
        compound=row.is_compound,
        valid_from=row.valid_from,
    )


async def load_tax_rules(reader: Reader, ids: Sequence[int]) -> list[list[TaxRule]]:
    """A batch for loaders: the tax rules of each legal entity."""
    found = await queries.tax_rules_of_entities(reader, ids=ids)
    return [[_rule(row) for row in found[row_id]] for row_id in ids]


def _rule(row: Row[Any]) -> TaxRule:
    return TaxRule(
        country=row.country or None,
        region=row.region or None,
        item_group=row.item_group or None,
        tax_code_id=row.tax_code_id,
    )


refetched_by("TaxCode", load_tax_codes)


@strawberry.type
class TaxCodeQuery:
    @strawberry.field(description="Tax codes, by code. Needs finance.read.")
    async def tax_codes(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[TaxCode]:
        listing = await queries.tax_codes(
            await info.context.reader(), request=wanted(first, after, last, before)
        )
        return connection(listing.page, TaxCode.of, count=listing.count)
