"""Locks that are taken before anything is decided: what locations can still take on today, and
the stock. Capacity comes before stock, like everywhere."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    any_,
    bindparam,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONPATH

from domain.allocation.models import AllocationPolicy, AllocationPolicyContent
from domain.entities.models import Location
from domain.inventory.balances import NEW
from domain.inventory.models import StockBalance
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader
from domain.kernel.work import Work

_TENANT = bindparam("tenant", type_=Integer)
_NOW = bindparam("now", type_=DateTime(timezone=True))
ASKS_CAPACITY = '$.** ? (@.kind == "capacity" || @.criteria[*] == "capacity")'


def _limited(*more: ColumnElement[bool]) -> Select[Any]:
    """The locations that can take on only so much in a day, locked one after the other. Whoever
    writes a row that refers to one of them does not wait."""
    has_limit = or_(Location.orders_per_day.is_not(None), Location.units_per_day.is_not(None))
    return (
        select(Location.id)
        .where(Location.tenant_id == _TENANT, has_limit, *more)
        .order_by(Location.id)
        .with_for_update(key_share=True)
    )


def _is_asked() -> ColumnElement[bool]:
    """Whether a policy that is in effect asks what locations can take on."""
    policy, content = AllocationPolicy, AllocationPolicyContent
    return (
        select(policy.id)
        .join(content, (content.tenant_id == policy.tenant_id) & (content.policy_id == policy.id))
        .where(
            policy.tenant_id == _TENANT,
            content.tenant_id == _TENANT,
            policy.status == "active",
            policy.effective_from <= _NOW,
            or_(policy.effective_to.is_(None), policy.effective_to > _NOW),
            func.jsonb_path_exists(content.definition, cast(ASKS_CAPACITY, JSONPATH)),
        )
        .exists()
    )


def _locks_ahead() -> Select[Any]:
    """The stock of items, once the locations are locked: what does not depend on a row of stock
    is looked at before any of them."""
    locations = _limited(_is_asked()).subquery()
    all_locked = select(func.count()).select_from(locations).scalar_subquery() >= 0
    return (
        select(StockBalance.id)
        .where(
            StockBalance.tenant_id == _TENANT,
            StockBalance.item_id == any_(bindparam("items", type_=ARRAY(BigInteger))),
            StockBalance.condition == NEW,
            all_locked,
        )
        .order_by(StockBalance.id)
        .with_for_update(of=StockBalance)
    )


_LOCK_CAPACITY = Prepared(_limited())
_LOCK_AHEAD = Prepared(_locks_ahead())


async def lock_capacity(reader: Reader) -> None:
    """Lock the locations with a limit for each other's decisions: what is read of their load
    afterwards stays true until the end of the work."""
    await reader.rows(_LOCK_CAPACITY, {"tenant": reader.tenant_id})


async def lock_ahead(work: Work, item_ids: Collection[int]) -> None:
    """Lock all that serving orders over these items takes, in one statement, for whoever has to
    touch the stock before it is decided: the locations with a limit, if a policy asks for their
    capacity, then all balances of the items in new condition."""
    if item_ids:
        asked = {"tenant": work.tenant_id, "now": work.now, "items": sorted(set(item_ids))}
        await work.rows(_LOCK_AHEAD, asked)
