"""What a warehouse tells of its stock as of a moment, row by row, as lines of a snapshot."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from domain.catalog.item_lookup import FoundItem, ItemCodeQuery, find_items
from domain.inventory.balances import NEW, Place, ensure_balances
from domain.inventory.goods import Goods, known_coming_goods
from domain.inventory.lines import place_of
from domain.inventory.lots import ToldLot, ensure_lots
from domain.inventory.models import StockBalance
from domain.inventory.policies.counting import OPEN, UNKNOWN, Found
from domain.inventory.positions import positions_of
from domain.inventory.sites import Site
from domain.kernel.errors import Expected, InvalidInput
from domain.kernel.json import dump_canonical
from domain.kernel.quantity import plain
from domain.kernel.work import Work

DEFAULT_KINDS = ("sku", "gtin")


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRow:
    """What is told of one item: its quantities in a unit (the base unit, or what the code says, if
    absent). `on_hand` is all that is there; held and damaged ones are part of it (None: not told).

    `codes` name the item as (kind, value), the most telling first. `path` is the row's place in
    the sender's document."""

    codes: tuple[tuple[str, str], ...]
    on_hand: Decimal
    is_available: bool = False
    quality_control: Decimal | None = None
    damaged: Decimal | None = None
    unit: str | None = None
    condition: str = NEW
    lot: str = ""
    path: str | None = None

    @property
    def code(self) -> str:
        """The code to show for it."""
        return self.codes[0][1] if self.codes else ""


def content_hash(as_of: datetime, rows: Sequence[SnapshotRow], *, is_whole: bool) -> str:
    """SHA-256 of what is told: equal for two snapshots that say the same of the same moment."""
    told = {"as_of": as_of.isoformat(), "is_whole": is_whole, "rows": raw_rows(rows)}
    return hashlib.sha256(dump_canonical(told)).hexdigest()


def raw_rows(rows: Sequence[SnapshotRow]) -> list[dict[str, Any]]:
    """The rows as they are kept: plain values, without what was not told."""
    kept = []
    for row in rows:
        told = {name: value for name, value in asdict(row).items() if value not in (None, "")}
        kept.append({n: str(v) if isinstance(v, Decimal) else v for n, v in told.items()})
    return kept


@dataclass(frozen=True, slots=True)
class Told:
    """A row of a snapshot whose stock is known: where it is, and what was found, in base units."""

    row: SnapshotRow
    place: Place
    found: Found


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A row of a snapshot that names no stock of ours, and why."""

    row: SnapshotRow
    problem: str


async def understand(
    work: Work, site: Site, rows: Sequence[SnapshotRow], *, channel_id: int | None
) -> tuple[list[Told], list[NotUnderstood]]:
    """Which stock each row means. Rows of the same stock are added up: shelves are told apart by
    the sender, not by us."""
    found = await find_items(
        work,
        codes=[ItemCodeQuery(row.codes) for row in rows],
        channel_id=channel_id,
        party_id=None,
    )
    goods = await known_coming_goods(work, {item.item_id for item in found if item is not None})
    told: dict[Place, Told] = {}
    strange: list[NotUnderstood] = []
    for row, item in zip(rows, found, strict=True):
        try:
            each = _told(row, item, goods, site)
        except (InvalidInput, Expected) as refusal:
            strange.append(NotUnderstood(row, refusal.message))
            continue
        told[each.place] = _together(told.get(each.place), each)
    return list(told.values()), strange


def _told(row: SnapshotRow, item: FoundItem | None, goods: Mapping[int, Goods], site: Site) -> Told:
    if item is None:
        raise InvalidInput(f"No item is known here as {row.code!r}.")
    known = goods[item.item_id]
    place = place_of(known, site, condition=row.condition, lot=row.lot)
    unit = row.unit or item.unit
    if unit is not None and unit != known.base_unit and unit not in known.units:
        unit = _counted_singly(unit, known)
    found = Found(
        on_hand=_in_base(known, row.on_hand, unit),
        is_available=row.is_available,
        quality_control=_optional(known, row.quality_control, unit),
        damaged=_optional(known, row.damaged, unit),
    )
    return Told(row, place, found)


# What documents call one piece, whatever we call it.
_SINGLE = {"EA", "PCE", "C62", "UN", "UNIT", "UNITS", "EACH", "PC", "H87"}


def _counted_singly(unit: str, goods: Goods) -> str | None:
    if unit.upper() in _SINGLE and goods.base_unit.upper() in _SINGLE:
        return None
    return unit


def _in_base(goods: Goods, quantity: Decimal, unit: str | None) -> Decimal:
    amount = goods.in_base(quantity, unit, path=("quantity",))
    if amount < 0:
        raise InvalidInput(f"A stock of {plain(amount)} cannot be.")
    return amount


def _optional(goods: Goods, quantity: Decimal | None, unit: str | None) -> Decimal | None:
    return None if quantity is None else _in_base(goods, quantity, unit)


def _together(before: Told | None, each: Told) -> Told:
    if before is None:
        return each
    both = Found(
        on_hand=before.found.on_hand + each.found.on_hand,
        is_available=each.found.is_available,
        quality_control=_sum(before.found.quality_control, each.found.quality_control),
        damaged=_sum(before.found.damaged, each.found.damaged),
    )
    return replace(before, found=both)


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return one if other is None else other + (one or Decimal(0))


async def missing_stock(work: Work, site: Site, told: Sequence[Told]) -> list[Told]:
    """The stock of which a whole snapshot says nothing: none of it is there."""
    rows = await work.rows(
        select(StockBalance.item_id, StockBalance.condition, StockBalance.lot)
        .where(
            StockBalance.tenant_id == work.tenant_id,
            StockBalance.location_id == site.location_id,
            StockBalance.owner_id == site.owner_id,
            StockBalance.on_hand != 0,
        )
        .order_by(StockBalance.id)
    )
    known = {each.place for each in told}
    places = [
        Place(row.item_id, site.location_id, site.owner_id, row.condition, row.lot) for row in rows
    ]
    nothing = Found(on_hand=Decimal(0), quality_control=Decimal(0), damaged=Decimal(0))
    empty = SnapshotRow(codes=(), on_hand=Decimal(0))
    return [Told(empty, place, nothing) for place in places if place not in known]


async def lines_for(
    work: Work, told: Sequence[Told], strange: Sequence[NotUnderstood], *, as_of: datetime
) -> list[dict[str, Any]]:
    """The rows as lines of a snapshot; missing balances and lots are made."""
    lots = [ToldLot(item_id=each.place.item_id, code=each.place.lot) for each in told]
    await ensure_lots(work, lots)
    ids = await ensure_balances(work, [each.place for each in told])
    known = [
        {
            **_blank(each.row),
            "item_id": each.place.item_id,
            "balance_id": ids[each.place],
            "counted": each.found.on_hand,
            "counts_available": each.found.is_available,
            "counted_quality_control": each.found.quality_control,
            "counted_damaged": each.found.damaged,
            "observed_at": as_of,
            "verdict": OPEN,
        }
        for each in told
    ]
    return known + [{**_blank(each.row), "problem": each.problem} for each in strange]


def _blank(row: SnapshotRow) -> dict[str, Any]:
    return {
        "path": row.path,
        "code": row.code or None,
        "item_id": None,
        "balance_id": None,
        "counted": None,
        "counts_available": False,
        "counted_quality_control": None,
        "counted_damaged": None,
        "observed_at": None,
        "verdict": UNKNOWN,
        "problem": None,
    }


async def positions_as_of(
    work: Work, balance_ids: Sequence[int], as_of: datetime
) -> dict[int, int]:
    """Where each balance stood in its movements as of the moment. The balances are locked: what
    was under way has ended."""
    return await positions_of(work, dict.fromkeys(balance_ids, as_of))


def row_of(raw: Mapping[str, Any]) -> SnapshotRow:
    """A row as it was kept, read again."""
    numbers = ("on_hand", "quality_control", "damaged")
    fields: dict[str, Any] = {n: Decimal(v) if n in numbers else v for n, v in raw.items()}
    fields["codes"] = tuple((kind, value) for kind, value in raw.get("codes", ()))
    return SnapshotRow(**fields)
