"""What stock cost, layer by layer, on the API."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.parties import Party, load_parties
from api.ids import global_id
from api.ledger.journals import Journal, load_journals_of_sources
from api.ledger.traces import load_traced
from api.nodes import Node, refetched_by
from api.scalars import Money, Quantity, money, quantity
from domain.inventory.queries import costs as queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader

LAYER, ISSUE = "CostLayer", "CostIssue"


@strawberry.enum(description="How the goods of a layer stand in the books.")
class CostLayerStanding(Enum):
    VALUED = strawberry.enum_value("valued", description="They are worth what they cost.")
    PENDING = strawberry.enum_value("pending", description="What they cost is not booked yet.")
    CONSIGNED = strawberry.enum_value(
        "consigned", description="They are a third party's until they leave."
    )
    GONE = strawberry.enum_value("gone", description="They came back, and into no stock.")


@strawberry.type(description="Goods of one item that came into an owner's stock by one document.")
class CostLayer(Node):
    standing: CostLayerStanding = strawberry.field(description="How they stand in the books.")
    valued_on: date = strawberry.field(description="The day since which they count.")
    booked_on: date = strawberry.field(description="The day of the books that took them.")
    quantity: Quantity = strawberry.field(description="How much came.")
    quantity_left: Quantity = strawberry.field(description="What of it is there still.")
    value: Money = strawberry.field(description="What the stock's value rose by when it came.")
    cost: Money = strawberry.field(
        description="What it cost by now, with freight, duty and corrected invoices."
    )
    value_left: Money = strawberry.field(
        description="What is left of it is worth: its own value under FIFO, else its share of what "
        "the item is worth."
    )
    profit: Money = strawberry.field(
        description="What another entity of the house earned on it when it sold it here."
    )
    unit_price: Decimal | None = strawberry.field(
        description="What a base unit of consigned goods costs once it leaves, in major units."
    )
    owner_id: strawberry.Private[int]
    item_id: strawberry.Private[int]
    party_id: strawberry.Private[int | None]
    issue_id: strawberry.Private[int | None]
    source: strawberry.Private[tuple[str, int]]

    @strawberry.field(description="Whose stock it is.")
    async def owner(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.owner_id)

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="Whose consigned goods are.")
    async def consignor(self, info: Info) -> Party | None:
        if self.party_id is None:
            return None
        return await info.context.load(load_parties, self.party_id)

    @strawberry.field(description="The document by which they came, if the API shows it.")
    async def document(self, info: Info) -> Node | None:
        return await load_traced(info, *self.source)

    @strawberry.field(description="What that document posted. Needs ledger.read.")
    async def journals(self, info: Info) -> list[Journal]:
        return await info.context.load(load_journals_of_sources, self.source[1], self.source[0])

    @strawberry.field(description="Goods that came back: how they had left.")
    async def returned_from(self, info: Info) -> "CostIssue | None":
        if self.issue_id is None:
            return None
        return await info.context.load(load_cost_issues, self.issue_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "CostLayer":
        """From a row of the domain's queries."""
        return cls(
            id=global_id(LAYER, row.id),
            standing=CostLayerStanding(row.standing),
            valued_on=row.valued_on,
            booked_on=row.booked_on,
            quantity=quantity(row.quantity, row.base_unit),
            quantity_left=quantity(row.quantity_left, row.base_unit),
            value=money(row.value_minor, row.currency),
            cost=money(row.cost_minor, row.currency),
            value_left=money(row.value_now_minor, row.currency),
            profit=money(row.profit_minor, row.currency),
            unit_price=None if row.unit_price is None else plain(row.unit_price),
            owner_id=row.owner_id,
            item_id=row.item_id,
            party_id=row.party_id,
            issue_id=row.issue_id,
            source=(row.source_kind, row.source_id),
        )


@strawberry.type(description="What an issue took of one layer.")
class CostTaking:
    quantity: Quantity = strawberry.field(description="How much.")
    value: Money = strawberry.field(description="What that cost.")
    layer_id: strawberry.Private[int]

    @strawberry.field(description="The layer.")
    async def layer(self, info: Info) -> CostLayer | None:
        return await info.context.load(load_cost_layers, self.layer_id)


@strawberry.type(description="Goods of one item that left an owner's stock by one document.")
class CostIssue(Node):
    valued_on: date = strawberry.field(description="The day on which they left.")
    booked_on: date = strawberry.field(description="The day of the books that took it.")
    leg: str = strawberry.field(
        description="The part of a posting that their cost went to, such as cost_of_goods."
    )
    quantity: Quantity = strawberry.field(description="How much left.")
    uncovered: Quantity = strawberry.field(
        description="What of it left before its cost was known, at the last cost."
    )
    returned: Quantity = strawberry.field(description="What of it has come back.")
    value: Money = strawberry.field(description="What was booked when it left.")
    cost: Money = strawberry.field(description="What it cost by now, with every correction.")
    owner_id: strawberry.Private[int]
    item_id: strawberry.Private[int]
    row_id: strawberry.Private[int]
    source: strawberry.Private[tuple[str, int]]

    @strawberry.field(description="Whose stock it was.")
    async def owner(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.owner_id)

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="The document by which it left, if the API shows it.")
    async def document(self, info: Info) -> Node | None:
        return await load_traced(info, *self.source)

    @strawberry.field(description="What that document posted. Needs ledger.read.")
    async def journals(self, info: Info) -> list[Journal]:
        return await info.context.load(load_journals_of_sources, self.source[1], self.source[0])

    @strawberry.field(description="What it took of which layers, oldest first.")
    async def takings(self, info: Info) -> list[CostTaking]:
        return await info.context.load(load_takings_of_issues, self.row_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "CostIssue":
        """From a row of the domain's queries."""
        return cls(
            id=global_id(ISSUE, row.id),
            valued_on=row.valued_on,
            booked_on=row.booked_on,
            leg=row.contra,
            quantity=quantity(row.quantity, row.base_unit),
            uncovered=quantity(row.uncovered, row.base_unit),
            returned=quantity(row.returned, row.base_unit),
            value=money(row.value_minor, row.currency),
            cost=money(row.cost_minor, row.currency),
            owner_id=row.owner_id,
            item_id=row.item_id,
            row_id=row.id,
            source=(row.source_kind, row.source_id),
        )


async def load_cost_layers(reader: Reader, ids: Sequence[int]) -> list[CostLayer | None]:
    """A batch for loaders: the layers of these row ids, in order."""
    rows = await queries.cost_layers_of_ids(reader, ids=ids)
    return [CostLayer.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_cost_issues(reader: Reader, ids: Sequence[int]) -> list[CostIssue | None]:
    """A batch for loaders: the issues of these row ids, in order."""
    rows = await queries.cost_issues_of_ids(reader, ids=ids)
    return [CostIssue.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_takings_of_issues(reader: Reader, ids: Sequence[int]) -> list[list[CostTaking]]:
    """A batch for loaders: what each issue took."""
    found = await queries.takings_of_issues(reader, issue_ids=ids)
    return [
        [
            CostTaking(
                quantity=quantity(row.quantity, row.base_unit),
                value=money(row.value_minor, row.currency),
                layer_id=row.layer_id,
            )
            for row in found[row_id]
        ]
        for row_id in ids
    ]


refetched_by(LAYER, load_cost_layers)
refetched_by(ISSUE, load_cost_issues)
