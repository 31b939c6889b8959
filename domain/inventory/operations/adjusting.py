"""What is on hand is corrected."""

from collections.abc import Sequence
from decimal import Decimal

from domain.inventory.balances import Balance, Place, ensure_balances, lock_balances_by_id
from domain.inventory.costs import CostAdded, CostOf, add_cost, lock_costs, take_cost
from domain.inventory.documents import WrittenDocument, post_document, write_document
from domain.inventory.events import StockAdjusted
from domain.inventory.goods import goods_of
from domain.inventory.lines import (
    AdjustmentLine,
    adjustment_of,
    place_of,
    require_distinct,
    require_some,
)
from domain.inventory.movements import Change, change_balances
from domain.inventory.outcomes import StockChanged
from domain.inventory.policy import (
    Adjustment,
    ChangedMeanwhile,
    Cost,
    adjustment,
    value_at_average,
)
from domain.inventory.sites import Site, find_site
from domain.kernel import text
from domain.kernel.permissions import operation
from domain.kernel.quantity import plain
from domain.kernel.work import Work


@operation("inventory.adjust")
async def adjust_stock(
    work: Work,
    *,
    location_id: int,
    lines: Sequence[AdjustmentLine],
    reason: str,
    owner_id: int | None = None,
) -> WrittenDocument:
    """Correct what is on hand at a location, by a delta or to a quantity.

    A correction to a quantity is made only if `expected` is what is on hand; otherwise
    StockChanged, with nothing changed. What is found comes in at the moving average, what is lost
    goes out at it, against inventory adjustments. Raises NotFound, InvalidInput, QuantityNotExact,
    LocationClosed, StockShort."""
    require_some(lines)
    reason = text.name(reason, path=("reason",))
    site = await find_site(work, location_id=location_id, owner_id=owner_id)
    asked = await _asked(work, site, lines)
    before = await _lock(work, list(asked))
    deltas = _deltas(before, list(asked.values()))
    changes = [
        Change(balance_id=balance.id, kind="adjustment", on_hand=delta, reason=reason)
        for balance, delta in deltas
    ]
    await change_balances(work, changes)
    value = await _adjust_costs(work, deltas)
    document = await write_document(
        work,
        kind="adjustment",
        site=site,
        reason=reason,
        changes=changes,
        balance_ids=[balance.id for balance in before],
    )
    await post_document(
        work,
        document,
        milestone="adjustment",
        contra="inventory_adjustment",
        site=site,
        value=value,
    )
    _tell(work, document, site, deltas, reason)
    return document


async def _asked(
    work: Work, site: Site, lines: Sequence[AdjustmentLine]
) -> dict[Place, Adjustment]:
    """What is asked of each place, in base units, in the order of the lines."""
    goods = await goods_of(work, {line.item_id for line in lines})
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


async def _adjust_costs(work: Work, deltas: Sequence[tuple[Balance, Decimal]]) -> int:
    """Let the cost follow the stock; gives what its value rose by, in minor units."""
    if not deltas:
        return 0
    costs = await lock_costs(work, {(balance.owner_id, balance.item_id) for balance, _ in deltas})
    found = [
        CostAdded(
            balance.owner_id,
            balance.item_id,
            delta,
            value_at_average(costs.get((balance.owner_id, balance.item_id), Cost()), delta),
        )
        for balance, delta in deltas
        if delta > 0
    ]
    lost = [
        CostOf(balance.owner_id, balance.item_id, -delta) for balance, delta in deltas if delta < 0
    ]
    await add_cost(work, found)
    return sum(each.value_minor for each in found) - sum(await take_cost(work, lost))


def _tell(
    work: Work,
    document: WrittenDocument,
    site: Site,
    deltas: Sequence[tuple[Balance, Decimal]],
    reason: str,
) -> None:
    if deltas:
        work.record(
            StockAdjusted(
                aggregate_id=document.document_id,
                number=document.number,
                location_id=site.location_id,
                owner_id=site.owner_id,
                item_ids=tuple(sorted({balance.item_id for balance, _ in deltas})),
            )
        )
    on_hand = [(balance.id, balance.on_hand, balance.on_hand + delta) for balance, delta in deltas]
    work.audit(
        "adjust_stock",
        subject="stock_document",
        subject_id=document.document_id,
        before={"on_hand": {str(balance_id): before for balance_id, before, _ in on_hand}},
        after={"on_hand": {str(balance_id): after for balance_id, _, after in on_hand}},
        reason=reason,
    )
