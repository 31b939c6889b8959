"""What is on its way with a transfer is supply to come: promises may rest on it.

Each line that left, of a transfer with an expected day, has one row of expected supply, which
follows the line. Locked after balances and costs, before document numbers are drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from domain.inventory.expected import tell
from domain.inventory.models import ExpectedSupply
from domain.inventory.policy import ZERO
from domain.inventory.transfer_owners import owner_at_the_end
from domain.kernel.upserts import change_records
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Followed:
    """A supply that followed its line, and what of it is still to come."""

    row: Row[Any]
    open: Decimal


async def expect_arrival(
    work: Work,
    transfer: Row[Any],
    lines: Sequence[Row[Any]],
    shipped: Mapping[int, Decimal],
    *,
    expected_on: date,
) -> None:
    """Expect what left of each line (base units, by line id) at the destination on a day."""
    rows = [
        {
            "tenant_id": work.tenant_id,
            "item_id": line.item_id,
            "location_id": transfer.destination_id,
            "owner_id": owner_at_the_end(transfer),
            "kind": "transfer",
            "quantity": shipped[line.id],
            "expected_on": expected_on,
            "transfer_line_id": line.id,
            "created_at": work.now,
        }
        for line in lines
        if shipped[line.id]
    ]
    ids = await work.values(
        insert(ExpectedSupply).returning(ExpectedSupply.id, sort_by_parameter_order=True), rows
    )
    for supply_id, row in zip(ids, rows, strict=True):
        tell(work, supply_id, "announced", row=row, open_=row["quantity"])


async def follow_arrival(
    work: Work, came: Mapping[int, Decimal], *, ended: bool = False
) -> list[Followed]:
    """So much came of each line (base units, by line id); `ended`: no more of them will come.

    What was done is told by `tell_followed`, after the event of the goods themselves."""
    rows = await work.rows(
        select(*ExpectedSupply.__table__.c)
        .where(
            ExpectedSupply.tenant_id == work.tenant_id,
            ExpectedSupply.transfer_line_id.in_(came),
            ExpectedSupply.status == "open",
        )
        .order_by(ExpectedSupply.id)
        .with_for_update()
    )
    changes: dict[int, dict[str, Any]] = {}
    followed = []
    for row in rows:
        received = row.received + came[row.transfer_line_id]
        left = ZERO if ended else row.quantity - received
        changes[row.id] = {"received": received, "status": _status(left, received)}
        followed.append(Followed(row, left))
    await change_records(work, ExpectedSupply, changes)
    return followed


def _status(left: Decimal, received: Decimal) -> str:
    if left > ZERO:
        return "open"
    return "received" if received else "cancelled"


def tell_followed(work: Work, followed: Sequence[Followed]) -> None:
    """Record what became of supplies."""
    for each in followed:
        tell(work, each.row.id, "received", row=each.row._mapping, open_=each.open)
