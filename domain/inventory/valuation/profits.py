"""Profit of other entities of the house goes with the goods: from the layers that are taken to
those that these goods become. Amounts in minor units of the owner's books."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, Self

from sqlalchemy import func, select

from domain.inventory.models import CostLayer, CostTaking
from domain.inventory.policy import Cost, value_at_average
from domain.inventory.valuation.book import CostBook
from domain.kernel.reading import Reader


def portion(amount_minor: int, part: Decimal, whole: Decimal) -> int:
    """What of a profit (or a loss, below zero) is that of a part of the goods."""
    value = value_at_average(Cost(whole, abs(amount_minor)), part)
    return value if amount_minor > 0 else -value


async def profits_taken(book: CostBook) -> dict[int, int]:
    """What of the goods that were taken by a book that is not written yet is profit of the house:
    by the issue's key in the book, -1 the first. Nothing is sent where nothing was there before."""
    layers = {taking["layer"] for taking in book.takings if taking["layer"] > 0}
    if not layers:
        return {}
    async with book.work.house():
        rows = await book.work.rows(
            select(
                CostLayer.id, CostLayer.quantity, CostLayer.quantity_left, CostLayer.profit_minor
            ).where(
                CostLayer.tenant_id == book.work.tenant_id,
                CostLayer.id.in_(sorted(layers)),
                CostLayer.profit_minor != 0,
            )
        )
    known = {row.id: row for row in rows}
    left = {row.id: row.quantity_left for row in rows}
    found: dict[int, int] = {}
    for taking in book.takings:
        if (row := known.get(taking["layer"])) is None:
            continue
        before = left[row.id]
        after = left[row.id] = before - taking["quantity"]
        stays = portion(row.profit_minor, after, row.quantity)
        profit = portion(row.profit_minor, before, row.quantity) - stays
        found[taking["issue"]] = found.get(taking["issue"], 0) + profit
    return found


async def profits_of_issues(reader: Reader, issue_ids: Collection[int]) -> Mapping[int, int]:
    """What of the goods that left by issues was profit of the house; those without are left
    out."""
    if not issue_ids:
        return {}
    layer, taking = CostLayer, CostTaking
    profit: Any = func.sum(layer.profit_minor * taking.quantity / layer.quantity)
    async with reader.house() as house:
        rows = await house.rows(
            select(taking.issue_id, func.round(profit, 0).label("profit"))
            .join(layer, (layer.tenant_id == taking.tenant_id) & (layer.id == taking.layer_id))
            .where(
                taking.tenant_id == reader.tenant_id,
                taking.issue_id.in_(sorted(issue_ids)),
                layer.profit_minor != 0,
            )
            .group_by(taking.issue_id)
        )
    return {row.issue_id: int(row.profit) for row in rows}


class ProfitsBack:
    """What comes back of the profit that left with issues, part by part: with the last of an issue
    all of it has."""

    def __init__(self, profits: Mapping[int, int], back: Mapping[int, Decimal]) -> None:
        self._profits, self._back = profits, dict(back)

    @classmethod
    async def of(cls, reader: Reader, issues: Sequence[Mapping[str, Any]]) -> Self:
        """Of issues with what of each is back so far (`returned`); one statement."""
        back = {issue["id"]: issue["returned"] for issue in issues}
        return cls(await profits_of_issues(reader, back), back)

    def take(self, issue: Mapping[str, Any], part: Decimal) -> int:
        """What comes back with a part of an issue."""
        before = self._back[issue["id"]]
        after = self._back[issue["id"]] = before + part
        profit, whole = self._profits.get(issue["id"], 0), issue["quantity"]
        return portion(profit, after, whole) - portion(profit, before, whole)
