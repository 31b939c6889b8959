"""Freight, duty and the like on the API."""

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
from api.entities.parties import Party, load_parties
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.inventory.costs import CostLayer, load_cost_layers
from api.ledger.journals import Journal, load_journals_of_sources
from api.nodes import Node, refetched_by
from api.scalars import Money, Quantity, money, quantity
from domain.inventory.queries import revaluations as queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader

KIND = "LandedCost"


@strawberry.enum(description="What a charge is for.")
class LandedChargeKind(Enum):
    FREIGHT = strawberry.enum_value("freight", description="Carriage to our door.")
    DUTY = strawberry.enum_value("duty", description="Customs.")
    INSURANCE = strawberry.enum_value("insurance", description="Insurance on the way.")
    HANDLING = strawberry.enum_value("handling", description="Loading, unloading, papers.")
    OTHER = strawberry.enum_value("other", description="Anything else.")


@strawberry.enum(description="By what a charge is spread over the goods.")
class LandedBasis(Enum):
    VALUE = strawberry.enum_value("value", description="What they cost.")
    WEIGHT = strawberry.enum_value("weight", description="Their weight, as told.")
    VOLUME = strawberry.enum_value("volume", description="Their volume, as told.")
    QUANTITY = strawberry.enum_value("quantity", description="How many base units came.")


@strawberry.enum(description="What has become of a landed cost document.")
class LandedCostStatus(Enum):
    BOOKED = strawberry.enum_value("booked", description="It is in the goods' cost.")
    REVERSED = strawberry.enum_value("reversed", description="It was taken back.")


@strawberry.type(description="One charge, and by what it is spread.")
class LandedCharge:
    kind: LandedChargeKind = strawberry.field(description="What it is for.")
    basis: LandedBasis = strawberry.field(description="By what it is spread.")
    amount: Money = strawberry.field(description="How much.")


@strawberry.type(description="What goods of one receipt bear of a landed cost document.")
class LandedShare:
    quantity: Quantity = strawberry.field(description="How much came.")
    weight: Decimal | None = strawberry.field(description="Its weight, as told.")
    volume: Decimal | None = strawberry.field(description="Its volume, as told.")
    amount: Money = strawberry.field(description="What they bear.")
    stock: Money = strawberry.field(
        description="What of that was for goods still there then; the rest went where the cost of "
        "the others had gone."
    )
    item_id: strawberry.Private[int]
    layer_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="The layer of cost that they are.")
    async def layer(self, info: Info) -> CostLayer | None:
        return await info.context.load(load_cost_layers, self.layer_id)


@strawberry.type(description="Freight, duty and the like, spread over receipts of one entity.")
class LandedCost(Node):
    number: str = strawberry.field(description="Its number.")
    status: LandedCostStatus = strawberry.field(description="What has become of it.")
    amount: Money = strawberry.field(description="All charges, in the books' currency.")
    charged: Money | None = strawberry.field(
        description="What was charged, where that was in another currency."
    )
    external_reference: str | None = strawberry.field(description="The sender's own number.")
    reason: str = strawberry.field(description="Why.")
    booked_on: date = strawberry.field(description="The day it was booked.")
    created_at: datetime = strawberry.field(description="When it was written.")
    created_by: str = strawberry.field(description="Who wrote it.")
    reversed_at: datetime | None = strawberry.field(description="When it was taken back.")
    entity_id: strawberry.Private[int]
    party_id: strawberry.Private[int | None]
    row_id: strawberry.Private[int]

    @strawberry.field(description="Whose receipts they are.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="Whom it is owed to.")
    async def party(self, info: Info) -> Party | None:
        if self.party_id is None:
            return None
        return await info.context.load(load_parties, self.party_id)

    @strawberry.field(description="Its charges.")
    async def charges(self, info: Info) -> list[LandedCharge]:
        return await info.context.load(load_charges, self.row_id)

    @strawberry.field(description="What the goods of each receipt bear.")
    async def shares(self, info: Info) -> list[LandedShare]:
        return await info.context.load(load_shares, self.row_id)

    @strawberry.field(description="Its journals. Needs ledger.read.")
    async def journals(self, info: Info) -> list[Journal]:
        return await info.context.load(load_journals_of_sources, self.row_id, "landed_cost")

    @classmethod
    def of(cls, row: Row[Any]) -> "LandedCost":
        """From a row of the domain's queries."""
        return cls(
            id=global_id(KIND, row.id),
            number=row.number,
            status=LandedCostStatus(row.status),
            amount=money(row.amount_minor, row.currency),
            charged=None
            if row.charged_minor is None
            else money(row.charged_minor, row.charged_currency),
            external_reference=row.external_reference,
            reason=row.reason,
            booked_on=row.booked_on,
            created_at=row.created_at,
            created_by=row.created_by,
            reversed_at=row.reversed_at,
            entity_id=row.entity_id,
            party_id=row.party_id,
            row_id=row.id,
        )


async def load_landed_costs(reader: Reader, ids: Sequence[int]) -> list[LandedCost | None]:
    """A batch for loaders: the documents of these row ids, in order."""
    rows = await queries.landed_costs_of_ids(reader, ids=ids)
    return [LandedCost.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_charges(reader: Reader, ids: Sequence[int]) -> list[list[LandedCharge]]:
    """A batch for loaders: the charges of each document."""
    found = await queries.charges_of_landed_costs(reader, landed_ids=ids)
    return [
        [
            LandedCharge(
                kind=LandedChargeKind(row.kind),
                basis=LandedBasis(row.basis),
                amount=money(row.amount_minor, row.currency),
            )
            for row in found[row_id]
        ]
        for row_id in ids
    ]


async def load_shares(reader: Reader, ids: Sequence[int]) -> list[list[LandedShare]]:
    """A batch for loaders: what the goods of each receipt bear of each document."""
    found = await queries.shares_of_landed_costs(reader, landed_ids=ids)
    return [[_share(row) for row in found[row_id]] for row_id in ids]


def _share(row: Row[Any]) -> LandedShare:
    return LandedShare(
        quantity=quantity(row.quantity, row.base_unit),
        weight=None if row.weight is None else plain(row.weight),
        volume=None if row.volume is None else plain(row.volume),
        amount=money(row.amount_minor, row.currency),
        stock=money(row.stock_minor, row.currency),
        item_id=row.item_id,
        layer_id=row.layer_id,
    )


refetched_by(KIND, load_landed_costs)


@strawberry.input(description="Which documents to list; conditions are joined by and.")
class LandedCostFilter:
    entity_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this legal entity."
    )
    status: LandedCostStatus | None = strawberry.field(
        default=None, description="Of which this has become."
    )


@strawberry.type
class LandedCostQuery:
    @strawberry.field(description="Landed cost documents, the latest first. Needs inventory.value.")
    async def landed_costs(
        self,
        info: Info,
        filter: Annotated[
            LandedCostFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[LandedCost]:
        asked = filter or LandedCostFilter()
        listing = await queries.landed_costs(
            await info.context.reader(),
            where=queries.DocumentFilter(
                entity_id=optional_row_id(asked.entity_id, "LegalEntity", path=("entityId",)),
                **given(asked, "status"),
            ),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, LandedCost.of, count=listing.count)
