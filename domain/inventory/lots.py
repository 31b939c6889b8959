"""Lots: made known when their goods first come, and asked whether they may leave."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.inventory.models import Lot, StockBalance
from domain.inventory.outcomes import LotBlocked, LotDiffers
from domain.inventory.policy import lot_verdict
from domain.kernel.errors import InvalidInput
from domain.kernel.reading import Reader
from domain.kernel.work import Work

Key = tuple[int, str]
DAYS = ("manufactured_on", "expires_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLot:
    """A lot as a document tells it; what it does not say of the days is left as it is known."""

    item_id: int
    code: str
    manufactured_on: date | None = None
    expires_on: date | None = None

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.item_id, self.code


async def ensure_lots(work: Work, told: Sequence[ToldLot]) -> None:
    """Make the lots known that are not; those without a code are no lots.

    Days that were not known are added. Raises LotDiffers when others are known, InvalidInput when
    a lot would expire before it was made. Call it before any balance is locked."""
    wanted = _together(told)
    if not wanted:
        return
    known = await lots_of_keys(work, wanted)
    missing = [each for key, each in sorted(wanted.items()) if key not in known]
    if missing:
        rows = [_row(work, each) for each in missing]
        await work.execute(insert(Lot).values(rows).on_conflict_do_nothing())
        known |= await lots_of_keys(work, [each.key for each in missing])
    # Told at once by two documents, the second learns nothing and is held against the first.
    known |= await _locked(
        work, [known[key].id for key in wanted if _news(known[key], wanted[key])]
    )
    for key, each in sorted(wanted.items()):
        await _learn(work, known[key], each)


def may_be_sold(today: date | ColumnElement[date] | None = None) -> ColumnElement[bool]:
    """Whether a balance's stock may be promised, where Lot is joined to it from the left.

    Without a day it is the database's: a read has no moment of its own."""
    day = _day(today)
    fresh = or_(Lot.expires_on.is_(None), Lot.expires_on >= day)
    return or_(Lot.id.is_(None), and_(Lot.status == "released", fresh))


def is_expired(today: date | ColumnElement[date] | None = None) -> ColumnElement[bool]:
    """Whether a lot that is joined from the left is past its last good day, and nothing else."""
    return and_(Lot.id.is_not(None), Lot.status == "released", Lot.expires_on < _day(today))


def _day(today: date | ColumnElement[date] | None) -> ColumnElement[date]:
    if today is None:
        return func.current_date()
    return literal(today) if isinstance(today, date) else today


def lot_of_balance() -> ColumnElement[bool]:
    """The condition under which a row of Lot is the lot of a row of StockBalance."""
    return and_(
        Lot.tenant_id == StockBalance.tenant_id,
        Lot.item_id == StockBalance.item_id,
        Lot.code == StockBalance.lot,
    )


async def require_sellable(work: Work, balance_ids: Iterable[int]) -> None:
    """Raise LotBlocked when one of the balances is of a lot that may not leave today."""
    rows = await work.rows(
        select(Lot.item_id, Lot.code, Lot.status, Lot.expires_on)
        .join(StockBalance, lot_of_balance())
        .where(
            StockBalance.tenant_id == work.tenant_id, StockBalance.id.in_(sorted(set(balance_ids)))
        )
        .order_by(StockBalance.id)
    )
    for row in rows:
        verdict = lot_verdict(row.status, row.expires_on, today=work.now.date())
        if verdict is not None:
            raise LotBlocked(
                f"Lot {row.code} is {verdict}.",
                item_id=row.item_id,
                lot=row.code,
                status=verdict,
                expires_on=row.expires_on,
            )


async def lots_of_keys(reader: Reader, keys: Iterable[Key]) -> dict[Key, Row[Any]]:
    """The lots of (item id, code) that are known."""
    rows = await reader.rows(
        select(*Lot.__table__.c).where(
            Lot.tenant_id == reader.tenant_id,
            tuple_(Lot.item_id, Lot.code).in_(sorted(set(keys))),
        )
    )
    return {(row.item_id, row.code): row for row in rows}


async def _locked(work: Work, lot_ids: Sequence[int]) -> dict[Key, Row[Any]]:
    """The lots as they are once nobody else changes them."""
    if not lot_ids:
        return {}
    rows = await work.rows(
        select(*Lot.__table__.c)
        .where(Lot.tenant_id == work.tenant_id, Lot.id.in_(lot_ids))
        .order_by(Lot.id)
        .with_for_update()
    )
    return {(row.item_id, row.code): row for row in rows}


def _together(told: Sequence[ToldLot]) -> dict[Key, ToldLot]:
    """One telling for each lot. Raises LotDiffers when two disagree, InvalidInput."""
    wanted: dict[Key, ToldLot] = {}
    for number, each in enumerate(told):
        if not each.code:
            if each.expires_on or each.manufactured_on:
                message = "Only a lot has such days; name the lot."
                raise InvalidInput(message, path=("lines", number, "lot"))
            continue
        first = wanted.setdefault(each.key, each)
        _require_same(first, each)
        made, expires = (getattr(first, name) or getattr(each, name) for name in DAYS)
        _require_lifetime(made, expires, number)
        wanted[each.key] = ToldLot(
            item_id=each.item_id, code=each.code, manufactured_on=made, expires_on=expires
        )
    return wanted


def _require_lifetime(made: date | None, expires: date | None, number: int) -> None:
    if made is not None and expires is not None and expires < made:
        message = "A lot does not expire before it is made."
        raise InvalidInput(message, path=("lines", number, "expires_on"))


def _require_same(known: Any, told: ToldLot) -> None:
    for name in DAYS:
        was, says = getattr(known, name), getattr(told, name)
        if was is not None and says is not None and was != says:
            raise LotDiffers(
                f"Lot {told.code} is known with {name.replace('_', ' ')} {was}, not {says}.",
                item_id=told.item_id,
                lot=told.code,
                manufactured_on=known.manufactured_on,
                expires_on=known.expires_on,
            )


def _news(known: Row[Any], told: ToldLot) -> dict[str, date]:
    """The days that were not known."""
    return {
        name: getattr(told, name)
        for name in DAYS
        if getattr(known, name) is None and getattr(told, name) is not None
    }


async def _learn(work: Work, known: Row[Any], told: ToldLot) -> None:
    _require_same(known, told)
    new = _news(known, told)
    if not new:
        return
    if (new.get("manufactured_on") or known.manufactured_on or date.min) > (
        new.get("expires_on") or known.expires_on or date.max
    ):
        raise InvalidInput("A lot does not expire before it is made.", path=("lines",))
    await work.execute(
        update(Lot)
        .where(
            Lot.tenant_id == work.tenant_id,
            Lot.id == known.id,
        )
        .values(**new, version=Lot.version + 1)
    )


def _row(work: Work, told: ToldLot) -> dict[str, Any]:
    return {
        "tenant_id": work.tenant_id,
        "item_id": told.item_id,
        "code": told.code,
        "manufactured_on": told.manufactured_on,
        "expires_on": told.expires_on,
        "created_at": work.now,
    }
