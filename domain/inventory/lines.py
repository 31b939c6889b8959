"""Lines of a stock document as callers give them, and what they come to in base units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.inventory.balances import NEW, Place
from domain.inventory.goods import Goods, Path
from domain.inventory.policy import CONDITIONS, Adjustment, UnitCost, per_base_unit
from domain.inventory.sites import Site
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import LARGEST, plain

MOST_LINES = 1000
LARGEST_VALUE_MINOR = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """Goods that came in: a quantity of a unit (the base unit if absent).

    `unit_cost` is in major units of the owner's currency, for one `cost_unit` (the line's own
    unit if absent); without it the goods count at the moving average. A lot's days are told with
    it; `serials` names every piece where the item is tracked so. `damaged` of the quantity came
    damaged, `damaged_serials` names those pieces among them."""

    item_id: int
    quantity: Decimal
    unit: str | None = None
    condition: str = NEW
    lot: str = ""
    unit_cost: Decimal | None = None
    cost_unit: str | None = None
    manufactured_on: date | None = None
    expires_on: date | None = None
    serials: Sequence[str] = ()
    damaged: Decimal = Decimal(0)
    damaged_serials: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentLine:
    """A correction: by `delta`, or to `quantity` provided that `expected` is on hand.

    All three are quantities of `unit` (the base unit if absent). `serials` names the pieces that
    were found, or are gone, where the item is tracked so."""

    item_id: int
    delta: Decimal | None = None
    quantity: Decimal | None = None
    expected: Decimal | None = None
    unit: str | None = None
    condition: str = NEW
    lot: str = ""
    serials: Sequence[str] = ()


def require_some(lines: Sequence[object]) -> None:
    """Raise InvalidInput unless there are 1 to 1,000 lines."""
    if not 1 <= len(lines) <= MOST_LINES:
        raise InvalidInput(f"Give 1 to {MOST_LINES} lines.", path=("lines",))


def place_of(goods: Goods, site: Site, *, condition: str, lot: str, path: Path = ()) -> Place:
    """Where the line's stock stands. Raises InvalidInput on a lot that is lacking or too much, and
    for a kit that is only put together when it is sold. A serial's lot may be told too."""
    if goods.kind == "kit":
        raise InvalidInput("A kit has no stock; its components have.", path=(*path, "item_id"))
    text.choice(condition, CONDITIONS, path=(*path, "condition"))
    lot = text.optional(lot, path=(*path, "lot"), longest=text.CODE_LENGTH) or ""
    if goods.tracking == "lot" and not lot:
        raise InvalidInput("This item is tracked by lot.", path=(*path, "lot"))
    if goods.tracking == "none" and lot:
        raise InvalidInput("This item is not tracked by lot.", path=(*path, "lot"))
    return Place(goods.item_id, site.location_id, site.owner_id, condition, lot)


def received_quantity(line: ReceiptLine, goods: Goods, *, path: Path) -> Decimal:
    """What came in, in base units. Raises InvalidInput, QuantityNotExact."""
    quantity_path = (*path, "quantity")
    quantity = goods.in_base(line.quantity, line.unit, path=quantity_path)
    if quantity <= 0:
        raise InvalidInput("Must be more than zero.", path=quantity_path)
    return quantity


def damaged_quantity(
    line: ReceiptLine, quantity: Decimal, goods: Goods, *, path: Path
) -> tuple[Decimal, tuple[str, ...]]:
    """What came in damaged, in base units, and the names of those pieces.

    Raises InvalidInput unless it is among what came, QuantityNotExact."""
    if not line.damaged and not line.damaged_serials:
        return Decimal(0), ()
    damaged = goods.in_base(line.damaged, line.unit, path=(*path, "damaged"))
    if not 0 <= damaged <= quantity:
        raise InvalidInput("Only what came can be damaged.", path=(*path, "damaged"))
    field = "damaged_serials"
    pieces = named_pieces(line.damaged_serials, damaged, goods, path=path, field=field)
    if not set(pieces) <= {each.strip() for each in line.serials}:
        raise InvalidInput("Name them among the serials too.", path=(*path, field))
    return damaged, pieces


def named_pieces(
    serials: Sequence[str], quantity: Decimal, goods: Goods, *, path: Path, field: str = "serials"
) -> tuple[str, ...]:
    """The serial numbers of `quantity` pieces, trimmed; none for goods that have none.

    Raises InvalidInput unless there is one for each piece, each another."""
    path = (*path, field)
    if goods.tracking != "serial":
        if serials:
            raise InvalidInput("This item is not tracked by serial number.", path=path)
        return ()
    sound = tuple(text.code(each, path=(*path, n)) for n, each in enumerate(serials))
    if len(set(sound)) != len(sound):
        raise InvalidInput("A serial number stands here twice.", path=path)
    if len(sound) != quantity:
        message = f"Name the serial numbers of {plain(quantity)} pieces; {len(sound)} are named."
        raise InvalidInput(message, path=path)
    return sound


def unit_cost_of(line: ReceiptLine, goods: Goods, site: Site, *, path: Path) -> UnitCost | None:
    """The line's cost for its unit. Raises InvalidInput on a negative cost or unknown unit."""
    if line.unit_cost is None:
        return None
    if line.unit_cost < 0:
        raise InvalidInput("Must not be negative.", path=(*path, "unit_cost"))
    unit = goods.unit(line.cost_unit or line.unit, path=(*path, "cost_unit"))
    cost = UnitCost(line.unit_cost, site.currency, unit)
    if per_base_unit(cost) > LARGEST:
        raise InvalidInput("The cost is too large.", path=(*path, "unit_cost"))
    return cost


def require_countable(value_minor: int, *, path: Path) -> None:
    """Raise InvalidInput on a value that no ledger should take from one line."""
    if value_minor > LARGEST_VALUE_MINOR:
        raise InvalidInput("The line's value is too large.", path=(*path, "unit_cost"))


def adjustment_of(line: AdjustmentLine, goods: Goods, *, path: Path) -> Adjustment:
    """The correction in base units. Raises InvalidInput unless it says one thing clearly."""
    if (line.delta is None) == (line.quantity is None):
        raise InvalidInput("Give delta or quantity.", path=(*path, "delta"))
    if line.quantity is not None and line.expected is None:
        message = "With quantity say what is expected to be on hand, so that nothing is lost."
        raise InvalidInput(message, path=(*path, "expected"))
    given = {
        name: goods.in_base(value, line.unit, path=(*path, name))
        for name in ("delta", "quantity", "expected")
        if (value := getattr(line, name)) is not None
    }
    if given.get("quantity", Decimal(0)) < 0:
        raise InvalidInput("Must not be negative.", path=(*path, "quantity"))
    return Adjustment(**given)


def require_distinct(places: Sequence[Place]) -> None:
    """Raise InvalidInput when two lines speak of the same stock."""
    first: dict[Place, int] = {}
    for number, place in enumerate(places):
        if first.setdefault(place, number) != number:
            message = f"Line {first[place] + 1} is of the same stock."
            raise InvalidInput(message, path=("lines", number))
