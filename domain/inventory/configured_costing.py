"""How an entity values its stock as governed configuration: methods, standard costs, rules. The
object is the entity, known by its id."""

from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select

from domain.governance.kinds import Content, configurable
from domain.inventory.goods import goods_of
from domain.inventory.models import CostingMethod, CostingRule, ItemCost
from domain.inventory.models.valuation import METHODS
from domain.inventory.operations.costing import (
    KIND,
    NEGATIVE,
    set_costing_method,
    set_costing_rule,
    set_standard_costs,
)
from domain.inventory.valuation.documents import entity_currency
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.quantity import LARGEST, plain
from domain.kernel.work import Work

# What holds for all item groups that have no method of their own.
ALL_GROUPS = "*"
METHODS_PART, COSTS_PART = "methods", "standard_costs"
RULE = ("negative_stock", "approval_above_minor")


async def sound_costing(work: Work, key: str | None, proposal: Content) -> Content:
    """Methods by item group (`*` for all others; null: as those, or the average), standard costs by
    item id (major units; null: as it is), what may leave before its cost is booked, and the amount
    above which values need a yes. Raises InvalidInput, NotFound."""
    await entity_currency(work, entity_of(key))
    unknown = set(proposal) - {METHODS_PART, COSTS_PART, *RULE}
    if unknown or not proposal:
        raise InvalidInput("Say what is to change.", path=(METHODS_PART,))
    sound: Content = {}
    for group, method in (proposal.get(METHODS_PART) or {}).items():
        if method is not None:
            text.choice(str(method), METHODS, path=(METHODS_PART, group))
        sound.setdefault(METHODS_PART, {})[group] = method
    costs = proposal.get(COSTS_PART) or {}
    if costs:
        await goods_of(work, {_item_id(item) for item in costs})
        sound[COSTS_PART] = {item: _sound_cost(item, cost) for item, cost in costs.items()}
    if proposal.get("negative_stock") is not None:
        sound["negative_stock"] = text.choice(
            str(proposal["negative_stock"]), NEGATIVE, path=("negative_stock",)
        )
    if "approval_above_minor" in proposal:
        sound["approval_above_minor"] = _sound_limit(proposal["approval_above_minor"])
    return sound


def _sound_limit(value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10**15:
        raise InvalidInput("Must be zero or more.", path=("approval_above_minor",))
    return value


def _sound_cost(item: str, cost: Any) -> str | None:
    if cost is None:
        return None
    try:
        value = Decimal(str(cost))
    except InvalidOperation:
        value = Decimal(-1)
    if not (value.is_finite() and 0 <= value <= LARGEST):
        raise InvalidInput("Must be an amount of money.", path=(COSTS_PART, item))
    return f"{plain(value):f}"


def _item_id(item: str) -> int:
    if not item.isdecimal():
        raise NotFound("item")
    return int(item)


async def costing_as_it_is(work: Work, key: str | None, proposal: Content) -> Content:
    """What stands in the places of the proposal."""
    entity_id = entity_of(key)
    standing: Content = {}
    if METHODS_PART in proposal:
        standing[METHODS_PART] = await _methods(work, entity_id, proposal[METHODS_PART])
    if COSTS_PART in proposal:
        standing[COSTS_PART] = await _standards(work, entity_id, proposal[COSTS_PART])
    rule = await work.row(
        select(CostingRule.negative_stock, CostingRule.approval_above_minor).where(
            CostingRule.tenant_id == work.tenant_id, CostingRule.entity_id == entity_id
        )
    )
    for name, otherwise in zip(RULE, ("refuse", None), strict=True):
        if name in proposal:
            standing[name] = otherwise if rule is None else getattr(rule, name)
    return standing


async def _methods(work: Work, entity_id: int, wanted: Content) -> Content:
    rows = await work.rows(
        select(CostingMethod.item_group, CostingMethod.method)
        .where(
            CostingMethod.tenant_id == work.tenant_id,
            CostingMethod.entity_id == entity_id,
            CostingMethod.effective_from <= work.now.date(),
        )
        .order_by(CostingMethod.effective_from)
    )
    found = {row.item_group or ALL_GROUPS: row.method for row in rows}
    return {group: found.get(group) for group in wanted}


async def _standards(work: Work, entity_id: int, wanted: Content) -> Content:
    rows = await work.rows(
        select(ItemCost.item_id, ItemCost.standard_cost).where(
            ItemCost.tenant_id == work.tenant_id,
            ItemCost.owner_id == entity_id,
            ItemCost.item_id.in_({_item_id(item) for item in wanted}),
            ItemCost.standard_cost.is_not(None),
        )
    )
    found = {str(row.item_id): f"{plain(row.standard_cost):f}" for row in rows}
    return {item: found.get(item) for item in wanted}


@configurable(
    KIND,
    title="Valuation of stock",
    process="close",
    validate=sound_costing,
    snapshot=costing_as_it_is,
    keyed=(METHODS_PART, COSTS_PART),
)
async def apply_costing(work: Work, key: str | None, proposal: Content) -> str:
    """Settle it so; standards before methods, so that stock comes to stand at them."""
    entity_id = entity_of(key)
    if proposal.get(COSTS_PART):
        costs = {_item_id(item): Decimal(c) for item, c in proposal[COSTS_PART].items() if c}
        # A standard that was not there before stays: it is only in use where a method says so.
        if costs:
            await set_standard_costs(work, entity_id=entity_id, costs=costs)
    methods = proposal.get(METHODS_PART) or {}
    standing = (await _methods(work, entity_id, {ALL_GROUPS: None}))[ALL_GROUPS]
    otherwise = methods.get(ALL_GROUPS, standing) or "average"
    for group, method in methods.items():
        await set_costing_method(
            work,
            entity_id=entity_id,
            method=method or otherwise,
            item_group=None if group == ALL_GROUPS else group,
        )
    if set(RULE) & set(proposal):
        rule = await costing_as_it_is(work, key, dict.fromkeys(RULE))
        await set_costing_rule(
            work, entity_id=entity_id, **(rule | {n: proposal[n] for n in RULE if n in proposal})
        )
    return str(entity_id)


def entity_of(key: str | None) -> int:
    """The entity's row id. Raises NotFound."""
    if key is None or not key.isdecimal():
        raise NotFound("legal entity")
    return int(key)
