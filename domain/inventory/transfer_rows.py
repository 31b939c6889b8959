"""The rows of transfers, and the stock that they hold: at the source, then on its way."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, case, column, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity, Location
from domain.inventory.models import (
    QUANTITY,
    StockReservation,
    TransferLine,
    TransferOrder,
)
from domain.inventory.policies.transfers import actions
from domain.kernel import text
from domain.kernel.errors import CodeTaken, InvalidState
from domain.kernel.reading import Reader
from domain.kernel.records import lock_record
from domain.kernel.work import Work

REFERENCE_KIND = "transfer_order"
IN_TRANSIT = "in_transit"


async def lock_transfer(work: Work, transfer_id: int, *, allowed: Collection[str]) -> Row[Any]:
    """The transfer, locked before any balance. Raises NotFound, InvalidState (state, allowed)."""
    row = await lock_record(work, TransferOrder, transfer_id, kind="transfer order")
    if row.status not in allowed:
        raise InvalidState(
            f"{row.number} is {row.status}.",
            state=row.status,
            allowed=actions(row.status, may=work.principal.may),
        )
    return row


async def transfer_lines(reader: Reader, transfer_id: int) -> list[Row[Any]]:
    """The transfer's lines in their order."""
    return list(
        await reader.rows(
            select(*TransferLine.__table__.c)
            .where(
                TransferLine.tenant_id == reader.tenant_id,
                TransferLine.transfer_id == transfer_id,
            )
            .order_by(TransferLine.line_number)
        )
    )


async def change_transfer(work: Work, transfer_id: int, **fields: Any) -> None:
    """Write fields of a locked transfer and raise its version."""
    await work.execute(
        update(TransferOrder)
        .where(TransferOrder.tenant_id == work.tenant_id, TransferOrder.id == transfer_id)
        .values(**fields, version=TransferOrder.version + 1)
    )


async def change_transfer_lines(work: Work, changes: Sequence[Mapping[str, Any]]) -> None:
    """Write quantities of many lines by id, all with the same fields, in one statement."""
    if not changes:
        return
    names = list(changes[0])
    kinds: dict[str, Any] = dict.fromkeys(names, QUANTITY) | {"id": BigInteger()}
    given = (
        func.unnest(*(literal([e[n] for e in changes], ARRAY(kinds[n])) for n in names))
        .table_valued(*(column(name, kind) for name, kind in kinds.items()))
        .render_derived(name="given")
    )
    await work.execute(
        update(TransferLine)
        .where(TransferLine.tenant_id == work.tenant_id, TransferLine.id == given.c.id)
        .values({name: given.c[name] for name in names if name != "id"})
    )


async def transit_location(work: Work, owner_id: int) -> int:
    """The owner's location of goods in transit; made with its first transfer.

    Raises CodeTaken when another location has the code that it would get."""
    known: int | None = await work.value(
        select(Location.id)
        .where(
            Location.tenant_id == work.tenant_id,
            Location.entity_id == owner_id,
            Location.kind == IN_TRANSIT,
            Location.status == "active",
        )
        .order_by(Location.id)
        .limit(1)
    )
    return known or await _new_transit_location(work, owner_id)


async def _new_transit_location(work: Work, owner_id: int) -> int:
    entity = await work.value(
        select(LegalEntity.code).where(
            LegalEntity.tenant_id == work.tenant_id, LegalEntity.id == owner_id
        )
    )
    code = f"TRANSIT-{entity}"[: text.CODE_LENGTH]
    await work.execute(
        upsert(Location)
        .values(
            tenant_id=work.tenant_id,
            code=code,
            name=f"In transit, {entity}",
            kind=IN_TRANSIT,
            entity_id=owner_id,
            created_at=work.now,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "code"])
    )
    made = await work.row(
        select(Location.id, Location.kind, Location.entity_id).where(
            Location.tenant_id == work.tenant_id, Location.code == code
        )
    )
    if made is None or (made.kind, made.entity_id) != (IN_TRANSIT, owner_id):
        message = f"A location {code} is there already; give the owner one of kind in_transit."
        raise CodeTaken(message, kind="location", value=code)
    return int(made.id)


async def hold_for_lines(work: Work, held: Mapping[int, tuple[int, Decimal]]) -> None:
    """Write that balances are promised to lines of a transfer: line id to (balance id, quantity).

    The movement that reserves them is the caller's."""
    rows = [
        {
            "tenant_id": work.tenant_id,
            "balance_id": balance_id,
            "transfer_line_id": line_id,
            "quantity": quantity,
            "created_at": work.now,
        }
        for line_id, (balance_id, quantity) in held.items()
        if quantity > 0
    ]
    if rows:
        await work.execute(insert(StockReservation), rows)


async def end_holds(work: Work, line_ids: Collection[int], *, status: str) -> None:
    """Say that what lines of a transfer held is held no more: consumed, or released.

    The movement that takes it from what is reserved is the caller's."""
    await work.execute(
        update(StockReservation)
        .where(
            StockReservation.tenant_id == work.tenant_id,
            StockReservation.transfer_line_id.in_(line_ids),
            StockReservation.status == "open",
        )
        .values(quantity=0, status=status, ended_at=work.now)
    )


async def reduce_holds(work: Work, taken: Mapping[int, Decimal]) -> None:
    """Take quantities off what lines hold on their way; what holds nothing more has ended."""
    if not taken:
        return
    given = (
        func.unnest(
            literal(list(taken), ARRAY(BigInteger)),
            literal(list(taken.values()), ARRAY(QUANTITY)),
        )
        .table_valued(column("line_id", BigInteger), column("quantity", QUANTITY))
        .render_derived(name="given")
    )
    left = StockReservation.quantity - given.c.quantity
    await work.execute(
        update(StockReservation)
        .where(
            StockReservation.tenant_id == work.tenant_id,
            StockReservation.transfer_line_id == given.c.line_id,
            StockReservation.status == "open",
        )
        .values(
            quantity=left,
            status=case((left == 0, "consumed"), else_="open"),
            ended_at=case((left == 0, work.now), else_=None),
        )
    )
