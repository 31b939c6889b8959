"""Lists of layers, issues and changes of cost on the API."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import (
    After,
    Before,
    Connection,
    Direction,
    First,
    Last,
    chosen,
    connection,
    wanted,
)
from api.context import Info
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.inventory.costs import (
    ISSUE,
    LAYER,
    CostIssue,
    CostLayer,
    CostLayerStanding,
    load_cost_issues,
    load_cost_layers,
)
from api.ledger.traces import load_traced
from api.nodes import Node, refetched_by
from api.scalars import Money, money
from domain.inventory.queries import costs as queries
from domain.kernel.reading import Reader


@strawberry.input(description="Which layers to list; conditions are joined by and.")
class CostLayerFilter:
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this legal entity's stock."
    )
    item_id: strawberry.ID | None = strawberry.field(default=None, description="Of this item.")
    document_id: strawberry.ID | None = strawberry.field(
        default=None, description="That came by this receipt or adjustment."
    )
    issue_id: strawberry.ID | None = strawberry.field(
        default=None, description="That this issue took of."
    )
    standing: CostLayerStanding | None = strawberry.field(
        default=None, description="That stand so."
    )
    is_open: bool | None = strawberry.field(
        default=None, description="Whether anything is left of them."
    )
    from_on: date | None = strawberry.field(default=None, description="Since this day.")
    up_to: date | None = strawberry.field(default=None, description="Until this day.")


@strawberry.input(description="Which issues to list; conditions are joined by and.")
class CostIssueFilter:
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this legal entity's stock."
    )
    item_id: strawberry.ID | None = strawberry.field(default=None, description="Of this item.")
    shipment_id: strawberry.ID | None = strawberry.field(
        default=None, description="That left by this shipment."
    )
    layer_id: strawberry.ID | None = strawberry.field(
        default=None, description="That took of this layer."
    )
    from_on: date | None = strawberry.field(default=None, description="Since this day.")
    up_to: date | None = strawberry.field(default=None, description="Until this day.")


@strawberry.enum(description="What layers and issues can be ordered by.")
class CostOrderField(Enum):
    BOOKED = strawberry.enum_value("id", description="As they were booked.")
    VALUED_ON = strawberry.enum_value(
        "valued_on",
        description="The day on which they count, which is the order they are taken in.",
    )


@strawberry.input(description="The order of a list of layers or issues.")
class CostOrder:
    field: CostOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


@strawberry.enum(description="What changed its value.")
class CostChangeKind(Enum):
    LAYER = strawberry.enum_value("layer", description="What came cost more or less.")
    ISSUE = strawberry.enum_value("issue", description="What left cost more or less.")
    STOCK = strawberry.enum_value("stock", description="What is there is worth more or less.")


@strawberry.type(description="One change of value without goods that moved. It never changes.")
class CostChange(Node):
    kind: CostChangeKind = strawberry.field(description="What changed its value.")
    stock_value: Money = strawberry.field(description="What the stock's value changed by.")
    leg: str = strawberry.field(description="The part of a posting that has the other side of it.")
    booked_on: date = strawberry.field(description="The day of the books that took it.")
    created_at: datetime = strawberry.field(description="When it was written.")
    layer_id: strawberry.Private[int | None]
    issue_id: strawberry.Private[int | None]
    cause: strawberry.Private[tuple[str, int]]

    @strawberry.field(description="The layer it is of.")
    async def layer(self, info: Info) -> CostLayer | None:
        if self.layer_id is None:
            return None
        return await info.context.load(load_cost_layers, self.layer_id)

    @strawberry.field(description="The issue it is of.")
    async def issue(self, info: Info) -> CostIssue | None:
        if self.issue_id is None:
            return None
        return await info.context.load(load_cost_issues, self.issue_id)

    @strawberry.field(description="The document that caused it, if the API shows it.")
    async def document(self, info: Info) -> Node | None:
        return await load_traced(info, *self.cause)

    @classmethod
    def of(cls, row: Row[Any]) -> "CostChange":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("CostChange", row.id),
            kind=CostChangeKind(row.kind),
            stock_value=money(row.stock_minor, row.currency),
            leg=row.leg,
            booked_on=row.booked_on,
            created_at=row.created_at,
            layer_id=row.layer_id,
            issue_id=row.issue_id,
            cause=(row.cause_kind, row.cause_id),
        )


async def load_cost_changes(reader: Reader, ids: Sequence[int]) -> list[CostChange | None]:
    """A batch for loaders: the changes of these row ids, in order."""
    rows = await queries.cost_changes_of_ids(reader, ids=ids)
    return [CostChange.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("CostChange", load_cost_changes)


@strawberry.input(description="Which changes of value to list; conditions are joined by and.")
class CostChangeFilter:
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this legal entity's stock."
    )
    item_id: strawberry.ID | None = strawberry.field(default=None, description="Of this item.")
    layer_id: strawberry.ID | None = strawberry.field(default=None, description="Of this layer.")
    issue_id: strawberry.ID | None = strawberry.field(default=None, description="Of this issue.")
    landed_cost_id: strawberry.ID | None = strawberry.field(
        default=None, description="Caused by this landed cost document."
    )
    stock_revaluation_id: strawberry.ID | None = strawberry.field(
        default=None, description="Caused by this revaluation."
    )


Asked = CostLayerFilter | CostIssueFilter | CostChangeFilter
_SOURCES = {
    "document_id": ("stock_document", "StockDocument"),
    "shipment_id": ("shipment", "Shipment"),
    "landed_cost_id": ("landed_cost", "LandedCost"),
    "stock_revaluation_id": ("stock_revaluation", "StockRevaluation"),
}
_IDS = {"owner_id": "LegalEntity", "item_id": "Item", "issue_id": ISSUE, "layer_id": LAYER}


def _where(asked: Asked | None) -> queries.CostFilter:
    fields = {} if asked is None else given(asked)
    source = None
    for name, (kind, type_name) in _SOURCES.items():
        row_id = optional_row_id(fields.pop(name, None), type_name, path=(name,))
        source = source if row_id is None else (kind, row_id)
    for name, type_name in _IDS.items():
        if name in fields:
            fields[name] = optional_row_id(fields[name], type_name, path=(name,))
    return queries.CostFilter(source=source, **fields)


@strawberry.type
class CostQuery:
    @strawberry.field(description="Layers of cost. Needs inventory.value.")
    async def cost_layers(
        self,
        info: Info,
        filter: Annotated[
            CostLayerFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            CostOrder | None, strawberry.argument(description="As they were booked if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CostLayer]:
        listing = await queries.cost_layers(
            await info.context.reader(),
            where=_where(filter),
            ordering=chosen(queries.LAYER_ORDERINGS, order_by, default="id"),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, CostLayer.of, count=listing.count)

    @strawberry.field(description="Issues of cost. Needs inventory.value.")
    async def cost_issues(
        self,
        info: Info,
        filter: Annotated[
            CostIssueFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            CostOrder | None, strawberry.argument(description="As they were booked if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CostIssue]:
        listing = await queries.cost_issues(
            await info.context.reader(),
            where=_where(filter),
            ordering=chosen(queries.ISSUE_ORDERINGS, order_by, default="id"),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, CostIssue.of, count=listing.count)

    @strawberry.field(description="Changes of value, the latest first. Needs inventory.value.")
    async def cost_changes(
        self,
        info: Info,
        filter: Annotated[
            CostChangeFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CostChange]:
        listing = await queries.cost_changes(
            await info.context.reader(),
            where=_where(filter),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, CostChange.of, count=listing.count)
