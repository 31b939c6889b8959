"""What a run has for each line, on the API."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.allocation.priorities import PriorityKind
from api.catalog.items import Item, load_items
from api.context import Info
from api.entities.locations import Location, load_locations
from api.orders.orders import Order, load_orders
from domain.allocation.rules import RULES
from domain.kernel.quantity import plain


@strawberry.enum(description="What became of a line of a run.")
class AllocationRunLineStatus(Enum):
    PLANNED = strawberry.enum_value("planned", description="It waits to be applied.")
    APPLIED = strawberry.enum_value("applied", description="It has what was planned for it.")
    STALE = strawberry.enum_value("stale", description="Less was there, or wanted, than planned.")
    UNCHANGED = strawberry.enum_value("unchanged", description="The plan leaves it as it is.")


@strawberry.type(description="A quantity that a line is to get from a location.")
class AllocationRunTake:
    quantity: Decimal = strawberry.field(description="In base units.")
    reason: str | None = strawberry.field(description="Why from there.")
    location_id: strawberry.Private[int]

    @strawberry.field(description="From where.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)


@strawberry.type(description="What a run has for one order line; quantities in base units.")
class AllocationRunLine:
    position: int = strawberry.field(description="Its place in the queue of the run, from 1.")
    demanded: Decimal = strawberry.field(description="What it asks for.")
    held: Decimal = strawberry.field(description="What it had of that before.")
    given: Decimal = strawberry.field(description="What the plan gives it in all.")
    takes: list[AllocationRunTake] = strawberry.field(description="From where.")
    behind_by: PriorityKind | None = strawberry.field(
        description="The key by which it stands behind the line before it that wants the item; "
        "null when it is the first, or only younger."
    )
    is_late: bool = strawberry.field(
        description="A part keeps waiting on the day it was promised for, or after."
    )
    status: AllocationRunLineStatus = strawberry.field(description="What became of it.")
    applied: Decimal | None = strawberry.field(description="What it got when it was applied.")
    applied_at: datetime | None = strawberry.field(description="When it was applied.")
    order_id: strawberry.Private[int]
    item_id: strawberry.Private[int]

    @strawberry.field(description="The order it is a line of.")
    async def order(self, info: Info) -> Order | None:
        return await info.context.load(load_orders, self.order_id)

    @strawberry.field(description="The item it wants.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "AllocationRunLine":
        """From a row of the domain's queries."""
        key = row.because["key"]
        kinds = {each.value for each in PriorityKind}
        return cls(
            position=row.position,
            demanded=plain(row.demanded),
            held=plain(row.held),
            given=plain(row.given),
            takes=takes_of(row.takes, row.because["rules"]),
            behind_by=PriorityKind(key) if key in kinds else None,
            is_late=row.is_late,
            status=AllocationRunLineStatus(row.status),
            applied=None if row.applied is None else plain(row.applied),
            applied_at=row.applied_at,
            order_id=row.order_id,
            item_id=row.item_id,
        )


def takes_of(takes: Sequence[Any] | None, rules: dict[str, str]) -> list[AllocationRunTake]:
    """Kept takes as the API tells them."""
    return [
        AllocationRunTake(
            quantity=plain(Decimal(quantity)),
            reason=RULES.get(rules.get(str(location_id), "")),
            location_id=location_id,
        )
        for _, location_id, quantity in takes or ()
    ]
