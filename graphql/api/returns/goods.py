"""Goods that came back on the API: where they wait, what was found, what was done with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.locations import Location, load_locations
from api.ids import global_id, optional_row_id
from api.nodes import Node, refetched_by
from api.returns.states import (
    ReturnCondition,
    ReturnDispositionKind,
    ReturnUnitAction,
    ReturnUnitStatus,
)
from api.scalars import Money, Quantity, money, quantity
from domain.kernel.reading import Reader
from domain.returns.policies.states import unit_actions
from domain.returns.queries import goods as queries

KIND = "ReturnUnit"


@strawberry.type(description="What was found of goods that came back.")
class ReturnInspection:
    condition: ReturnCondition = strawberry.field(description="Their condition.")
    notes: str | None = strawberry.field(description="What is to be said beside.")
    photos: list[str] = strawberry.field(description="Where the photos of it are.")
    inspected_at: datetime = strawberry.field(description="When they were looked at.")
    inspected_by: str = strawberry.field(description="By whom.")

    @classmethod
    def of(cls, row: Row[Any]) -> "ReturnInspection":
        """From a row of the domain's queries."""
        return cls(
            condition=ReturnCondition(row.condition),
            notes=row.notes,
            photos=list(row.photos),
            inspected_at=row.inspected_at,
            inspected_by=row.inspected_by,
        )


@strawberry.type(description="What was done with goods that came back.")
class ReturnDisposition(Node):
    kind: ReturnDispositionKind = strawberry.field(description="What was done.")
    cost: Money | None = strawberry.field(
        description="What the goods cost when they left; null without ledger.read."
    )
    reason: str = strawberry.field(description="Why.")
    disposed_at: datetime = strawberry.field(description="When.")
    disposed_by: str = strawberry.field(description="By whom.")

    @classmethod
    def of(cls, row: Row[Any], *, costs: bool) -> "ReturnDisposition":
        """From a row of the domain's queries; `costs`: whether the caller may see what they are."""
        return cls(
            id=global_id("ReturnDisposition", row.id),
            kind=ReturnDispositionKind(row.kind),
            cost=money(row.cost_minor, row.currency) if costs else None,
            reason=row.reason,
            disposed_at=row.disposed_at,
            disposed_by=row.disposed_by,
        )


@strawberry.type(
    description="Goods that came back and are kept together: outside of stock, until "
    "they are disposed of."
)
class ReturnUnit(Node):
    status: ReturnUnitStatus = strawberry.field(description="How far they are.")
    quantity: Quantity = strawberry.field(description="How much, in base units.")
    lot: str | None = strawberry.field(description="Their lot.")
    serial: str | None = strawberry.field(description="The piece's serial number.")
    condition: ReturnCondition | None = strawberry.field(
        description="In which condition they were found."
    )
    version: int = strawberry.field(description="Rises with every change.")
    row_id: strawberry.Private[int]
    state: strawberry.Private[str]
    item_id: strawberry.Private[int]
    location_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "ReturnUnit":
        """From a row of the domain's queries."""
        return cls(
            id=global_id(KIND, row.id),
            row_id=row.id,
            state=row.status,
            status=ReturnUnitStatus(row.status),
            quantity=quantity(row.quantity, row.base_unit or ""),
            lot=row.lot or None,
            serial=row.serial,
            condition=None if row.condition is None else ReturnCondition(row.condition),
            version=row.version,
            item_id=row.item_id,
            location_id=row.location_id,
        )

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="Where they are.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="What was found of them.")
    async def inspections(self, info: Info) -> list[ReturnInspection]:
        rows = await info.context.load(load_inspections, self.row_id)
        return [ReturnInspection.of(row) for row in rows]

    @strawberry.field(description="What was done with them; null before that.")
    async def disposition(self, info: Info) -> ReturnDisposition | None:
        rows = await info.context.load(load_dispositions, self.row_id)
        costs = info.context.principal.may("ledger.read")
        return next((ReturnDisposition.of(row, costs=costs) for row in rows), None)

    @strawberry.field(description="What may be done with them now, by the caller.")
    async def supported_actions(self, info: Info) -> list[ReturnUnitAction]:
        allowed = unit_actions(self.state, may=info.context.principal.may)
        return [ReturnUnitAction(each) for each in allowed]


async def load_return_units(reader: Reader, ids: Sequence[int]) -> list[ReturnUnit | None]:
    """A batch for loaders: the units of these row ids, in order."""
    rows = await queries.units_of_ids(reader, ids=ids)
    return [ReturnUnit.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_return_dispositions(
    reader: Reader, ids: Sequence[int]
) -> list[ReturnDisposition | None]:
    """A batch for loaders: the dispositions of these row ids, in order."""
    rows = await queries.dispositions_of_ids(reader, ids=ids)
    costs = reader.principal.may("ledger.read")
    return [
        ReturnDisposition.of(rows[row_id], costs=costs) if row_id in rows else None
        for row_id in ids
    ]


async def load_units_of_receipts(reader: Reader, ids: Sequence[int]) -> list[list[ReturnUnit]]:
    """A batch for loaders: the units of each receipt."""
    found = await queries.units_of_receipts(reader, receipt_ids=ids)
    return [[ReturnUnit.of(row) for row in found[receipt_id]] for receipt_id in ids]


async def load_inspections(reader: Reader, ids: Sequence[int]) -> list[list[Row[Any]]]:
    """A batch for loaders: what was found of each unit."""
    found = await queries.inspections_of_units(reader, unit_ids=ids)
    return [found[unit_id] for unit_id in ids]


async def load_dispositions(reader: Reader, ids: Sequence[int]) -> list[list[Row[Any]]]:
    """A batch for loaders: what was done with each unit."""
    found = await queries.dispositions_of_units(reader, unit_ids=ids)
    return [found[unit_id] for unit_id in ids]


refetched_by(KIND, load_return_units)
refetched_by("ReturnDisposition", load_return_dispositions)


@strawberry.input(description="Which returned goods; what is left out does not narrow.")
class ReturnUnitFilter:
    status: ReturnUnitStatus | None = strawberry.field(default=None, description="Their status.")
    location_id: strawberry.ID | None = strawberry.field(default=None, description="Where.")
    item_id: strawberry.ID | None = strawberry.field(default=None, description="Of what.")
    return_id: strawberry.ID | None = strawberry.field(default=None, description="Of which return.")


def _filter(asked: ReturnUnitFilter | None) -> queries.UnitFilter:
    if asked is None:
        return queries.UnitFilter()
    path = "filter"
    return queries.UnitFilter(
        status=None if asked.status is None else str(asked.status.value),
        location_id=optional_row_id(asked.location_id, "Location", path=(path, "locationId")),
        item_id=optional_row_id(asked.item_id, "Item", path=(path, "itemId")),
        return_id=optional_row_id(asked.return_id, "Return", path=(path, "returnId")),
    )


@strawberry.type
class ReturnUnitQuery:
    @strawberry.field(
        description="Goods that came back, the oldest first: the work of who inspects and disposes "
        "of them. Needs returns.read."
    )
    async def return_units(
        self,
        info: Info,
        filter: Annotated[
            ReturnUnitFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ReturnUnit]:
        listing = await queries.returned_units(
            await info.context.reader(),
            where=_filter(filter),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, ReturnUnit.of, count=listing.count)
