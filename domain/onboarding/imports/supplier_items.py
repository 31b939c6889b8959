"""Supplier items: one row for each item and supplier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.catalog.models import Item, SupplierItem
from domain.catalog.operations.supplier_items import WantedSupplierItem, set_supplier_items
from domain.entities.models import Party, WorkingCalendar
from domain.kernel.bulk import ErrorPolicy
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.imports.drafts import ids_by_code
from domain.onboarding.imports.headers import Column
from domain.onboarding.imports.records import Faults, Record, key_text
from domain.onboarding.imports.values import as_decimal, as_positive, as_price
from domain.onboarding.imports.written import Written


def _days(value: str) -> int:
    number = as_decimal(value)
    if number != int(number):
        raise InvalidInput("Must be a whole number of days.")
    return int(number)


def _active(value: str) -> bool:
    word = value.strip().lower()
    if word not in ("active", "closed"):
        raise InvalidInput("Must be active or closed.")
    return word == "active"


COLUMNS = (
    Column(
        field="sku",
        says="The item's own code.",
        aliases=("item", "item code", "item number", "item no", "part number"),
        needed=True,
    ),
    Column(
        field="supplier",
        says="The supplier's code.",
        aliases=("supplier code", "vendor", "vendor code", "vendor number"),
        needed=True,
    ),
    Column(
        field="lead_days",
        says="Calendar days from order to dock; new ones need it.",
        aliases=("lead time", "lead time days", "delivery days"),
        read=_days,
    ),
    Column(
        field="minimum_quantity",
        says="Of base units, at least so many an order; 0 if blank.",
        aliases=("moq", "min qty", "minimum order quantity"),
        read=as_price,
    ),
    Column(
        field="pack_size",
        says="Of base units, ordered in multiples of it; 1 if blank.",
        aliases=("pack", "multiple", "order multiple"),
        read=as_positive,
    ),
    Column(
        field="calendar",
        says="The code of the calendar on whose days may be ordered.",
        aliases=("buying calendar",),
    ),
    Column(field="status", says="active or closed.", read=_active),
)
_COLUMNS_OF = {"item": "sku"}


@dataclass(frozen=True, slots=True)
class SupplyPlan:
    """What is wanted of each pair, the row that says it, and what stands."""

    wanted: list[tuple[Record, WantedSupplierItem]]
    standing: Mapping[tuple[int, int], Any]
    faults: Faults


async def check_supplier_items(work: Work, records: list[Record], faults: Faults) -> SupplyPlan:
    """The rows without faults; every fault is noted."""
    whole = [record for record in records if not faults.failed(record.row)]
    known = {
        name: dict(
            await ids_by_code(
                work, table, {r.values[name] for r in whole if name in r.values}, code=code
            )
        )
        for name, table, code in (
            ("sku", Item, "sku"),
            ("supplier", Party, "code"),
            ("calendar", WorkingCalendar, "code"),
        )
    }
    seen: dict[tuple[str, str], int] = {}
    sound = [r for r in whole if _is_known(r, known, faults) and _is_first(r, seen, faults)]
    standing = await _standing(work, [known["sku"][r.values["sku"]] for r in sound])
    plan = SupplyPlan([], standing, faults)
    for record in sound:
        pair = known["sku"][record.values["sku"]], known["supplier"][record.values["supplier"]]
        row = standing.get(pair)
        if row is None and "lead_days" not in record.values:
            remedy = "Fill the cell."
            faults.add(record.row, "lead_days", "MISSING", "It is new and has none.", remedy)
        else:
            plan.wanted.append((record, _wanted(record, pair, row, known["calendar"])))
    return plan


async def write_supplier_items(work: Work, plan: SupplyPlan) -> Written:
    """Set those that differ; what is refused is noted."""
    changed = [
        (record, each)
        for record, each in plan.wanted
        if not _stands(plan.standing.get((each.item_id, each.supplier_id)), each)
    ]
    if not changed:
        return Written(0, 0, len(plan.wanted))
    done = await set_supplier_items(
        work, rows=[each for _, each in changed], error_policy=ErrorPolicy.REJECT_FAILED_ROWS
    )
    for failure in done.failures:
        column = _COLUMNS_OF.get(failure.field or "", failure.field)
        plan.faults.add(changed[failure.row][0].row, column, failure.code, failure.message)
    failed = {failure.row for failure in done.failures}
    created = sum(
        (each.item_id, each.supplier_id) not in plan.standing
        for place, (_, each) in enumerate(changed)
        if place not in failed
    )
    return Written(created, done.written - created, len(plan.wanted) - len(changed))


async def found_supplier_items(reader: Reader, plan: SupplyPlan) -> Sequence[tuple[str, int]]:
    """Key (SKU and supplier) and id of the wanted ones that stand."""
    standing = await _standing(reader, [each.item_id for _, each in plan.wanted])
    return [
        (key_text((record.values["sku"], record.values["supplier"])), row.id)
        for record, each in plan.wanted
        if (row := standing.get((each.item_id, each.supplier_id))) is not None
    ]


async def _standing(reader: Reader, item_ids: Sequence[int]) -> dict[tuple[int, int], Any]:
    rows = await reader.rows(
        select(*SupplierItem.__table__.c).where(
            SupplierItem.tenant_id == reader.tenant_id,
            SupplierItem.item_id == any_(literal(list(item_ids), ARRAY(BigInteger))),
        )
    )
    return {(row.item_id, row.supplier_id): row for row in rows}


def _is_known(record: Record, known: Mapping[str, Mapping[str, int]], faults: Faults) -> bool:
    for name, ids in known.items():
        code = record.values.get(name)
        if code is not None and code not in ids:
            noun = "item" if name == "sku" else name
            message, remedy = f"There is no {noun} {code}.", f"Import the {noun} first."
            faults.add(record.row, name, f"UNKNOWN_{noun.upper()}", message, remedy)
    return not faults.failed(record.row)


def _is_first(record: Record, seen: dict[tuple[str, str], int], faults: Faults) -> bool:
    pair = record.values["sku"], record.values["supplier"]
    first = seen.setdefault(pair, record.row)
    if first != record.row:
        message = f"Row {first} speaks of the same item and supplier."
        faults.add(record.row, None, "GIVEN_TWICE", message, "Leave one of them out.")
    return first == record.row


def _wanted(
    record: Record, pair: tuple[int, int], row: Any, calendars: Mapping[str, int]
) -> WantedSupplierItem:
    given = {n: v for n, v in record.values.items() if n not in ("sku", "supplier")}
    if "calendar" in given:
        given["calendar_id"] = calendars[given.pop("calendar")]
    if "status" in given:
        given["active"] = given.pop("status")
    stands = {} if row is None else _said(row)
    return WantedSupplierItem(item_id=pair[0], supplier_id=pair[1], **stands | given)


def _said(row: Any) -> dict[str, Any]:
    return {
        "lead_days": row.lead_days,
        "minimum_quantity": plain(row.minimum_quantity),
        "pack_size": plain(row.pack_size),
        "calendar_id": row.calendar_id,
        "active": row.status == "active",
    }


def _stands(row: Any, wanted: WantedSupplierItem) -> bool:
    return row is not None and all(
        getattr(wanted, name) == value for name, value in _said(row).items()
    )
