"""What an issue costs more is passed on where its goods went on within the stock: into kits, or
back from the customer."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select, text, tuple_
from sqlalchemy.engine import Row

from domain.inventory.models import CostLayer
from domain.inventory.policy import Cost, value_at_average
from domain.inventory.valuation.anew import Moved
from domain.inventory.valuation.book import CostBook
from domain.inventory.valuation.kinds import Key
from domain.inventory.valuation.records import stock_change
from domain.kernel.money import share
from domain.kernel.reading import Reader

INTO_KITS = "kit_assembly"
# All items whose stock what happens to some may reach: through kits, and kits of kits.
_REACHED = text("""
    WITH RECURSIVE reached(owner_id, item_id) AS (
        SELECT * FROM unnest(CAST(:owners AS bigint[]), CAST(:items AS bigint[]))
        UNION
        SELECT l.owner_id, l.item_id FROM reached r
        JOIN cost_issue i ON i.tenant_id = :tenant AND i.owner_id = r.owner_id
            AND i.item_id = r.item_id AND (i.contra = 'kit_assembly' OR i.returned > 0)
        JOIN cost_layer l ON l.tenant_id = :tenant AND l.standing = 'valued'
            AND ((i.contra = 'kit_assembly' AND l.source_kind = i.source_kind
                  AND l.source_id = i.source_id) OR l.issue_id = i.id)
    )
    SELECT owner_id, item_id FROM reached
""")


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What of the issues' differences goes on: to which layers, and what of each issue's is for
    goods that came back; `gone` are the layers of those that came back into no stock, and what
    each bears."""

    by_layer: Mapping[int, int]
    by_issue: Mapping[int, int]
    returned: Mapping[int, int]
    gone: Sequence[tuple[Row[Any], int]] = ()


async def reached(reader: Reader, keys: Collection[Key]) -> set[Key]:
    """The items themselves, and all that a change of theirs may go on to."""
    wanted = sorted(keys)
    rows = await reader.rows(
        _REACHED,
        {
            "tenant": reader.tenant_id,
            "owners": [owner_id for owner_id, _ in wanted],
            "items": [item_id for _, item_id in wanted],
        },
    )
    return {(row.owner_id, row.item_id) for row in rows}


async def passed_on(reader: Reader, moved: Sequence[Moved]) -> PassedOn:
    """Where the differences of issues go on to."""
    kits = {_source(each): each for each in moved if each.issue.contra == INTO_KITS}
    back = {each.issue.id: _of_returned(each) for each in moved}
    back = {issue_id: part for issue_id, part in back.items() if part}
    if not kits and not back:
        return PassedOn({}, {}, {})
    rows = await reader.rows(
        select(
            CostLayer.id,
            CostLayer.source_kind,
            CostLayer.source_id,
            CostLayer.issue_id,
            CostLayer.quantity,
            CostLayer.cost_minor,
            CostLayer.owner_id,
            CostLayer.item_id,
            CostLayer.leg,
        )
        .where(
            CostLayer.tenant_id == reader.tenant_id,
            CostLayer.standing.in_(("valued", "gone")),
            or_(
                tuple_(CostLayer.source_kind, CostLayer.source_id).in_(kits),
                CostLayer.issue_id.in_(back),
            ),
        )
        .order_by(CostLayer.id)
    )
    by_layer: dict[int, int] = defaultdict(int)
    by_issue: dict[int, int] = defaultdict(int)
    for each in moved:
        if each.issue.contra == INTO_KITS:
            made = [
                row
                for row in rows
                if (row.source_kind, row.source_id) == _source(each) and not row.leg
            ]
            _spread(each.issue.id, each.difference, made, by_layer, by_issue)
        elif each.issue.id in back:
            came = [row for row in rows if row.issue_id == each.issue.id]
            _spread(each.issue.id, back[each.issue.id], came, by_layer, by_issue)
    gone = [(row, by_layer.pop(row.id)) for row in rows if row.leg and row.id in by_layer]
    return PassedOn(by_layer, by_issue, back, gone)


def note_gone(book: CostBook, layer: Row[Any], part: int, today: date) -> None:
    """Goods that came back into no stock cost so much more: the stock is worth what it was."""
    state = book.states[layer.owner_id, layer.item_id]
    book.recosted[layer.id] = layer.cost_minor + part
    book.changes.append(
        stock_change(
            state.key,
            0,
            leg=layer.leg,
            valued_on=today,
            position=state.next_position(),
            layer=layer.id,
            kind="layer",
        )
    )


def _source(moved: Moved) -> tuple[str, int]:
    return moved.issue.source_kind, moved.issue.source_id


def _of_returned(moved: Moved) -> int:
    """What of a difference is for goods that came back: as much of it as of them."""
    row = moved.issue
    if not row.returned or not moved.difference:
        return 0
    part = value_at_average(Cost(row.quantity, abs(moved.difference)), row.returned)
    return part if moved.difference > 0 else -part


def _spread(
    issue_id: int,
    difference: int,
    layers: Sequence[Row[Any]],
    by_layer: dict[int, int],
    by_issue: dict[int, int],
) -> None:
    if not layers:
        return
    weights = [Decimal(row.cost_minor) for row in layers]
    if min(weights) <= 0:
        weights = [row.quantity for row in layers]
    for row, part in zip(layers, share(difference, weights), strict=True):
        by_layer[row.id] += part
    by_issue[issue_id] += difference
