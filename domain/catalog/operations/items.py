"""Items are created, changed, and activated after review."""

from collections.abc import Mapping
from typing import Any, Unpack

from sqlalchemy import insert, update
from sqlalchemy.engine import Row

from domain.catalog.events import ItemActivated, ItemChanged, ItemCreated
from domain.catalog.models import Item, ItemUnit
from domain.catalog.outcomes import BaseUnitInUse
from domain.catalog.policy import ItemFields, sound_item
from domain.catalog.usage import uses_of_base_unit
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.permissions import operation
from domain.kernel.records import change_record, lock_record, make_record
from domain.kernel.work import Work

# How an item's stock is told apart, and whether it has any.
HOW_STOCKED = ("tracking", "kind")


@operation("catalog.manage")
async def create_item(work: Work, **fields: Unpack[ItemFields]) -> int:
    """A new item: sku, name and base_unit are needed; returns its id.

    Every quantity of it is kept in the base unit. Raises InvalidInput, CodeTaken."""
    for name in ("sku", "name", "base_unit"):
        if fields.get(name) is None:
            raise InvalidInput("Is needed.", path=(name,))
    values = sound_item(fields)
    _require_kit_untracked(values)
    item_id = await make_record(work, Item, values, kind="item", code="sku")
    await work.execute(
        insert(ItemUnit).values(
            tenant_id=work.tenant_id,
            item_id=item_id,
            unit=values["base_unit"],
            numerator=1,
            denominator=1,
        )
    )
    status = values.get("status", "active")
    work.record(ItemCreated(aggregate_id=item_id, sku=values["sku"], status=status))
    work.audit("create_item", subject="item", subject_id=item_id, after=values)
    return item_id


@operation("catalog.manage")
async def update_item(
    work: Work,
    *,
    item_id: int,
    expected_version: int | None = None,
    **fields: Unpack[ItemFields],
) -> None:
    """Change the given fields; the base unit only while nothing counts in it, the tracking and
    the kind only before there is stock.

    Raises InvalidInput, NotFound, StaleVersion, CodeTaken, BaseUnitInUse, InvalidState."""
    values = sound_item(fields)
    row = await lock_record(work, Item, item_id, kind="item", expected_version=expected_version)
    if values.get("base_unit", row.base_unit) != row.base_unit:
        await _change_base_unit(work, row, values["base_unit"])
    if any(values.get(name, getattr(row, name)) != getattr(row, name) for name in HOW_STOCKED):
        _require_kit_untracked({**row._mapping, **values})
        await _require_no_stock(work, row)
    before = await change_record(work, Item, row, values, kind="item", code="sku")
    if before:
        work.record(ItemChanged(aggregate_id=item_id, changed=tuple(sorted(before))))
        work.audit(
            "update_item",
            subject="item",
            subject_id=item_id,
            before=before,
            after={name: values[name] for name in before},
        )


@operation("catalog.manage")
async def activate_item(work: Work, *, item_id: int, expected_version: int | None = None) -> None:
    """A draft item has been reviewed: it may be sold now.

    Raises NotFound, StaleVersion, InvalidState (state, allowed)."""
    row = await lock_record(work, Item, item_id, kind="item", expected_version=expected_version)
    if row.status != "draft":
        message = f"The item is {row.status}; only a draft is activated."
        raise InvalidState(message, state=row.status, allowed=["update"])
    await change_record(work, Item, row, {"status": "active"}, kind="item")
    work.record(ItemActivated(aggregate_id=item_id, sku=row.sku))
    work.audit(
        "activate_item",
        subject="item",
        subject_id=item_id,
        before={"status": "draft"},
        after={"status": "active"},
    )


def _require_kit_untracked(values: Mapping[str, Any]) -> None:
    """A kit without stock of its own has no pieces to tell apart; its components have."""
    if values.get("kind") == "kit" and values.get("tracking", "none") != "none":
        raise InvalidInput("A kit is not tracked; its components are.", path=("tracking",))


async def _require_no_stock(work: Work, row: Row[Any]) -> None:
    """Stock without lots could not be told apart afterwards, nor lots be forgotten."""
    if "stock" in await uses_of_base_unit(work, item_id=row.id, base_unit=row.base_unit):
        message = f"There is, or was, stock of {row.sku}; it stays stocked as it is."
        raise InvalidState(message, state=row.tracking, allowed=[])


async def _change_base_unit(work: Work, row: Row[Any], base_unit: str) -> None:
    used_by = await uses_of_base_unit(work, item_id=row.id, base_unit=row.base_unit)
    if used_by:
        raise BaseUnitInUse(
            f"The base unit {row.base_unit} is used by {', '.join(used_by)}.",
            path=("base_unit",),
            item_id=row.id,
            base_unit=row.base_unit,
            used_by=used_by,
        )
    await work.execute(
        update(ItemUnit)
        .where(
            ItemUnit.tenant_id == work.tenant_id,
            ItemUnit.item_id == row.id,
            ItemUnit.unit == row.base_unit,
        )
        .values(unit=base_unit)
    )
