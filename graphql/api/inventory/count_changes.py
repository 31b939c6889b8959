"""Counting, and taking snapshots, on the API."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry

import api.inventory.count_outcomes  # noqa: F401  (what these may refuse is registered there)
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.inventory.counts import KIND, StockCount, load_stock_counts
from api.user_errors import UserError
from api.writing import perform_one
from domain.inventory.operations.counting import (
    CountEntry,
    cancel_stock_count,
    close_stock_count,
    create_stock_count,
    record_stock_count,
)
from domain.inventory.operations.snapshots import reconcile_snapshot, settle_stock_count
from domain.inventory.snapshots import SnapshotRow
from domain.kernel.errors import InvalidInput
from domain.kernel.work import Work


@strawberry.input(description="A count of an owner's stock at a location.")
class CreateStockCountInput:
    location_id: strawberry.ID = strawberry.field(description="Where.")
    reason: str = strawberry.field(description="Why, such as cycle count.")
    item_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="What; all that is there, if absent."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose; the location's own legal entity if absent."
    )
    is_blind: bool = strawberry.field(
        default=False, description="Do not show counters what is expected."
    )


@strawberry.input(description="What was counted of an item: all of it, whatever it is held for.")
class StockCountEntryInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    quantity: Decimal = strawberry.field(description="How many of the unit.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )
    condition: str = strawberry.field(default="new", description="new, refurbished or used.")
    lot: str = strawberry.field(default="", description="The lot, where tracked.")
    counted_at: datetime | None = strawberry.field(
        default=None, description="When, if not now: scanners that were offline say so."
    )
    serials: list[str] = strawberry.field(
        default_factory=list, description="The serial number of every piece, where tracked."
    )


@strawberry.input(description="What was counted; 1 to 1,000 entries.")
class RecordStockCountInput:
    id: strawberry.ID = strawberry.field(description="The count.")
    entries: list[StockCountEntryInput] = strawberry.field(
        description="A line counted again counts anew; what was not expected becomes a line."
    )


@strawberry.input(description="Which count or snapshot.")
class StockCountInput:
    id: strawberry.ID = strawberry.field(description="The count or snapshot.")


@strawberry.input(description="Which count or snapshot is given up, and why.")
class CancelStockCountInput:
    id: strawberry.ID = strawberry.field(description="The count or snapshot.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="What a warehouse has of one item, in a unit.")
class SnapshotRowInput:
    code: str = strawberry.field(description="Our SKU, or a GTIN.")
    on_hand: Decimal = strawberry.field(description="All that is there.")
    quality_control: Decimal | None = strawberry.field(
        default=None, description="What of it is held for inspection; left alone if absent."
    )
    damaged: Decimal | None = strawberry.field(
        default=None, description="What of it is damaged; left alone if absent."
    )
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; what the GTIN is for, or its base unit."
    )
    condition: str = strawberry.field(default="new", description="new, refurbished or used.")
    lot: str = strawberry.field(default="", description="The lot, where tracked.")


@strawberry.input(description="What a warehouse has as of a moment.")
class ReconcileSnapshotInput:
    location_id: strawberry.ID = strawberry.field(description="Where.")
    as_of: datetime = strawberry.field(
        description="The moment it speaks of: what happened since is not touched."
    )
    rows: list[SnapshotRowInput] = strawberry.field(description="What; 1 to 10,000 rows.")
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose; the location's own legal entity if absent."
    )
    is_whole: bool = strawberry.field(
        default=False, description="It names all there is: what it leaves out is not there."
    )
    reason: str = strawberry.field(default="stock reported", description="Why.")
    external_reference: str | None = strawberry.field(
        default=None, description="The sender's own number."
    )


@strawberry.type(description="What a mutation did to a count or snapshot.")
class StockCountPayload:
    stock_count: StockCount | None = strawberry.field(description="The count as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


MOST_ROWS = 10_000


async def _done(
    info: Info, run: Callable[[Work], Awaitable[int]], *, input: object
) -> StockCountPayload:
    count, refused = await perform_one(
        info, run, input=input, load=load_stock_counts, key_required=True
    )
    return StockCountPayload(stock_count=count, user_errors=refused)


def _entry(input: StockCountEntryInput, number: int) -> CountEntry:
    item_id = row_id_of(input.item_id, "Item", path=("entries", number, "itemId"))
    return CountEntry(**given(input) | {"item_id": item_id})


def _row(input: SnapshotRowInput, number: int) -> SnapshotRow:
    fields = given(input)
    code = fields.pop("code").strip()
    if not code:
        raise InvalidInput("Must not be blank.", path=("rows", number, "code"))
    codes = (("gtin", code), ("sku", code))
    return SnapshotRow(codes=codes, path=f"rows[{number}]", **fields)


@strawberry.type
class StockCountMutation:
    @strawberry.mutation(
        description="Open a count: what is expected is frozen now. Needs inventory.count."
    )
    async def create_stock_count(
        self,
        info: Info,
        input: Annotated[CreateStockCountInput, strawberry.argument(description="The count.")],
    ) -> StockCountPayload:
        fields = given(input, "reason", "is_blind") | {
            "location_id": row_id_of(input.location_id, "Location", path=("locationId",)),
            "owner_id": optional_row_id(input.owner_id, "LegalEntity", path=("ownerId",)),
            "item_ids": None
            if input.item_ids is None
            else [row_id_of(i, "Item", path=("itemIds", n)) for n, i in enumerate(input.item_ids)],
        }
        return await _done(info, lambda work: create_stock_count(work, **fields), input=input)

    @strawberry.mutation(description="Write down what was counted. Needs inventory.count.")
    async def record_stock_count(
        self,
        info: Info,
        input: Annotated[RecordStockCountInput, strawberry.argument(description="What.")],
    ) -> StockCountPayload:
        count_id = row_id_of(input.id, KIND)
        entries = [_entry(entry, number) for number, entry in enumerate(input.entries)]
        return await _done(
            info,
            lambda work: record_stock_count(work, count_id=count_id, entries=entries),
            input=input,
        )

    @strawberry.mutation(
        description=(
            "Book what was counted against the books of that moment: within tolerance at once, "
            "above it once somebody approves. Needs inventory.count."
        )
    )
    async def close_stock_count(
        self,
        info: Info,
        input: Annotated[StockCountInput, strawberry.argument(description="Which.")],
    ) -> StockCountPayload:
        count_id = row_id_of(input.id, KIND)
        return await _done(
            info, lambda work: close_stock_count(work, count_id=count_id), input=input
        )

    @strawberry.mutation(
        description="Give up a count, or what is left of a snapshot. Needs inventory.count."
    )
    async def cancel_stock_count(
        self,
        info: Info,
        input: Annotated[CancelStockCountInput, strawberry.argument(description="Which.")],
    ) -> StockCountPayload:
        count_id = row_id_of(input.id, KIND)
        return await _done(
            info,
            lambda work: cancel_stock_count(work, count_id=count_id, reason=input.reason),
            input=input,
        )

    @strawberry.mutation(
        description=(
            "Take what a warehouse has as of a moment. Differences to what moved since are booked "
            "within tolerance, above it once somebody approves; orders keep what they were "
            "promised. The same again has no effect. Needs inventory.report."
        )
    )
    async def reconcile_snapshot(
        self,
        info: Info,
        input: Annotated[ReconcileSnapshotInput, strawberry.argument(description="The snapshot.")],
    ) -> StockCountPayload:
        if not 1 <= len(input.rows) <= MOST_ROWS:
            raise InvalidInput(f"Give 1 to {MOST_ROWS} rows.", path=("rows",))
        rows = [_row(row, number) for number, row in enumerate(input.rows)]
        fields = given(input, "as_of", "is_whole", "reason", "external_reference") | {
            "location_id": row_id_of(input.location_id, "Location", path=("locationId",)),
            "owner_id": optional_row_id(input.owner_id, "LegalEntity", path=("ownerId",)),
        }
        return await _done(
            info, lambda work: reconcile_snapshot(work, rows=rows, **fields), input=input
        )

    @strawberry.mutation(
        description=(
            "Look again through what waits for people in a snapshot, once codes are mapped and "
            "orders decided about. Needs inventory.count."
        )
    )
    async def settle_stock_count(
        self,
        info: Info,
        input: Annotated[StockCountInput, strawberry.argument(description="Which.")],
    ) -> StockCountPayload:
        count_id = row_id_of(input.id, KIND)
        return await _done(
            info, lambda work: settle_stock_count(work, count_id=count_id), input=input
        )
