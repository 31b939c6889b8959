"""What a purchase order's lines have to come is expected supply: promises may rest on it.

One row for each part of a line (its day, and the notice that it was sent with). Locked after
balances and costs, before document numbers are drawn."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from domain.inventory.expected import tell
from domain.inventory.models import ExpectedSupply, ExpectedSupplyReceipt
from domain.inventory.policies.purchases import ComingPart, Parts
from domain.inventory.policy import ZERO
from domain.kernel.reading import Reader
from domain.kernel.upserts import change_records
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtLine:
    """A line of a purchase order, as supply needs to know it: where it comes, for whom."""

    line_id: int
    item_id: int
    location_id: int
    owner_id: int
    supplier_id: int


async def lock_parts(work: Work, line_ids: Collection[int]) -> dict[int, Parts]:
    """What of each line is to come, by line id; the supplies are locked in id order."""
    rows = await work.rows(
        select(*ExpectedSupply.__table__.c)
        .where(
            ExpectedSupply.tenant_id == work.tenant_id,
            ExpectedSupply.purchase_line_id.in_(line_ids),
            ExpectedSupply.status == "open",
        )
        .order_by(ExpectedSupply.id)
        .with_for_update()
    )
    return _parts(line_ids, rows)


async def parts_of_lines(reader: Reader, line_ids: Collection[int]) -> dict[int, Parts]:
    """The same to look at. The caller has seen to it that the lines may be seen."""
    rows = await reader.rows(
        select(*ExpectedSupply.__table__.c)
        .where(
            ExpectedSupply.tenant_id == reader.tenant_id,
            ExpectedSupply.purchase_line_id.in_(line_ids),
            ExpectedSupply.status == "open",
        )
        .order_by(ExpectedSupply.expected_on, ExpectedSupply.id)
    )
    return _parts(line_ids, rows)


def _parts(line_ids: Collection[int], rows: Sequence[Row[Any]]) -> dict[int, Parts]:
    found: dict[int, Parts] = {line_id: [] for line_id in line_ids}
    for row in rows:
        found[row.purchase_line_id].append(
            ComingPart(
                quantity=row.open,
                expected_on=row.expected_on,
                confirmed_on=row.confirmed_on,
                notice_line_id=row.ship_notice_line_id,
                supply_id=row.id,
            )
        )
    return found


async def write_parts(
    work: Work,
    lines: Sequence[BoughtLine],
    wanted: Mapping[int, Sequence[ComingPart]],
    *,
    document_id: int | None = None,
) -> None:
    """From now on this is what is to come of the lines (by line id), whose parts are locked.

    What a part says `came` now came with the stock document. A supply that no part continues has
    ended. Each change is told."""
    line_ids = [line.line_id for line in lines]
    rows = await work.rows(
        select(*ExpectedSupply.__table__.c).where(
            ExpectedSupply.tenant_id == work.tenant_id,
            ExpectedSupply.purchase_line_id.in_(line_ids),
            ExpectedSupply.status == "open",
        )
    )
    continued = {p.supply_id: p for parts in wanted.values() for p in parts if p.supply_id}
    changes: dict[int, dict[str, Any]] = {}
    for row in rows:
        after = _continued(row, continued.get(row.id))
        if after is not None:
            changes[row.id] = after
            _tell(work, row, after)
    await change_records(work, ExpectedSupply, changes)
    fresh = await _begin(work, lines, wanted)
    came = {**{n: part.came for n, part in continued.items() if n}, **fresh}
    await _note_receipts(work, {n: amount for n, amount in came.items() if amount}, document_id)


def _continued(row: Row[Any], part: ComingPart | None) -> dict[str, Any] | None:
    """What changes of a supply; None when it stays as it was."""
    part = part or ComingPart(quantity=ZERO, expected_on=row.expected_on)
    received = row.received + part.came
    ended = "received" if received else "cancelled"
    after = {
        # A supply that never came keeps what it was of.
        "quantity": received + part.quantity or row.quantity,
        "received": received,
        "expected_on": part.expected_on,
        "confirmed_on": part.confirmed_on,
        "ship_notice_line_id": part.notice_line_id,
        "status": "open" if part.quantity else ended,
    }
    return None if all(getattr(row, name) == value for name, value in after.items()) else after


def _tell(work: Work, row: Row[Any], after: dict[str, Any]) -> None:
    what = "received" if after["received"] > row.received else "changed"
    if after["status"] == "cancelled":
        what = "cancelled"
    left = after["quantity"] - after["received"] if after["status"] == "open" else ZERO
    tell(work, row.id, what, row=dict(row._mapping) | after, open_=left)


async def _begin(
    work: Work, lines: Sequence[BoughtLine], wanted: Mapping[int, Sequence[ComingPart]]
) -> dict[int, Decimal]:
    """Write the parts that continue nothing; what came of each, by the supply's id."""
    made = [
        (line, part)
        for line in lines
        for part in wanted.get(line.line_id, ())
        if part.supply_id is None and (part.quantity or part.came)
    ]
    if not made:
        return {}
    rows = [_row(work, *each) for each in made]
    ids = await work.values(
        insert(ExpectedSupply).returning(ExpectedSupply.id, sort_by_parameter_order=True), rows
    )
    for supply_id, row, (_, part) in zip(ids, rows, made, strict=True):
        tell(work, supply_id, "announced", row=row, open_=part.quantity)
    return {supply: part.came for supply, (_, part) in zip(ids, made, strict=True)}


def _row(work: Work, line: BoughtLine, part: ComingPart) -> dict[str, Any]:
    return {
        "tenant_id": work.tenant_id,
        "item_id": line.item_id,
        "location_id": line.location_id,
        "owner_id": line.owner_id,
        "supplier_id": line.supplier_id,
        "kind": "purchase",
        "quantity": part.quantity + part.came,
        "received": part.came,
        "status": "open" if part.quantity else "received",
        "expected_on": part.expected_on,
        "confirmed_on": part.confirmed_on,
        "purchase_line_id": line.line_id,
        "ship_notice_line_id": part.notice_line_id,
        "created_at": work.now,
    }


async def _note_receipts(work: Work, came: Mapping[int, Decimal], document_id: int | None) -> None:
    if not came:
        return
    await work.execute(
        insert(ExpectedSupplyReceipt),
        [
            {
                "tenant_id": work.tenant_id,
                "supply_id": supply_id,
                "document_id": document_id,
                "quantity": quantity,
                "created_at": work.now,
            }
            for supply_id, quantity in came.items()
        ],
    )
