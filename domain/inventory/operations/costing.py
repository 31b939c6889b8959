"""How stock is valued is settled: methods, standard costs, and what may happen to values. What
that changes of the stock there is is booked with it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.inventory.goods import goods_of
from domain.inventory.models import CostingMethod, CostingRule
from domain.inventory.models.valuation import METHODS
from domain.inventory.policies.cost_pools import STANDARD
from domain.inventory.valuation.book import CostBook, open_costs
from domain.inventory.valuation.documents import entity_currency
from domain.inventory.valuation.methods import actual_costs, change_method, chosen_methods
from domain.inventory.valuation.revaluations import (
    METHOD,
    Line,
    book_document,
    new_document,
    set_value,
)
from domain.inventory.valuation.revaluations import STANDARD as NEW_STANDARD
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.governing import require_open, require_variant_allowed
from domain.kernel.permissions import operation
from domain.kernel.quantity import LARGEST
from domain.kernel.turns import take_turn
from domain.kernel.work import Work

KIND = "costing"
NEGATIVE = ("refuse", "last_cost")


@operation("inventory.manage")
async def set_costing_method(
    work: Work, *, entity_id: int, method: str, item_group: str | None = None
) -> int:
    """From today on an entity values an item group (all that have no method of their own, without
    one) by `average`, `fifo` or `standard`. What the stock there is is worth by it is booked.

    Gives the setting's id. Raises NotFound, InvalidInput, ChangeRequestRequired,
    VariantNotAllowed."""
    await require_open(work, KIND)
    await require_variant_allowed(work, KIND, "entity")
    text.choice(method, METHODS, path=("method",))
    item_group = text.optional(item_group, path=("item_group",))
    await entity_currency(work, entity_id)
    # Of two at once the second would not see what the first has settled for some of the items.
    await take_turn(work, f"costing methods of {entity_id}")
    fields = {"method": method, "created_at": work.now}
    made = insert(CostingMethod).values(
        tenant_id=work.tenant_id,
        entity_id=entity_id,
        item_group=item_group,
        effective_from=work.now.date(),
        **fields,
    )
    setting_id = await work.value(
        made.on_conflict_do_update(
            index_elements=["tenant_id", "entity_id", "item_group", "effective_from"], set_=fields
        ).returning(CostingMethod.id)
    )
    work.audit(
        "set_costing_method",
        subject="costing_method",
        subject_id=setting_id,
        after={"entity_id": entity_id, "item_group": item_group, "method": method},
    )
    await _change_methods(work, entity_id)
    return int(setting_id)


async def _change_methods(work: Work, entity_id: int) -> None:
    """Value every item by the method that is settled for it, under one document."""
    found = await chosen_methods(work, work, entity_id)
    wanted = {each.key: each.settled for each in found if each.settled != each.used}
    if not wanted:
        return
    book = await open_costs(work, wanted)
    actual = await actual_costs(work, wanted)
    lines = [
        change_method(book, book.states[key], method, actual) for key, method in wanted.items()
    ]
    await _book(work, book, METHOD, entity_id, lines, reason="another method")


@operation("inventory.manage")
async def set_standard_costs(work: Work, *, entity_id: int, costs: Mapping[int, Decimal]) -> None:
    """What a base unit of items is to cost, in major units of the entity's currency, from today
    on. Stock that is valued at standard is worth that at once.

    Raises NotFound, InvalidInput, ChangeRequestRequired, VariantNotAllowed."""
    await require_open(work, KIND)
    await require_variant_allowed(work, KIND, "entity")
    if not 1 <= len(costs) <= 1000:
        raise InvalidInput("Give 1 to 1,000 items.", path=("costs",))
    for place, cost in enumerate(costs.values()):
        if not (cost.is_finite() and 0 <= cost <= LARGEST):
            raise InvalidInput("Must be an amount of money.", path=("costs", place))
    await entity_currency(work, entity_id)
    await goods_of(work, costs)
    book = await open_costs(work, {(entity_id, item_id) for item_id in costs})
    before = {str(key[1]): state.standard for key, state in book.states.items()}
    lines = [_at_standard(book, entity_id, item_id, cost) for item_id, cost in costs.items()]
    work.audit(
        "set_standard_costs",
        subject="legal_entity",
        subject_id=entity_id,
        before=before,
        after={str(item_id): cost for item_id, cost in costs.items()},
    )
    await _book(work, book, NEW_STANDARD, entity_id, lines, reason="another standard")


def _at_standard(book: CostBook, entity_id: int, item_id: int, cost: Decimal) -> Line:
    state = book.states[entity_id, item_id]
    before = state.pool.value
    state.standard = cost
    state.is_changed = True
    after = before
    if state.pool.method == STANDARD and state.pool.quantity > 0:
        after = state.at_unit(state.pool.quantity, cost)
        set_value(book, state, after, leg="revaluation")
    return Line(item_id, cost, state.pool.quantity, before, after)


async def _book(
    work: Work, book: CostBook, kind: str, entity_id: int, lines: Sequence[Line], *, reason: str
) -> None:
    document_id, number = await new_document(work, kind=kind, entity_id=entity_id, reason=reason)
    await book_document(
        work,
        book,
        document_id=document_id,
        number=number,
        kind=kind,
        entity_id=entity_id,
        reason=reason,
        lines=lines,
    )


@operation("inventory.manage")
async def set_costing_rule(
    work: Work,
    *,
    entity_id: int,
    negative_stock: str = "refuse",
    approval_above_minor: int | None = None,
) -> int:
    """What an entity lets happen: goods whose cost is not booked leave at the `last_cost`, or do
    not leave (`refuse`); and above which amount (minor units; None: never) a change of value by
    hand needs a yes. Gives the rule's id.

    Raises NotFound, InvalidInput, ChangeRequestRequired, VariantNotAllowed."""
    await require_open(work, KIND)
    await require_variant_allowed(work, KIND, "entity")
    text.choice(negative_stock, NEGATIVE, path=("negative_stock",))
    if approval_above_minor is not None and not 0 <= approval_above_minor <= 10**15:
        raise InvalidInput("Must be zero or more.", path=("approval_above",))
    await entity_currency(work, entity_id)
    fields: dict[str, Any] = {
        "negative_stock": negative_stock,
        "approval_above_minor": approval_above_minor,
    }
    standing = select(*CostingRule.__table__.c).where(
        CostingRule.tenant_id == work.tenant_id, CostingRule.entity_id == entity_id
    )
    before = await work.row(standing.with_for_update())
    made = insert(CostingRule).values(
        tenant_id=work.tenant_id, entity_id=entity_id, created_at=work.now, **fields
    )
    rule_id = await work.value(
        made.on_conflict_do_update(
            index_elements=["tenant_id", "entity_id"],
            set_={**fields, "version": CostingRule.version + 1},
        ).returning(CostingRule.id)
    )
    work.audit(
        "set_costing_rule",
        subject="costing_rule",
        subject_id=rule_id,
        before=None if before is None else {name: getattr(before, name) for name in fields},
        after=fields,
    )
    return int(rule_id)
