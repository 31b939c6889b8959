"""Documents that change what stock is worth, on the API."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.ledger.journals import Journal, load_journals_of_sources
from api.nodes import Node, refetched_by
from api.scalars import Money, Quantity, money, quantity
from domain.inventory.queries import revaluations as queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader

KIND = "StockRevaluation"


@strawberry.enum(description="Why stock is worth something else.")
class StockRevaluationKind(Enum):
    WRITE_DOWN = strawberry.enum_value("write_down", description="It would fetch less.")
    WRITE_UP = strawberry.enum_value("write_up", description="A write-down was taken back.")
    REVALUATION = strawberry.enum_value("revaluation", description="By hand.")
    METHOD = strawberry.enum_value("method", description="It is valued by another method.")
    STANDARD = strawberry.enum_value("standard", description="It has another standard cost.")
    PRICING = strawberry.enum_value("pricing", description="What it cost became known.")


@strawberry.enum(description="What has become of a revaluation.")
class StockRevaluationStatus(Enum):
    WAITING = strawberry.enum_value("waiting", description="Somebody else has to say yes.")
    BOOKED = strawberry.enum_value("booked", description="The stock is worth that.")
    DROPPED = strawberry.enum_value("dropped", description="It was not approved.")


@strawberry.type(description="One item of a revaluation; of one that waits, as it would be.")
class StockRevaluationLine:
    unit_value: Decimal | None = strawberry.field(
        description="What a base unit is to be worth, in major units; null: what it cost."
    )
    quantity: Quantity | None = strawberry.field(description="How much there is of it.")
    before: Money | None = strawberry.field(description="What that was worth.")
    after: Money | None = strawberry.field(description="What it is worth then.")
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@strawberry.type(description="A document that changes what stock of an entity is worth.")
class StockRevaluation(Node):
    number: str = strawberry.field(description="Its number.")
    kind: StockRevaluationKind = strawberry.field(description="Why.")
    status: StockRevaluationStatus = strawberry.field(description="What has become of it.")
    reason: str = strawberry.field(description="The reason that was given.")
    difference: Money = strawberry.field(description="What the stock's value changed by.")
    booked_on: date | None = strawberry.field(description="The day it was booked.")
    created_at: datetime = strawberry.field(description="When it was written.")
    created_by: str = strawberry.field(description="Who wrote it.")
    entity_id: strawberry.Private[int]
    row_id: strawberry.Private[int]

    @strawberry.field(description="Whose stock it is.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="Its items.")
    async def lines(self, info: Info) -> list[StockRevaluationLine]:
        return await info.context.load(load_lines, self.row_id)

    @strawberry.field(description="Its journals. Needs ledger.read.")
    async def journals(self, info: Info) -> list[Journal]:
        return await info.context.load(load_journals_of_sources, self.row_id, "stock_revaluation")

    @classmethod
    def of(cls, row: Row[Any]) -> "StockRevaluation":
        """From a row of the domain's queries."""
        return cls(
            id=global_id(KIND, row.id),
            number=row.number,
            kind=StockRevaluationKind(row.kind),
            status=StockRevaluationStatus(row.status),
            reason=row.reason,
            difference=money(row.difference_minor, row.currency),
            booked_on=row.booked_on,
            created_at=row.created_at,
            created_by=row.created_by,
            entity_id=row.entity_id,
            row_id=row.id,
        )


async def load_revaluations(reader: Reader, ids: Sequence[int]) -> list[StockRevaluation | None]:
    """A batch for loaders: the revaluations of these row ids, in order."""
    rows = await queries.stock_revaluations_of_ids(reader, ids=ids)
    return [StockRevaluation.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_lines(reader: Reader, ids: Sequence[int]) -> list[list[StockRevaluationLine]]:
    """A batch for loaders: the lines of each revaluation."""
    found = await queries.lines_of_revaluations(reader, revaluation_ids=ids)
    return [[_line(row) for row in found[row_id]] for row_id in ids]


def _line(row: Row[Any]) -> StockRevaluationLine:
    before, after = row.before_minor, row.after_minor
    return StockRevaluationLine(
        unit_value=None if row.unit_value is None else plain(row.unit_value),
        quantity=None if row.quantity is None else quantity(row.quantity, row.base_unit),
        before=None if before is None else money(before, row.currency),
        after=None if after is None else money(after, row.currency),
        item_id=row.item_id,
    )


refetched_by(KIND, load_revaluations)


@strawberry.input(description="Which revaluations to list; conditions are joined by and.")
class StockRevaluationFilter:
    entity_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this legal entity."
    )
    kind: StockRevaluationKind | None = strawberry.field(default=None, description="Of this kind.")
    status: StockRevaluationStatus | None = strawberry.field(
        default=None, description="Of which this has become."
    )


@strawberry.type
class StockRevaluationQuery:
    @strawberry.field(
        description="Documents that changed what stock is worth, the latest first. Needs "
        "inventory.value."
    )
    async def stock_revaluations(
        self,
        info: Info,
        filter: Annotated[
            StockRevaluationFilter | None,
            strawberry.argument(description="Which ones; all if absent."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockRevaluation]:
        asked = filter or StockRevaluationFilter()
        listing = await queries.stock_revaluations(
            await info.context.reader(),
            where=queries.DocumentFilter(
                entity_id=optional_row_id(asked.entity_id, "LegalEntity", path=("entityId",)),
                **given(asked, "status", "kind"),
            ),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, StockRevaluation.of, count=listing.count)
