"""From whom items are bought: lead times, minimum quantities, packs and buying calendars."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert

from domain.catalog.events import ItemChanged
from domain.catalog.models import Item, SupplierItem
from domain.entities.models import Party, WorkingCalendar
from domain.kernel.bulk import ErrorPolicy, RowFailure, require_bulk_size
from domain.kernel.permissions import operation
from domain.kernel.quantity import LARGEST, SCALE
from domain.kernel.work import Work

LONGEST_LEAD = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSupplierItem:
    """How an item is bought from a supplier; quantities in base units, lead time in calendar days.

    `active` false: no more."""

    item_id: int
    supplier_id: int
    lead_days: int
    minimum_quantity: Decimal = Decimal(0)
    pack_size: Decimal = Decimal(1)
    calendar_id: int | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class SupplierItemsSet:
    """How many rows were written, and which were refused."""

    written: int
    failures: tuple[RowFailure, ...]


@operation("catalog.manage")
async def set_supplier_items(
    work: Work,
    *,
    rows: Sequence[WantedSupplierItem],
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL,
) -> SupplierItemsSet:
    """Set up to 1,000 of them. With REJECT_ALL one failed row keeps all from being written; with
    REJECT_FAILED_ROWS the others are. Raises InvalidInput on the number of rows."""
    require_bulk_size(len(rows), path=("rows",))
    known = {
        "item_id": await _known(work, Item, {row.item_id for row in rows}),
        "supplier_id": await _suppliers(work, {row.supplier_id for row in rows}),
        "calendar_id": await _known(work, WorkingCalendar, {row.calendar_id for row in rows}),
    }
    failures: list[RowFailure] = []
    sound: dict[tuple[int, int], WantedSupplierItem] = {}
    for place, row in enumerate(rows):
        failure = _failure(place, row, known, sound)
        if failure is None:
            sound[row.item_id, row.supplier_id] = row
        else:
            failures.append(failure)
    if failures and error_policy is ErrorPolicy.REJECT_ALL:
        return SupplierItemsSet(0, tuple(failures))
    if sound:
        await _write(work, list(sound.values()))
    return SupplierItemsSet(len(sound), tuple(failures))


def _failure(
    place: int,
    row: WantedSupplierItem,
    known: dict[str, set[int]],
    seen: dict[tuple[int, int], WantedSupplierItem],
) -> RowFailure | None:
    for field in ("item_id", "supplier_id", "calendar_id"):
        value = getattr(row, field)
        if value is not None and value not in known[field]:
            name = field.removesuffix("_id")
            return RowFailure(row=place, code="NOT_FOUND", message=f"No such {name}.", field=name)
    if not 0 <= row.lead_days <= LONGEST_LEAD:
        message = f"Must be 0 to {LONGEST_LEAD} days."
        return RowFailure(row=place, code="BAD_INPUT", message=message, field="lead_days")
    for field, least in (("minimum_quantity", Decimal(0)), ("pack_size", SCALE)):
        value = getattr(row, field)
        if not least <= value <= LARGEST or value != value.quantize(SCALE):
            message = f"Must be {least:f} to {LARGEST:f} with at most 6 decimals."
            return RowFailure(row=place, code="BAD_INPUT", message=message, field=field)
    if (row.item_id, row.supplier_id) in seen:
        message = "This item and supplier is given twice."
        return RowFailure(row=place, code="GIVEN_TWICE", message=message)
    return None


async def _known(work: Work, table: Any, ids: set[Any]) -> set[int]:
    wanted = select(table.id).where(table.tenant_id == work.tenant_id, table.id.in_(ids))
    return set(await work.values(wanted)) if ids - {None} else set()


async def _suppliers(work: Work, ids: set[int]) -> set[int]:
    return set(
        await work.values(
            select(Party.id).where(
                Party.tenant_id == work.tenant_id, Party.is_supplier, Party.id.in_(ids)
            )
        )
    )


async def _write(work: Work, rows: Sequence[WantedSupplierItem]) -> None:
    standing = {
        (row.item_id, row.supplier_id): row._mapping
        for row in await work.rows(
            select(*SupplierItem.__table__.c).where(
                SupplierItem.tenant_id == work.tenant_id,
                tuple_(SupplierItem.item_id, SupplierItem.supplier_id).in_(
                    [(row.item_id, row.supplier_id) for row in rows]
                ),
            )
        )
    }
    upsert = insert(SupplierItem)
    fields = ("lead_days", "minimum_quantity", "pack_size", "calendar_id", "status")
    await work.execute(
        upsert.on_conflict_do_update(
            index_elements=["tenant_id", "item_id", "supplier_id"],
            set_={name: upsert.excluded[name] for name in fields}
            | {"version": SupplierItem.version + 1},
        ),
        [_row(work, row) for row in rows],
    )
    for row in rows:
        before = standing.get((row.item_id, row.supplier_id))
        work.record(ItemChanged(aggregate_id=row.item_id, changed=("supply",)))
        work.audit(
            "set_supplier_items",
            subject="item",
            subject_id=row.item_id,
            before=None if before is None else {name: before[name] for name in fields},
            after=asdict(row),
        )


def _row(work: Work, row: WantedSupplierItem) -> dict[str, Any]:
    values = asdict(row)
    return {
        "tenant_id": work.tenant_id,
        "created_at": work.now,
        "status": "active" if values.pop("active") else "closed",
        **values,
    }
