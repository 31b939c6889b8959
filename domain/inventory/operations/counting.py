"""Counting: what is on the shelves is counted, against what the books said at that moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, any_, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row
from sqlalchemy.types import BigInteger

from domain.inventory.balances import NEW, Place, ensure_balances, lock_balances_by_id
from domain.inventory.count_rows import (
    add_lines,
    change_count,
    change_lines,
    lines_of,
    lock_count,
)
from domain.inventory.counted import judge, promised_outcome
from domain.inventory.goods import Goods, coming_goods
from domain.inventory.lines import named_pieces, place_of, require_distinct, require_some
from domain.inventory.lots import ToldLot, ensure_lots
from domain.inventory.models import StockBalance, StockCount, StockMovement
from domain.inventory.outcomes import NothingCounted
from domain.inventory.positions import piece_positions_of, positions_of
from domain.inventory.settling import settle
from domain.inventory.sites import Site, find_site
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.work import Work

MOST_LINES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CountEntry:
    """What was counted of an item: a quantity of a unit (the base unit if absent), all of it,
    whatever it is promised to or held for; now, or at `counted_at`. `serials` names every piece
    where the item is tracked so."""

    item_id: int
    quantity: Decimal
    unit: str | None = None
    condition: str = NEW
    lot: str = ""
    counted_at: datetime | None = None
    serials: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was counted, in base units, when, and which pieces (None: it has no such)."""

    quantity: Decimal
    at: datetime
    serials: tuple[str, ...] | None


@operation("inventory.count")
async def create_stock_count(
    work: Work,
    *,
    location_id: int,
    reason: str,
    item_ids: Sequence[int] | None = None,
    owner_id: int | None = None,
    is_blind: bool = False,
) -> int:
    """Open a count of an owner's stock at a location: of some items, or of all that is there.

    What the books expect is frozen now, with the place in the order of movements. Gives the
    count's id. Raises NotFound, InvalidInput, LocationClosed."""
    reason = text.name(reason, path=("reason",))
    site = await find_site(work, location_id=location_id, owner_id=owner_id)
    if item_ids is not None:
        require_some(item_ids)
        await _make_countable(work, site, item_ids)
    balances = await work.rows(_balances(work, site, item_ids))
    if not 1 <= len(balances) <= MOST_LINES:
        raise InvalidInput(f"There are {len(balances)} balances to count; 1 to {MOST_LINES} may.")
    number = (await draw_numbers(work, count=1))["count"][0]
    values = {
        "tenant_id": work.tenant_id,
        "number": number,
        "kind": "count",
        "location_id": site.location_id,
        "owner_id": site.owner_id,
        "reason": reason,
        "is_blind": is_blind,
        "created_at": work.now,
        "created_by": work.principal.name,
    }
    count = await work.row(
        insert(StockCount).values(values).returning(StockCount.id, StockCount.location_id)
    )
    assert count is not None
    await add_lines(work, count, [row._asdict() for row in balances])
    work.audit(
        "create_stock_count",
        subject="stock_count",
        subject_id=count.id,
        after={"number": number, "lines": len(balances), "is_blind": is_blind},
        reason=reason,
    )
    return int(count.id)


async def _make_countable(work: Work, site: Site, item_ids: Sequence[int]) -> None:
    """Items without lots that were never there are counted, too: at nothing."""
    goods = await coming_goods(work, item_ids)
    places = [
        Place(each.item_id, site.location_id, site.owner_id)
        for each in goods.values()
        if each.tracking != "lot" and each.kind != "kit"
    ]
    await ensure_balances(work, places)


def _balances(work: Work, site: Site, item_ids: Sequence[int] | None) -> Select[Any]:
    """The balances with their position: one statement, so that both are of one moment."""
    last = (
        select(func.coalesce(func.max(StockMovement.id), 0))
        .where(
            StockMovement.tenant_id == work.tenant_id,
            StockMovement.balance_id == StockBalance.id,
        )
        .scalar_subquery()
    )
    statement = select(
        StockBalance.id.label("balance_id"),
        StockBalance.item_id,
        StockBalance.on_hand.label("expected"),
        last.label("expected_position"),
    ).where(
        StockBalance.tenant_id == work.tenant_id,
        StockBalance.location_id == site.location_id,
        StockBalance.owner_id == site.owner_id,
    )
    if item_ids is None:
        statement = statement.where(StockBalance.on_hand > 0)
    else:
        wanted = literal(list(item_ids), ARRAY(BigInteger))
        statement = statement.where(StockBalance.item_id == any_(wanted))
    return statement.order_by(StockBalance.item_id, StockBalance.id).limit(MOST_LINES + 1)


@operation("inventory.count")
async def record_stock_count(work: Work, *, count_id: int, entries: Sequence[CountEntry]) -> int:
    """Write down what was counted; 1 to 1,000 entries. A line counted again counts anew, and what
    was found without being expected becomes a line.

    Gives the count's id. Raises NotFound, InvalidInput, QuantityNotExact, InvalidState."""
    require_some(entries)
    count = await lock_count(work, count_id, allowed=("open",))
    site = await find_site(work, location_id=count.location_id, owner_id=count.owner_id)
    goods = await coming_goods(work, {entry.item_id for entry in entries})
    places = [_place(goods[entry.item_id], entry, site, n) for n, entry in enumerate(entries)]
    require_distinct(places)
    await ensure_lots(work, [ToldLot(item_id=place.item_id, code=place.lot) for place in places])
    ids = await ensure_balances(work, places)
    await _add_found(work, count, places, ids)
    counted = [_counted(work, goods[e.item_id], e, n) for n, e in enumerate(entries)]
    by_balance = dict(zip((ids[place] for place in places), counted, strict=True))
    await _write(work, count, by_balance)
    work.audit(
        "record_stock_count",
        subject="stock_count",
        subject_id=count_id,
        after={"counted": {str(n): each.quantity for n, each in by_balance.items()}},
    )
    return count_id


def _place(goods: Goods, entry: CountEntry, site: Site, number: int) -> Place:
    path = ("entries", number)
    return place_of(goods, site, condition=entry.condition, lot=entry.lot, path=path)


def _counted(work: Work, goods: Goods, entry: CountEntry, number: int) -> _Counted:
    path = ("entries", number, "quantity")
    quantity = goods.in_base(entry.quantity, entry.unit, path=path)
    if quantity < 0:
        raise InvalidInput("Must not be negative.", path=path)
    at = entry.counted_at or work.now
    if at > work.now:
        raise InvalidInput("Must not be in the future.", path=("entries", number, "counted_at"))
    serials = named_pieces(entry.serials, quantity, goods, path=("entries", number))
    return _Counted(quantity, at, serials if goods.tracking == "serial" else None)


async def _add_found(
    work: Work, count: Row[Any], places: Sequence[Place], ids: Mapping[Place, int]
) -> None:
    """Lines for what was found without being expected: of it the count expects nothing."""
    lines = await lines_of(work, count.id)
    known = {line.balance_id for line in lines}
    found = [place for place in places if ids[place] not in known]
    last = max((line.line_number for line in lines), default=0)
    rows = [{"item_id": place.item_id, "balance_id": ids[place]} for place in found]
    await add_lines(work, count, rows, after=last)


async def _write(work: Work, count: Row[Any], counted: Mapping[int, _Counted]) -> None:
    lines = {line.balance_id: line.id for line in await lines_of(work, count.id)}
    moments = {n: None if each.at == work.now else each.at for n, each in counted.items()}
    of_pieces = await _piece_positions(work, counted, moments)
    positions = await positions_of(work, moments)
    rows = [
        {
            "id": lines[balance_id],
            "counted": each.quantity,
            "position": positions[balance_id],
            "observed_at": each.at,
            "counted_by": work.principal.name,
            "serials": None if each.serials is None else list(each.serials),
            "serial_position": of_pieces.get(balance_id),
        }
        for balance_id, each in counted.items()
    ]
    await change_lines(work, rows)


async def _piece_positions(
    work: Work, counted: Mapping[int, _Counted], moments: Mapping[int, datetime | None]
) -> dict[int, int]:
    """Where the balances whose pieces were named stand; they are locked, so that no piece of theirs
    is under way."""
    named = {n: moments[n] for n, each in counted.items() if each.serials is not None}
    if not named:
        return {}
    await lock_balances_by_id(work, named)
    return await piece_positions_of(work, named)


@operation("inventory.count")
async def close_stock_count(work: Work, *, count_id: int) -> int:
    """Compare what was counted with what the books held at that moment, and book the differences:
    within tolerance at once, above it once somebody approves. Lines not counted are left alone.

    Gives the count's id. Raises NotFound, InvalidState, NothingCounted, and StockPromised, with
    nothing booked, when less was found than is promised."""
    count = await lock_count(work, count_id, allowed=("open",))
    lines = [line for line in await lines_of(work, count_id) if line.counted is not None]
    if not lines:
        raise NothingCounted("Nothing has been counted yet.", count_id=count_id)
    judged = await judge(work, count, lines)
    promised = await promised_outcome(work, judged)
    if promised is not None:
        raise promised
    await settle(work, count, judged)
    return count_id


@operation("inventory.count")
async def cancel_stock_count(work: Work, *, count_id: int, reason: str) -> int:
    """Give up a count, or what is left of a snapshot: nothing more of it is booked.

    Gives the count's id. Raises NotFound, InvalidInput, InvalidState: what waits for approval is
    withdrawn or rejected there."""
    reason = text.name(reason, path=("reason",))
    count = await lock_count(work, count_id, allowed=("open", "exception"))
    await change_count(work, count_id, status="cancelled", closed_at=work.now, note=reason)
    work.audit(
        "cancel_stock_count",
        subject="stock_count",
        subject_id=count_id,
        before={"status": count.status},
        after={"status": "cancelled"},
        reason=reason,
    )
    return count_id
