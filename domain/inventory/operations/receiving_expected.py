"""Expected supply comes: it is received as stock, and the supply has so much less to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Row

from domain.inventory.documents import WrittenDocument
from domain.inventory.expected import (
    find_supplies,
    lock_supplies,
    require_no_transfer,
    sound_quantity,
    tell,
)
from domain.inventory.goods import Goods, goods_of
from domain.inventory.lines import ReceiptLine, require_some
from domain.inventory.models import ExpectedSupply, ExpectedSupplyReceipt
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.outcomes import OverReceipt
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.permissions import operation
from domain.kernel.quantity import plain
from domain.kernel.upserts import change_records
from domain.kernel.work import Work

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyReceipt:
    """What came of a supply: a quantity of a unit (the base unit if absent).

    `closes`: no more of it will come. `unit_cost` and lot as in a receipt's line."""

    supply_id: int
    quantity: Decimal
    unit: str | None = None
    closes: bool = False
    lot: str = ""
    unit_cost: Decimal | None = None
    manufactured_on: date | None = None
    expires_on: date | None = None
    serials: Sequence[str] = ()


@operation("inventory.receive")
async def receive_supplies(
    work: Work,
    *,
    receipts: Sequence[SupplyReceipt],
    accept_over: bool = False,
    reason: str = "received",
    external_reference: str | None = None,
    currency: str | None = None,
) -> WrittenDocument:
    """Receive supplies of one location and owner as stock, in one document.

    Each supply has so much less to come; it ends when all came, or when the receipt closes it.
    Raises NotFound, InvalidInput, QuantityNotExact, InvalidState; OverReceipt (supply_id, open,
    quantity) unless `accept_over`."""
    require_some(receipts)
    ids = {receipt.supply_id for receipt in receipts}
    named = await find_supplies(work, sorted(ids))
    if len(named) != len(ids):
        raise NotFound("expected supply")
    if len({(row.location_id, row.owner_id) for row in named.values()}) > 1:
        message = "One receipt is for one location and one owner."
        raise InvalidInput(message, path=("receipts",))
    goods = await goods_of(work, {row.item_id for row in named.values()})
    came = [
        sound_quantity(r.quantity, r.unit, goods[named[r.supply_id].item_id], path=("receipts", n))
        for n, r in enumerate(receipts)
    ]
    first = named[receipts[0].supply_id]
    document = await receive_stock(
        work,
        location_id=first.location_id,
        owner_id=first.owner_id,
        lines=[_line(r, named[r.supply_id], goods) for r in receipts],
        reason=reason,
        external_reference=external_reference,
        currency=currency,
    )
    await _book(work, receipts, came, document.document_id, accept_over=accept_over)
    return document


def _line(receipt: SupplyReceipt, supply: Row[Any], goods: dict[int, Goods]) -> ReceiptLine:
    return ReceiptLine(
        item_id=supply.item_id,
        quantity=receipt.quantity,
        unit=receipt.unit or goods[supply.item_id].base_unit,
        lot=receipt.lot,
        unit_cost=receipt.unit_cost,
        manufactured_on=receipt.manufactured_on,
        expires_on=receipt.expires_on,
        serials=receipt.serials,
    )


async def _book(
    work: Work,
    receipts: Sequence[SupplyReceipt],
    came: Sequence[Decimal],
    document_id: int,
    *,
    accept_over: bool,
) -> None:
    # Locked after the stock, in the one order of locks; nobody could have come between that
    # matters: what is read here is what counts.
    supplies = await lock_supplies(work, {receipt.supply_id for receipt in receipts})
    received = {supply_id: row.received for supply_id, row in supplies.items()}
    closed = {receipt.supply_id for receipt in receipts if receipt.closes}
    for place, (receipt, quantity) in enumerate(zip(receipts, came, strict=True)):
        row = supplies[receipt.supply_id]
        if row.status != "open":
            raise InvalidState(f"The supply is {row.status}.", state=row.status, allowed=[])
        require_no_transfer(row)
        received[row.id] += quantity
        if received[row.id] > row.quantity and not accept_over:
            left = row.quantity - row.received
            raise OverReceipt(
                f"Only {plain(left)} is still to come.",
                path=("receipts", place, "quantity"),
                supply_id=row.id,
                open=plain(left),
                quantity=plain(received[row.id] - row.received),
            )
    await work.execute(
        insert(ExpectedSupplyReceipt),
        [
            {
                "tenant_id": work.tenant_id,
                "supply_id": receipt.supply_id,
                "document_id": document_id,
                "quantity": quantity,
                "created_at": work.now,
            }
            for receipt, quantity in zip(receipts, came, strict=True)
        ],
    )
    await change_records(
        work,
        ExpectedSupply,
        {
            row.id: _advanced(work, row, received[row.id], row.id in closed)
            for row in supplies.values()
        },
    )


def _advanced(work: Work, row: Row[Any], received: Decimal, ended: bool) -> dict[str, Any]:
    """What the supply has got by now; told and noted."""
    status = "received" if ended or received >= row.quantity else "open"
    left = max(row.quantity - received, ZERO) if status == "open" else ZERO
    tell(work, row.id, "received", row=row._mapping, open_=left)
    after = {"received": received, "status": status}
    work.audit(
        "receive_supplies",
        subject="expected_supply",
        subject_id=row.id,
        before={"received": row.received, "status": row.status},
        after=after,
    )
    return after
