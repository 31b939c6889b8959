"""Where a balance stood in the order of its movements, and what moved since.

A balance is locked while it moves, so its movements are numbered in the order in which they
count. Corrections by counts are left out of what moved: they say what was so before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    FromClause,
    and_,
    column,
    func,
    literal,
    or_,
    select,
    true,
)

from domain.inventory.models import SerialMovement, StockMovement
from domain.inventory.policy import States
from domain.kernel.reading import Reader

CORRECTION = "count"


async def positions_of(reader: Reader, moments: Mapping[int, datetime | None]) -> dict[int, int]:
    """The last movement of each balance until its moment (inclusive; None: until now); 0 for
    none."""
    asked = _at(moments)
    return await _last(reader, asked, StockMovement, StockMovement.balance_id == asked.c.balance_id)


async def piece_positions_of(
    reader: Reader, moments: Mapping[int, datetime | None]
) -> dict[int, int]:
    """The tenant's last movement of a piece until the moment of each balance (inclusive; None:
    until now; then the balances are locked, so that none of theirs is under way)."""
    return await _last(reader, _at(moments), SerialMovement)


def _at(moments: Mapping[int, datetime | None]) -> FromClause:
    return (
        func.unnest(
            literal(list(moments), ARRAY(BigInteger)),
            literal(list(moments.values()), ARRAY(DateTime(timezone=True))),
        )
        .table_valued(column("balance_id", BigInteger), column("at", DateTime(timezone=True)))
        .render_derived(name="asked")
    )


async def _last(reader: Reader, asked: FromClause, table: Any, *of_it: Any) -> dict[int, int]:
    last = (
        select(table.id)
        .where(
            table.tenant_id == reader.tenant_id,
            or_(asked.c.at.is_(None), table.occurred_at <= asked.c.at),
            *of_it,
        )
        .order_by(table.id.desc())
        .limit(1)
        .lateral("last")
    )
    rows = await reader.rows(
        select(asked.c.balance_id, func.coalesce(last.c.id, 0).label("position"))
        .select_from(asked)
        .outerjoin(last, true())
    )
    return {row.balance_id: row.position for row in rows}


async def moved_since(reader: Reader, positions: Mapping[int, int]) -> dict[int, States]:
    """What moved of each balance after its position; a balance that did not move is left out.

    The balances are locked, so that nothing under way is missed."""
    asked = _after(positions)
    sums = ("on_hand", "reserved", "quality_control", "damaged")
    rows = await reader.rows(
        select(
            asked.c.balance_id,
            *(func.sum(getattr(StockMovement, name)).label(name) for name in sums),
        )
        .select_from(asked)
        .join(StockMovement, _moved(reader, asked, StockMovement.kind != CORRECTION))
        .group_by(asked.c.balance_id)
    )
    return {row.balance_id: States(*(getattr(row, name) for name in sums)) for row in rows}


async def adjusted_since(reader: Reader, positions: Mapping[int, int]) -> set[int]:
    """The balances that were corrected by hand after their positions. They are locked."""
    asked = _after(positions)
    rows = await reader.values(
        select(asked.c.balance_id)
        .select_from(asked)
        .join(StockMovement, _moved(reader, asked, StockMovement.kind == "adjustment"))
        .distinct()
    )
    return set(rows)


def _after(positions: Mapping[int, int]) -> FromClause:
    return (
        func.unnest(
            literal(list(positions), ARRAY(BigInteger)),
            literal(list(positions.values()), ARRAY(BigInteger)),
        )
        .table_valued(column("balance_id", BigInteger), column("position", BigInteger))
        .render_derived(name="asked")
    )


def _moved(reader: Reader, asked: FromClause, kinds: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(
        StockMovement.tenant_id == reader.tenant_id,
        StockMovement.balance_id == asked.c.balance_id,
        StockMovement.id > asked.c.position,
        kinds,
    )
