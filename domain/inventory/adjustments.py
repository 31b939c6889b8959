"""What corrections callers ask for, against the balances as they are; and whether anybody must say
yes to them first."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from domain.inventory.balances import Balance, Place, ensure_balances, lock_balances_by_id
from domain.inventory.corrections import Correction, correction
from domain.inventory.goods import Goods, coming_goods
from domain.inventory.lines import (
    AdjustmentLine,
    adjustment_of,
    named_pieces,
    place_of,
    require_distinct,
)
from domain.inventory.lots import ToldLot, ensure_lots
from domain.inventory.outcomes import AboveTolerance, StockChanged
from domain.inventory.policies.counting import Tolerance, is_within
from domain.inventory.policy import (
    Adjustment,
    ChangedMeanwhile,
    Cost,
    States,
    adjustment,
    value_at_average,
)
from domain.inventory.sites import Site
from domain.inventory.tolerances import tolerance_at
from domain.inventory.valuation.costs import lock_costs
from domain.kernel.quantity import plain
from domain.kernel.work import Work


async def corrections_of(
    work: Work, site: Site, lines: Sequence[AdjustmentLine]
) -> tuple[list[Balance], list[Correction]]:
    """The balances that lines speak of, locked, and what is to change of those that are not as
    they should be.

    Raises NotFound, InvalidInput, QuantityNotExact, StockChanged."""
    goods = await coming_goods(work, {line.item_id for line in lines})
    asked = _asked(goods, site, lines)
    before = await _lock(work, list(asked))
    deltas = _deltas(before, list(asked.values()))
    named = _named_pieces(goods, lines, before, deltas)
    return before, [
        correction(balance, delta, serials)
        for (balance, delta), serials in zip(deltas, named, strict=True)
    ]


async def require_within_tolerance(
    work: Work, location_ids: Collection[int], corrections: Sequence[Correction]
) -> None:
    """Raise AboveTolerance when corrections by hand need somebody's yes, by the tolerance of any of
    the locations that they concern. Where none is settled, who may adjust, may."""
    settled = [await tolerance_at(work, location_id) for location_id in sorted(set(location_ids))]
    limits = [each for each in settled if each is not None]
    if not limits or not corrections:
        return
    values = await values_of(work, corrections)
    above = [
        each.balance.item_id
        for each, value in zip(corrections, values, strict=True)
        if not all(_is_within(limit, each, value) for limit in limits)
    ]
    if above:
        raise AboveTolerance(
            "This correction is above tolerance: ask for approval of it.",
            item_ids=sorted(set(above)),
        )


def _is_within(limit: Tolerance, each: Correction, value_minor: int) -> bool:
    return is_within(
        limit,
        States(on_hand=each.delta),
        expected=each.balance.on_hand,
        value_minor=value_minor,
    )


async def values_of(work: Work, corrections: Sequence[Correction]) -> list[int]:
    """What each correction is worth at the moving average, in minor units; less than nothing for a
    loss. The cost rows are locked."""
    keys = [(each.balance.owner_id, each.balance.item_id) for each in corrections]
    costs = await lock_costs(work, keys)
    values = (
        value_at_average(costs.get(key, Cost()), abs(each.delta))
        for key, each in zip(keys, corrections, strict=True)
    )
    return [
        -value if each.delta < 0 else value for value, each in zip(values, corrections, strict=True)
    ]


def _asked(
    goods: Mapping[int, Goods], site: Site, lines: Sequence[AdjustmentLine]
) -> dict[Place, Adjustment]:
    """What is asked of each place, in base units, in the order of the lines."""
    places = [
        place_of(
            goods[line.item_id], site, condition=line.condition, lot=line.lot, path=("lines", n)
        )
        for n, line in enumerate(lines)
    ]
    require_distinct(places)
    return {
        place: adjustment_of(line, goods[line.item_id], path=("lines", n))
        for n, (place, line) in enumerate(zip(places, lines, strict=True))
    }


async def _lock(work: Work, places: Sequence[Place]) -> list[Balance]:
    await ensure_lots(work, [ToldLot(item_id=place.item_id, code=place.lot) for place in places])
    ids = await ensure_balances(work, places)
    locked = await lock_balances_by_id(work, ids.values())
    return [locked[ids[place]] for place in places]


def _deltas(
    before: Sequence[Balance], asked: Sequence[Adjustment]
) -> list[tuple[Balance, Decimal]]:
    """What changes by how much; what is as it should be is left out."""
    deltas = []
    for number, (balance, wanted) in enumerate(zip(before, asked, strict=True)):
        try:
            delta = adjustment(wanted, balance.on_hand)
        except ChangedMeanwhile as changed:
            raise _stock_changed(number, balance, *changed.args) from None
        if delta:
            deltas.append((balance, delta))
    return deltas


def _stock_changed(
    number: int, balance: Balance, expected: Decimal, actual: Decimal
) -> StockChanged:
    return StockChanged(
        f"There are {plain(actual)} on hand, not {plain(expected)}.",
        path=("lines", number, "expected"),
        item_id=balance.item_id,
        location_id=balance.location_id,
        expected=plain(expected),
        actual=plain(actual),
    )


def _named_pieces(
    goods: Mapping[int, Goods],
    lines: Sequence[AdjustmentLine],
    before: Sequence[Balance],
    deltas: Sequence[tuple[Balance, Decimal]],
) -> list[tuple[str, ...]]:
    """The pieces that each delta is about; a line that changes nothing names none."""
    changed = {balance.id: delta for balance, delta in deltas}
    named = [
        named_pieces(
            line.serials,
            abs(changed.get(balance.id, Decimal(0))),
            goods[line.item_id],
            path=("lines", number),
        )
        for number, (line, balance) in enumerate(zip(lines, before, strict=True))
    ]
    return [each for each, balance in zip(named, before, strict=True) if balance.id in changed]
