"""The rows of counts and snapshots: made, locked, read, and told what was decided."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    DateTime,
    Text,
    and_,
    column,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.inventory.models import (
    QUANTITY,
    StockBalance,
    StockCount,
    StockCountLine,
    StockReservation,
)
from domain.kernel.errors import InvalidState
from domain.kernel.reading import Reader
from domain.kernel.records import lock_record
from domain.kernel.work import Work

_ACTIONS = {"open": ("record", "close", "cancel"), "exception": ("settle", "cancel")}


def actions(status: str, *, may: Callable[[str], bool]) -> list[str]:
    """What may be done with a count now, by a caller for whom `may` answers."""
    return list(_ACTIONS.get(status, ())) if may("inventory.count") else []


async def lock_count(work: Work, count_id: int, *, allowed: Collection[str]) -> Row[Any]:
    """The count, locked before any balance. Raises NotFound, InvalidState (state, allowed)."""
    row = await lock_record(work, StockCount, count_id, kind="stock count")
    if row.status not in allowed:
        raise InvalidState(
            f"{row.number} is {row.status}.",
            state=row.status,
            allowed=actions(row.status, may=work.principal.may),
        )
    return row


async def lines_of(
    reader: Reader, count_id: int, *, verdicts: Collection[str] | None = None
) -> Sequence[Row[Any]]:
    """The count's lines in their order, each with its balance's place and its item's tracking."""
    statement = (
        select(
            *StockCountLine.__table__.c,
            StockBalance.condition,
            StockBalance.lot,
            Item.tracking,
        )
        .outerjoin(
            StockBalance,
            and_(
                StockBalance.tenant_id == StockCountLine.tenant_id,
                StockBalance.id == StockCountLine.balance_id,
            ),
        )
        .outerjoin(
            Item,
            and_(Item.tenant_id == StockCountLine.tenant_id, Item.id == StockCountLine.item_id),
        )
        .where(StockCountLine.tenant_id == reader.tenant_id, StockCountLine.count_id == count_id)
    )
    if verdicts is not None:
        statement = statement.where(StockCountLine.verdict.in_(verdicts))
    return await reader.rows(statement.order_by(StockCountLine.line_number))


async def add_lines(
    work: Work, count: Row[Any], lines: Sequence[Mapping[str, Any]], *, after: int = 0
) -> None:
    """Write lines of a count, all with the same columns, numbered on from `after`."""
    if not lines:
        return
    common = {
        "tenant_id": work.tenant_id,
        "count_id": count.id,
        "location_id": count.location_id,
    }
    await work.execute(
        insert(StockCountLine),
        [
            {**common, **line, "line_number": number}
            for number, line in enumerate(lines, start=after + 1)
        ],
    )


_TYPES: dict[str, Any] = {
    "id": BigInteger(),
    "item_id": BigInteger(),
    "balance_id": BigInteger(),
    "position": BigInteger(),
    "serial_position": BigInteger(),
    "judged_position": BigInteger(),
    "value_minor": BigInteger(),
    "observed_at": DateTime(timezone=True),
    "counted_by": Text(),
    "counts_available": Boolean(),
    "verdict": Text(),
    "problem": Text(),
    **dict.fromkeys(("serials", "missing_serials", "found_serials"), JSONB(none_as_null=True)),
}


async def change_lines(work: Work, lines: Sequence[Mapping[str, Any]]) -> None:
    """Write fields of many lines by id, all with the same fields, in one statement."""
    if not lines:
        return
    names = list(lines[0])
    kinds = {name: _TYPES.get(name, QUANTITY) for name in names}
    given = (
        func.unnest(*(literal([e[n] for e in lines], ARRAY(kinds[n], dimensions=1)) for n in names))
        .table_valued(*(column(name, kind) for name, kind in kinds.items()))
        .render_derived(name="given")
    )
    await work.execute(
        update(StockCountLine)
        .where(StockCountLine.tenant_id == work.tenant_id, StockCountLine.id == given.c.id)
        .values({name: given.c[name] for name in names if name != "id"})
    )


async def change_count(work: Work, count_id: int, **fields: Any) -> None:
    """Write fields of a locked count."""
    await work.execute(
        update(StockCount)
        .where(StockCount.tenant_id == work.tenant_id, StockCount.id == count_id)
        .values(**fields)
    )


async def promised_of(reader: Reader, balance_ids: Collection[int]) -> Sequence[Row[Any]]:
    """Whom the stock of balances is promised to: open reservations, oldest first."""
    return await reader.rows(
        select(
            StockReservation.id,
            StockReservation.balance_id,
            StockReservation.order_line_id,
            StockReservation.transfer_line_id,
            StockReservation.quantity,
        )
        .where(
            StockReservation.tenant_id == reader.tenant_id,
            StockReservation.balance_id.in_(balance_ids),
            StockReservation.status == "open",
        )
        .order_by(StockReservation.id)
    )


async def status_now(work: Work, count_id: int) -> str:
    """The status that a locked count has by now."""
    return str(
        await work.value(
            select(StockCount.status).where(
                StockCount.tenant_id == work.tenant_id, StockCount.id == count_id
            )
        )
    )
