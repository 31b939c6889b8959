"""Ship notices, as receiving needs them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import ARRAY, BigInteger, column, func, literal, select, update
from sqlalchemy.engine import Row

from domain.kernel.errors import InvalidState, NotFound
from domain.kernel.work import Work
from domain.procurement.models import (
    QUANTITY,
    PurchaseOrderLine,
    ShipNotice,
    ShipNoticeLine,
)


class CameWith(Protocol):
    """Something that came, and the notice's line that it came with."""

    @property
    def quantity(self) -> Decimal:
        """Base units."""

    @property
    def notice_line_id(self) -> int | None:
        """None: with no line of the notice."""


@dataclass(frozen=True, slots=True)
class NoticeUnderWay:
    """A notice of which goods may come still, its lines, and the order's lines they are of."""

    notice: Row[Any]
    rows: Sequence[Row[Any]]
    order_lines: Mapping[int, Row[Any]]

    @property
    def line_ids(self) -> list[int]:
        """Its lines."""
        return [row.id for row in self.rows]

    def line_of(self, order_line_id: int, lot: str) -> int | None:
        """Its line of an order's line: that of the lot, else the first."""
        rows = [row for row in self.rows if row.line_id == order_line_id]
        of_lot = [row for row in rows if row.lot == lot]
        return next((row.id for row in [*of_lot, *rows]), None)

    def lines_beside(self, named: Mapping[int, Any], *, complete: bool) -> dict[int, Row[Any]]:
        """The order's lines that it had goods of, of which nothing came: they matter when no more
        of the notice follows."""
        if not complete:
            return {}
        return {i: row for i, row in self.order_lines.items() if i not in named}


async def find_notice(work: Work, order_id: int, number: str | None) -> NoticeUnderWay | None:
    """The order's notice of this number. Raises NotFound; InvalidState when it was received."""
    if number is None:
        return None
    notice = await work.row(
        select(*ShipNotice.__table__.c).where(
            ShipNotice.tenant_id == work.tenant_id,
            ShipNotice.order_id == order_id,
            ShipNotice.number == number,
        )
    )
    if notice is None:
        raise NotFound("ship notice")
    if notice.status != "on_its_way":
        message = f"The ship notice {number} was received already."
        raise InvalidState(message, state=notice.status, allowed=[])
    rows = await work.rows(
        select(*ShipNoticeLine.__table__.c)
        .where(ShipNoticeLine.tenant_id == work.tenant_id, ShipNoticeLine.notice_id == notice.id)
        .order_by(ShipNoticeLine.id)
    )
    lines = await work.rows(
        select(*PurchaseOrderLine.__table__.c).where(
            PurchaseOrderLine.tenant_id == work.tenant_id,
            PurchaseOrderLine.id.in_({row.line_id for row in rows}),
        )
    )
    return NoticeUnderWay(notice, rows, {line.id: line for line in lines})


async def settle_notice(
    work: Work, notice: NoticeUnderWay, arrived: Sequence[CameWith], *, complete: bool
) -> None:
    """Write what came with its lines; it is received when no more of it follows, or all came."""
    came: dict[int, Decimal] = defaultdict(Decimal)
    for each in arrived:
        if each.notice_line_id is not None:
            came[each.notice_line_id] += each.quantity
    await _add_received(work, came)
    whole = all(row.received + came[row.id] >= row.quantity for row in notice.rows)
    if complete or whole:
        await work.execute(
            update(ShipNotice)
            .where(ShipNotice.tenant_id == work.tenant_id, ShipNotice.id == notice.notice.id)
            .values(status="received", received_at=work.now)
        )


async def _add_received(work: Work, came: Mapping[int, Decimal]) -> None:
    if not came:
        return
    given = (
        func.unnest(
            literal(list(came), ARRAY(BigInteger)), literal(list(came.values()), ARRAY(QUANTITY))
        )
        .table_valued(column("line_id", BigInteger), column("quantity", QUANTITY))
        .render_derived(name="given")
    )
    await work.execute(
        update(ShipNoticeLine)
        .where(ShipNoticeLine.tenant_id == work.tenant_id, ShipNoticeLine.id == given.c.line_id)
        .values(received=ShipNoticeLine.received + given.c.quantity)
    )
