"""Goods come back at what they cost when they left: into the stock, or to be got rid of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Row

from domain.inventory.models import CostIssue, CostLayer
from domain.inventory.outcomes import ReturnedMore
from domain.inventory.policy import ZERO, Cost, value_at_average
from domain.inventory.valuation.book import CostBook, open_costs
from domain.inventory.valuation.kinds import CostAdded, Entered, Key, Source
from domain.inventory.valuation.profits import ProfitsBack
from domain.inventory.valuation.records import new_layer
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Issue:
    """What left of an item by a document and what that cost by now; and what of both has come
    back."""

    quantity: Decimal
    value_minor: int
    returned: Decimal
    returned_minor: int


@dataclass(frozen=True, slots=True)
class Returned:
    """A quantity (base units) of an item that comes back into an owner's stock; `issue` is the
    document by which it had left (None: not known)."""

    owner_id: int
    item_id: int
    quantity: Decimal
    issue: Source | None

    @property
    def key(self) -> Key:
        """The cost row it belongs to."""
        return self.owner_id, self.item_id


async def cost_of_issue(
    reader: Reader, source: Source, item_ids: Collection[int] | None = None
) -> dict[int, Issue]:
    """What of each item left by a document, and what it cost by now, in the books of its owners."""
    columns = ("quantity", "cost_minor", "returned", "returned_minor")
    statement = select(CostIssue.item_id, *(getattr(CostIssue, name) for name in columns)).where(
        CostIssue.tenant_id == reader.tenant_id,
        CostIssue.source_kind == source.kind,
        CostIssue.source_id == source.id,
    )
    if item_ids is not None:
        statement = statement.where(CostIssue.item_id.in_(item_ids))
    found: dict[int, Issue] = {}
    async with reader.house() as house:
        rows = await house.rows(statement)
    for row in rows:
        one = found.get(row.item_id, Issue(ZERO, 0, ZERO, 0))
        found[row.item_id] = Issue(
            one.quantity + row.quantity,
            one.value_minor + row.cost_minor,
            one.returned + row.returned,
            one.returned_minor + row.returned_minor,
        )
    return found


async def return_cost(work: Work, returned: Sequence[Returned], *, source: Source) -> list[Entered]:
    """Goods come back by one document, each at its share of what it cost when it left: with the
    last unit all of that has come back. Without an issue they come at what such goods are worth.

    Gives what each did to the books: its value_minor is what the goods cost, against cost of
    goods. Raises ReturnedMore when more comes back than left."""
    book = await open_costs(work, {each.key for each in returned})
    # Locked by the costs of their items: whatever changes an issue locks those.
    issues = await _issues(work, returned)
    profits = await ProfitsBack.of(work, [each for some in issues.values() for each in some])
    entered = []
    for each in returned:
        if each.issue is None:
            value = book.worth(each.key, each.quantity)
            entered.append([book.add(CostAdded(*each.key, each.quantity, value))])
            continue
        taken = _back(issues.get((each.issue, *each.key), []), each)
        entered.append(
            [
                book.add(
                    CostAdded(
                        *each.key,
                        quantity,
                        value,
                        profit_minor=profits.take(issue, quantity),
                        issue_id=issue["id"],
                    )
                )
                for issue, quantity, value in taken
            ]
        )
        _count(book, taken)
    await book.write(source)
    return [_together(some) for some in entered]


async def return_gone(
    work: Work, returned: Sequence[Returned], *, leg: str, source: Source
) -> list[int]:
    """Goods come back by one document and into no stock (scrapped, sent to the supplier), each at
    its share of what it cost when it left; what each cost. The caller posts that to `leg`, where
    later corrections of it go as well. What no issue tells of costs nothing.

    Raises ReturnedMore when more comes back than left."""
    book = await open_costs(work, {each.key for each in returned})
    issues = await _issues(work, returned)
    today = work.now.date()
    values, rows = [], []
    for each in returned:
        left = issues.get((each.issue, *each.key)) if each.issue else None
        taken = _back(left, each) if left else []
        _count(book, taken)
        values.append(sum(value for _, _, value in taken))
        state = book.states[each.key]
        rows += [
            new_layer(state, quantity, state.day(today), state.next_position())
            | {
                "cost_minor": value,
                "issue_id": issue["id"],
                "booked_on": func.costs_booked_on(work.tenant_id, each.owner_id, today),
            }
            for issue, quantity, value in taken
        ]
    await book.write(source)
    same = {
        "tenant_id": work.tenant_id,
        "standing": "gone",
        "leg": leg,
        "value_left_minor": 0,
        "source_kind": source.kind,
        "source_id": source.id,
        "quantity_left": ZERO,
        "created_at": work.now,
    }
    if rows:
        async with work.house():
            await work.execute(insert(CostLayer).values([row | same for row in rows]))
    return values


def _count(book: CostBook, taken: Sequence[tuple[dict[str, Any], Decimal, int]]) -> None:
    for issue, quantity, value in taken:
        change = book.changed_issues.setdefault(
            issue["id"], {"id": issue["id"], "returned": ZERO, "returned_minor": 0}
        )
        change["returned"] += quantity
        change["returned_minor"] += value


def _together(entered: Sequence[Entered]) -> Entered:
    corrected: dict[str, int] = {}
    for each in entered:
        for leg, amount in each.corrected.items():
            corrected[leg] = corrected.get(leg, 0) + amount
    return Entered(
        sum(each.stock_minor for each in entered),
        sum(each.variance_minor for each in entered),
        corrected,
    )


async def _issues(
    work: Work, returned: Sequence[Returned]
) -> dict[tuple[Source, int, int], list[dict[str, Any]]]:
    sources = {each.issue for each in returned if each.issue is not None}
    if not sources:
        return {}
    columns = ("id", "owner_id", "item_id", "source_kind", "source_id", "quantity", "cost_minor")
    async with work.house():
        rows: Sequence[Row[Any]] = await work.rows(
            select(
                *(getattr(CostIssue, name) for name in columns),
                CostIssue.returned,
                CostIssue.returned_minor,
            )
            .where(
                CostIssue.tenant_id == work.tenant_id,
                CostIssue.source_kind.in_({source.kind for source in sources}),
                CostIssue.source_id.in_({source.id for source in sources}),
                CostIssue.item_id.in_({each.item_id for each in returned}),
            )
            .order_by(CostIssue.id)
        )
    found: dict[tuple[Source, int, int], list[dict[str, Any]]] = {}
    for row in rows:
        place = (Source(row.source_kind, row.source_id), row.owner_id, row.item_id)
        found.setdefault(place, []).append(row._asdict())
    return found


def _back(
    issues: Sequence[dict[str, Any]], wanted: Returned
) -> list[tuple[dict[str, Any], Decimal, int]]:
    """Of which issues a quantity comes back, and at which value; they are brought up to it."""
    rest = wanted.quantity
    taken = []
    for issue in issues:
        left = issue["quantity"] - issue["returned"]
        part = min(rest, left)
        if part <= 0:
            continue
        value = _share(issue["cost_minor"] - issue["returned_minor"], part, left)
        issue["returned"] += part
        issue["returned_minor"] += value
        rest -= part
        taken.append((issue, part, value))
    if rest > 0:
        raise ReturnedMore(
            f"{plain(wanted.quantity)} would come back, {plain(wanted.quantity - rest)} is out.",
            item_id=wanted.item_id,
            requested=plain(wanted.quantity),
            available=plain(wanted.quantity - rest),
        )
    return taken


def _share(value: int, part: Decimal, of: Decimal) -> int:
    return value_at_average(Cost(of, value), part)
