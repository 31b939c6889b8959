"""Parts of kits: which balances give the components of an assembly, which take them back.

Quantities are in base units."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from domain.inventory.balances import Balance
from domain.inventory.goods import Goods
from domain.inventory.lines import named_pieces
from domain.inventory.outcomes import LotBlocked, StockShort
from domain.inventory.policy import ZERO, lot_verdict
from domain.inventory.serials import Piece
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import LARGEST, SCALE, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPart:
    """A quantity of a component, of a lot, with the serial numbers of its pieces."""

    item_id: int
    quantity: Decimal
    lot: str = ""
    serials: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A quantity of a component that a balance gives or takes, with its pieces."""

    balance: Balance
    quantity: Decimal
    serials: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[int, int]:
        """Whose cost it is: (owner id, item id)."""
        return self.balance.owner_id, self.balance.item_id

    @property
    def pieces(self) -> list[Piece]:
        """Its pieces, where it has such."""
        here = self.balance
        return [Piece(item_id=here.item_id, code=code, balance_id=here.id) for code in self.serials]


def needed(bill: Mapping[int, Decimal], kits: Decimal) -> dict[int, Decimal]:
    """How much of each component so many kits take. Raises InvalidInput when that has more
    decimals than stock is kept with, or is more than can be counted."""
    wanted = {}
    for item_id, quantity in sorted(bill.items()):
        amount = quantity * kits
        if amount > LARGEST or amount.quantize(SCALE) != amount:
            raise InvalidInput("So many kits have no exact parts.", path=("quantity",))
        wanted[item_id] = plain(amount)
    return wanted


def sound_parts(
    wanted: Mapping[int, Decimal], named: Sequence[NamedPart], goods: Mapping[int, Goods]
) -> dict[int, list[NamedPart]]:
    """The named parts of each component. Raises InvalidInput when one names what the kit does not
    take, not all that it takes, or leaves pieces that have serial numbers unnamed."""
    parts: dict[int, list[NamedPart]] = defaultdict(list)
    for number, each in enumerate(named):
        path = ("components", number)
        if each.item_id not in wanted:
            raise InvalidInput("The kit takes nothing of this item.", path=path)
        if not each.quantity.is_finite() or each.quantity <= 0:
            raise InvalidInput("Must be more than zero.", path=(*path, "quantity"))
        named_pieces(each.serials, each.quantity, goods[each.item_id], path=path)
        parts[each.item_id].append(each)
    for item_id, quantity in wanted.items():
        told = sum((each.quantity for each in parts[item_id]), ZERO)
        if parts[item_id] and told != quantity:
            message = f"{plain(told)} of an item named, {plain(quantity)} needed."
            raise InvalidInput(message, path=("components",))
        if not parts[item_id] and goods[item_id].tracking == "serial":
            raise InvalidInput("Name the pieces that have serial numbers.", path=("components",))
    return parts


def take_parts(
    wanted: Mapping[int, Decimal],
    parts: Mapping[int, Sequence[NamedPart]],
    balances: Iterable[Balance],
    lots: Mapping[tuple[int, str], Any],
    *,
    today: date,
) -> list[Part]:
    """Which balances give what is wanted: the named lots, else what expires first.

    Raises StockShort, and LotBlocked for a named lot that may not be used."""
    by_item: dict[int, list[Balance]] = defaultdict(list)
    for balance in balances:
        by_item[balance.item_id].append(balance)
    taken = []
    for item_id, quantity in wanted.items():
        if parts[item_id]:
            taken += [_named(each, by_item[item_id], lots, today) for each in parts[item_id]]
        else:
            taken += _first_expiring(item_id, quantity, by_item[item_id], lots, today)
    return taken


def _named(
    part: NamedPart, balances: Sequence[Balance], lots: Mapping[Any, Any], today: date
) -> Part:
    balance = next((each for each in balances if each.lot == part.lot), None)
    verdict = _verdict(part.item_id, part.lot, lots, today)
    if verdict is not None:
        raise LotBlocked(
            f"Lot {part.lot} is {verdict}.",
            item_id=part.item_id,
            lot=part.lot,
            status=verdict,
            expires_on=lots[part.item_id, part.lot].expires_on,
        )
    available = ZERO if balance is None else balance.available
    if balance is None or available < part.quantity:
        raise _short(part.item_id, part.quantity, available)
    return Part(balance, part.quantity, tuple(each.strip() for each in part.serials))


def _first_expiring(
    item_id: int,
    quantity: Decimal,
    balances: Sequence[Balance],
    lots: Mapping[Any, Any],
    today: date,
) -> list[Part]:
    def last_day(balance: Balance) -> date:
        lot = lots.get((item_id, balance.lot))
        return date.max if lot is None or lot.expires_on is None else lot.expires_on

    usable = [each for each in balances if _verdict(item_id, each.lot, lots, today) is None]
    left, parts = quantity, []
    for balance in sorted(usable, key=lambda each: (last_day(each), each.id)):
        amount = min(left, balance.available)
        if amount > 0:
            parts.append(Part(balance, amount))
            left -= amount
    if left > 0:
        raise _short(item_id, quantity, quantity - left)
    return parts


def _verdict(item_id: int, code: str, lots: Mapping[Any, Any], today: date) -> str | None:
    lot = lots.get((item_id, code))
    return None if lot is None else lot_verdict(lot.status, lot.expires_on, today=today)


def _short(item_id: int, requested: Decimal, available: Decimal) -> StockShort:
    return StockShort(
        f"{plain(requested)} of a component needed, {plain(available)} there.",
        path=("quantity",),
        item_id=item_id,
        requested=plain(requested),
        available=plain(available),
        location_id=None,
    )
