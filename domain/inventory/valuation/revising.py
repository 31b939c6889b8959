"""What goods cost is corrected after they came: freight and duty, invoices that differ, receipts
that count since an earlier day.

The part of goods still there goes to the stock, that of goods gone goes where their cost went, in
the legs of one journal of today; nothing is posted again."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, select, tuple_
from sqlalchemy.engine import Row

from domain.inventory.models import CostIssue, CostLayer, CostTaking
from domain.inventory.policies.cost_revision import Place
from domain.inventory.valuation.anew import Anew
from domain.inventory.valuation.book import CostBook, open_costs
from domain.inventory.valuation.costs import lock_costs
from domain.inventory.valuation.histories import histories
from domain.inventory.valuation.kinds import (
    INVENTORY,
    VARIANCE,
    Corrected,
    Key,
    Legs,
    Source,
)
from domain.inventory.valuation.passing_on import note_gone, passed_on, reached
from domain.kernel.errors import NotFound
from domain.kernel.money import share
from domain.kernel.work import Work

# The legs that a correction may have; a milestone that posts one has an account for each.
CORRECTION_LEGS = (
    INVENTORY,
    VARIANCE,
    *("cost_of_goods", "inventory_adjustment", "scrap", "sales_returns", "intercompany_cost"),
    *("goods_received", "kit_assembly"),
)
# Goods may come back and leave again: so often a correction follows them.
MOST_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class ReceiptChange:
    """That the goods of an owner's item that came by a document cost `difference_minor` more."""

    source: Source
    owner_id: int
    item_id: int
    difference_minor: int


@dataclass(frozen=True, slots=True)
class Revalued:
    """Where a difference went, by the legs of the books; they add up to it.
    `stock_by_item` is what of it went to the stock of each item, `corrected` what of it is of which
    goods that had left."""

    legs: Legs
    stock_by_item: Mapping[int, int]
    corrected: Sequence[Corrected] = ()

    @property
    def stock_minor(self) -> int:
        """What the value of the stock changed by."""
        return sum(amount for leg, amount in self.legs if leg == INVENTORY)


async def revalue_receipt(
    work: Work,
    *,
    source: Source,
    owner_id: int,
    item_id: int,
    difference_minor: int,
    cause: Source,
) -> Revalued:
    """The goods of an item that came by a document cost more (or less) than was booked. The caller
    posts the legs, caused by `cause`. Raises NotFound when none came by it."""
    change = ReceiptChange(source, owner_id, item_id, difference_minor)
    return await revalue_receipts(work, [change], cause=cause)


async def revalue_receipts(
    work: Work, changes: Sequence[ReceiptChange], *, cause: Source
) -> Revalued:
    """As revalue_receipt, of many receipts at once. What came of an item in several lines of one
    document bears its difference by what the lines cost."""
    wanted = {(*each.source, each.owner_id, each.item_id) for each in changes}
    columns = (CostLayer.source_kind, CostLayer.source_id, CostLayer.owner_id, CostLayer.item_id)
    rows = await work.rows(
        select(CostLayer.id, *columns, CostLayer.cost_minor, CostLayer.quantity)
        .where(
            CostLayer.tenant_id == work.tenant_id,
            tuple_(*columns).in_(wanted),
            CostLayer.standing == "valued",
        )
        .order_by(CostLayer.id)
    )
    differences: Counter[int] = Counter()
    for each in changes:
        place = (*each.source, each.owner_id, each.item_id)
        layers = [row for row in rows if tuple(row)[1:5] == place]
        if not layers:
            raise NotFound("receipt")
        weights = [Decimal(row.cost_minor) for row in layers]
        if min(weights) <= 0:
            weights = [row.quantity for row in layers]
        for row, part in zip(layers, share(each.difference_minor, weights), strict=True):
            differences[row.id] += part
    return await revalue_layers(work, differences, cause=cause)


async def revalue_layers(work: Work, differences: Mapping[int, int], *, cause: Source) -> Revalued:
    """Layers cost so much more (by layer id, minor units). Raises NotFound."""
    async with work.house():
        starts = await _starts(work, CostLayer.id.in_(differences))
    if not starts and differences:
        raise NotFound("layer")
    return await _revise(work, starts, dict(differences), cause)


async def settle_order(work: Work, layer_ids: Collection[int], *, cause: Source) -> Revalued:
    """Goods that came count since an earlier day: what left since then took of them. Gives what
    that corrects."""
    async with work.house():
        starts = await _starts(work, CostLayer.id.in_(layer_ids))
    return await _revise(work, starts, {}, cause)


async def lock_layers(work: Work, layer_ids: Collection[int]) -> None:
    """Lock the costs that a change of these layers may reach, for who draws a number before it."""
    async with work.house():
        starts = await _starts(work, CostLayer.id.in_(layer_ids))
        if starts:
            await lock_costs(work, await reached(work, starts))


async def _starts(work: Work, *conditions: ColumnElement[bool]) -> dict[Key, Place]:
    rows = await work.rows(
        select(
            CostLayer.owner_id, CostLayer.item_id, CostLayer.valued_on, CostLayer.position
        ).where(CostLayer.tenant_id == work.tenant_id, *conditions)
    )
    starts: dict[Key, Place] = {}
    for row in rows:
        key, place = (row.owner_id, row.item_id), (row.valued_on, row.position)
        starts[key] = min(starts.get(key, place), place)
    return starts


@dataclass(frozen=True, slots=True)
class _Told:
    """Where a difference went so far."""

    legs: Counter[str]
    items: Counter[int]
    corrected: list[Corrected]

    def of_issue(self, leg: str, issue: Row[Any], key: Key, amount: int) -> None:
        """What left by an issue (its row) cost so much more."""
        self.legs[leg] += amount
        source = Source(issue.source_kind, issue.source_id)
        self.corrected.append(Corrected(leg, key[0], source, key[1], amount))


async def _revise(
    work: Work, starts: Mapping[Key, Place], differences: Mapping[int, int], cause: Source
) -> Revalued:
    """Value anew, and again what goods that came back, or became kits, brought with them."""
    legs: Counter[str] = Counter()
    items: Counter[int] = Counter()
    corrected: list[Corrected] = []
    async with work.house():
        # All are locked at once, in their order; a book of theirs is opened for each round.
        every = await reached(work, starts) if starts else set()
        for _ in range(MOST_ROUNDS):
            if not starts:
                break
            starts, differences = await _one_round(
                work,
                await open_costs(work, every),
                starts,
                differences,
                cause,
                _Told(legs, items, corrected),
            )
    whole = tuple((leg, amount) for leg, amount in legs.items() if amount)
    return Revalued(whole, items, corrected)


async def _one_round(
    work: Work,
    book: CostBook,
    starts: Mapping[Key, Place],
    differences: Mapping[int, int],
    cause: Source,
    told: "_Told",
) -> tuple[Mapping[Key, Place], Mapping[int, int]]:
    """Value anew once, and tell of it; where it goes on, and with what."""
    before = {key: state.pool.value for key, state in book.states.items()}
    layers = await _layers(work, differences)
    anew = Anew(
        book,
        await histories(work, book.states, starts),
        layers,
        differences,
        await _taken_before(work, book, layers),
        cause,
        work.now.date(),
    )
    moved, variance = anew.revise(sorted(starts))
    passed = await passed_on(work, moved)
    for issue_id, part in passed.returned.items():
        book.changed_issues[issue_id]["returned_minor"] = part
    issues = {each.issue.id: each.issue for each in moved}
    for layer, part in passed.gone:
        note_gone(book, layer, part, work.now.date())
        told.of_issue(layer.leg, issues[layer.issue_id], (layer.owner_id, layer.item_id), part)
    await book.write(cause)
    told.legs[VARIANCE] += variance
    for each in moved:
        rest = each.difference - passed.by_issue.get(each.issue.id, 0)
        told.of_issue(each.issue.contra, each.issue, each.key, rest)
    for key, state in book.states.items():
        told.legs[INVENTORY] += state.pool.value - before[key]
        told.items[key[1]] += state.pool.value - before[key]
    # What goes on is in no leg yet: it is told by the next round.
    return await _starts(work, CostLayer.id.in_(passed.by_layer)), passed.by_layer


async def _layers(work: Work, differences: Mapping[int, int]) -> dict[int, Row[Any]]:
    rows = await work.rows(
        select(
            CostLayer.id,
            CostLayer.owner_id,
            CostLayer.item_id,
            CostLayer.position,
            CostLayer.quantity,
            CostLayer.cost_minor,
        ).where(CostLayer.tenant_id == work.tenant_id, CostLayer.id.in_(differences))
    )
    return {row.id: row for row in rows}


async def _taken_before(
    work: Work, book: CostBook, layers: Mapping[int, Row[Any]]
) -> dict[int, list[Row[Any]]]:
    """What took of layers that are older than their item's method, before that."""
    old = {
        row.id: book.states[row.owner_id, row.item_id].method_position
        for row in layers.values()
        if row.position <= book.states[row.owner_id, row.item_id].method_position
    }
    if not old:
        return {}
    rows = await work.rows(
        select(
            CostTaking.id.label("taking_id"),
            CostTaking.layer_id,
            CostTaking.quantity,
            CostIssue.id,
            CostIssue.position,
            CostIssue.contra,
            CostIssue.source_kind,
            CostIssue.source_id,
            CostIssue.cost_minor,
            CostIssue.returned,
        )
        .join(
            CostIssue,
            and_(CostIssue.tenant_id == CostTaking.tenant_id, CostIssue.id == CostTaking.issue_id),
        )
        .where(CostTaking.tenant_id == work.tenant_id, CostTaking.layer_id.in_(old))
        .order_by(CostIssue.position)
    )
    taken: dict[int, list[Row[Any]]] = {}
    for row in rows:
        if row.position <= old[row.layer_id]:
            taken.setdefault(row.layer_id, []).append(row)
    return taken
