"""What a kit is made of is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from domain.catalog.events import ItemChanged
from domain.catalog.kits import components_of, lock_kits, reachable
from domain.catalog.models import Item, ItemUnit, KitComponent
from domain.catalog.outcomes import KitOfItself
from domain.catalog.policy import same_unit
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.quantity import LARGEST, Conversion, QuantityNotExact, to_base
from domain.kernel.records import lock_record
from domain.kernel.work import Work

MOST_COMPONENTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentLine:
    """How many of a unit (its base unit if absent) of an item go into one base unit of a kit."""

    item_id: int
    quantity: Decimal
    unit: str | None = None


@operation("catalog.manage")
async def set_kit_components(
    work: Work,
    *,
    item_id: int,
    components: Sequence[ComponentLine],
    expected_version: int | None = None,
) -> None:
    """Tell what one base unit of an item is made of; without components it is no kit any more.

    It replaces what was told before. Orders that stand keep what they were placed with. Raises
    NotFound, InvalidInput, QuantityNotExact, StaleVersion, KitOfItself."""
    if len(components) > MOST_COMPONENTS:
        raise InvalidInput(f"At most {MOST_COMPONENTS} components.", path=("components",))
    await lock_kits(work)
    kit = await lock_record(work, Item, item_id, kind="item", expected_version=expected_version)
    bill = _bill(components, await _units(work, {each.item_id for each in components}))
    await _refuse_circle(work, kit, bill)
    before = (await components_of(work, [item_id])).get(item_id, {})
    if before == bill:
        return
    await _write(work, item_id, bill)
    work.record(ItemChanged(aggregate_id=item_id, changed=("components",)))
    work.audit(
        "set_kit_components",
        subject="item",
        subject_id=item_id,
        before={"components": _named(before)},
        after={"components": _named(bill)},
    )


def _bill(
    components: Sequence[ComponentLine], units: Mapping[int, Mapping[str, Conversion]]
) -> dict[int, Decimal]:
    bill: dict[int, Decimal] = {}
    for number, each in enumerate(components):
        path = ("components", number, "quantity")
        if each.item_id not in units:
            raise NotFound("item")
        if each.item_id in bill:
            raise InvalidInput("The item stands here twice.", path=("components", number))
        try:
            quantity = to_base(each.quantity, _unit(each, units[each.item_id], number))
        except QuantityNotExact as refusal:
            refusal.path = path
            raise
        if not 0 < quantity <= LARGEST:
            raise InvalidInput("Must be more than zero.", path=path)
        bill[each.item_id] = quantity
    return bill


def _unit(line: ComponentLine, units: Mapping[str, Conversion], number: int) -> Conversion:
    if line.unit is None:
        return Conversion(Decimal(1))
    spelling = same_unit(line.unit, units)
    if spelling is None:
        message = f"The item has no such unit; it has {', '.join(sorted(units))}."
        raise InvalidInput(message, path=("components", number, "unit"))
    return units[spelling]


async def _units(work: Work, item_ids: set[int]) -> dict[int, dict[str, Conversion]]:
    rows = await work.rows(
        select(Item.id, ItemUnit.unit, ItemUnit.numerator, ItemUnit.denominator)
        .outerjoin(ItemUnit, (ItemUnit.tenant_id == Item.tenant_id) & (ItemUnit.item_id == Item.id))
        .where(Item.tenant_id == work.tenant_id, Item.id.in_(item_ids))
    )
    units: dict[int, dict[str, Conversion]] = {row.id: {} for row in rows}
    for row in rows:
        if row.unit is not None:
            units[row.id][row.unit] = Conversion(row.numerator, row.denominator)
    return units


async def _refuse_circle(work: Work, kit: Row[Any], bill: Mapping[int, Decimal]) -> None:
    if bill and kit.id in await reachable(work, bill):
        raise KitOfItself(
            f"{kit.sku} would be made of itself.", path=("components",), item_id=kit.id
        )


async def _write(work: Work, item_id: int, bill: Mapping[int, Decimal]) -> None:
    await work.execute(
        delete(KitComponent).where(
            KitComponent.tenant_id == work.tenant_id, KitComponent.kit_item_id == item_id
        )
    )
    if bill:
        rows = [
            {
                "tenant_id": work.tenant_id,
                "kit_item_id": item_id,
                "component_item_id": component_id,
                "quantity": quantity,
            }
            for component_id, quantity in bill.items()
        ]
        await work.execute(insert(KitComponent), rows)
    await work.execute(
        update(Item)
        .where(Item.tenant_id == work.tenant_id, Item.id == item_id)
        .values(version=Item.version + 1)
    )


def _named(bill: Mapping[int, Decimal]) -> dict[str, Decimal]:
    return {str(component_id): quantity for component_id, quantity in sorted(bill.items())}
