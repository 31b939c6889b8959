"""From whom items are bought, on the API."""

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.bulk import ErrorPolicy, RowOutcome, domain_policy, row_outcomes
from api.context import Info
from api.entities.calendars import WorkingCalendar, load_calendars
from api.entities.parties import Party, load_parties
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.user_errors import UserError
from api.writing import perform
from domain.catalog.operations.supplier_items import WantedSupplierItem, set_supplier_items
from domain.catalog.queries import supplier_items as queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.kernel.work import Work


@strawberry.type(description="How an item is bought from a supplier.")
class ItemSupplier:
    lead_days: int = strawberry.field(
        description="Calendar days from the order to the goods at our dock."
    )
    minimum_quantity: Decimal = strawberry.field(
        description="The least that can be ordered, in base units."
    )
    pack_size: Decimal = strawberry.field(description="Ordered in multiples of so many.")
    active: bool = strawberry.field(description="Whether it is still bought there.")
    supplier_id: strawberry.Private[int]
    calendar_id: strawberry.Private[int | None]

    @strawberry.field(description="The supplier.")
    async def supplier(self, info: Info) -> Party | None:
        return await info.context.load(load_parties, self.supplier_id)

    @strawberry.field(description="The days on which can be ordered; null: all.")
    async def calendar(self, info: Info) -> WorkingCalendar | None:
        if self.calendar_id is None:
            return None
        return await info.context.load(load_calendars, self.calendar_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "ItemSupplier":
        """From a row of the domain's queries."""
        return cls(
            lead_days=row.lead_days,
            minimum_quantity=plain(row.minimum_quantity),
            pack_size=plain(row.pack_size),
            active=row.status == "active",
            supplier_id=row.supplier_id,
            calendar_id=row.calendar_id,
        )


async def load_item_suppliers(reader: Reader, ids: Sequence[int]) -> list[list[ItemSupplier]]:
    """A batch for loaders: the suppliers of each item, the quickest first."""
    rows = await queries.supplier_items_of(reader, item_ids=ids)
    return [[ItemSupplier.of(row) for row in rows[item_id]] for item_id in ids]


@strawberry.input(description="How an item is bought from a supplier.")
class SupplierItemInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    supplier_id: strawberry.ID = strawberry.field(description="The supplier, a party.")
    lead_days: int = strawberry.field(
        description="Calendar days from the order to the goods at our dock."
    )
    minimum_quantity: Decimal = strawberry.field(
        default=Decimal(0), description="The least that can be ordered, in base units."
    )
    pack_size: Decimal = strawberry.field(
        default=Decimal(1), description="Ordered in multiples of so many base units."
    )
    calendar_id: strawberry.ID | None = strawberry.field(
        default=None, description="The days on which can be ordered; all if absent."
    )
    active: bool = strawberry.field(default=True, description="False: bought there no more.")


@strawberry.input(description="How items are bought.")
class SetSupplierItemsInput:
    rows: list[SupplierItemInput] = strawberry.field(description="1 to 1,000 of them.")
    error_policy: ErrorPolicy = strawberry.field(
        default=ErrorPolicy.REJECT_ALL, description="What a failed row means for the others."
    )


@strawberry.type(description="What setSupplierItems did.")
class SetSupplierItemsPayload:
    written: int = strawberry.field(description="How many rows stand as given.")
    rows: list[RowOutcome] = strawberry.field(description="What became of each row.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done at all.")


@strawberry.type
class SupplierItemMutation:
    @strawberry.mutation(
        description="Set lead times, minimum quantities and packs of up to 1,000 items and "
        "suppliers. Needs catalog.manage."
    )
    async def set_supplier_items(
        self,
        info: Info,
        input: Annotated[SetSupplierItemsInput, strawberry.argument(description="The rows.")],
    ) -> SetSupplierItemsPayload:
        rows = [_wanted(place, row) for place, row in enumerate(input.rows)]

        async def write(work: Work) -> dict[str, Any]:
            policy = domain_policy(input.error_policy)
            done = await set_supplier_items(work, rows=rows, error_policy=policy)
            failures = [asdict(failure) for failure in done.failures]
            return {"written": done.written, "failures": failures}

        done = await perform(info, write, input=input)
        return SetSupplierItemsPayload(
            written=done["written"] or 0,
            rows=row_outcomes(len(rows), done["failures"] or [], input.error_policy),
            user_errors=done.user_errors,
        )


def _wanted(place: int, row: SupplierItemInput) -> WantedSupplierItem:
    path = ("rows", place)
    ids = {
        "item_id": row_id_of(row.item_id, "Item", path=(*path, "itemId")),
        "supplier_id": row_id_of(row.supplier_id, "Party", path=(*path, "supplierId")),
        "calendar_id": optional_row_id(
            row.calendar_id, "WorkingCalendar", path=(*path, "calendarId")
        ),
    }
    return WantedSupplierItem(**given(row) | ids)
