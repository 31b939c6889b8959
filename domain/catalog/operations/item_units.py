"""The units an item is ordered, bought or shipped in, beside its base unit."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.catalog.events import ItemChanged
from domain.catalog.models import Item, ItemUnit
from domain.catalog.outcomes import BaseUnitInUse
from domain.catalog.policy import same_unit, sound_conversion, sound_unit
from domain.kernel.permissions import operation
from domain.kernel.quantity import Conversion
from domain.kernel.records import lock_record
from domain.kernel.work import Work


@operation("catalog.manage")
async def set_item_unit(
    work: Work,
    *,
    item_id: int,
    unit: str,
    numerator: Decimal,
    denominator: Decimal = Decimal(1),
) -> None:
    """One `unit` of the item is numerator/denominator of its base unit, exactly.

    Another spelling of a unit that it has (CS for case) changes that one; the base unit stays
    1/1. Raises InvalidInput, NotFound, BaseUnitInUse."""
    unit = sound_unit(unit)
    wanted = sound_conversion(numerator, denominator)
    item = await lock_record(work, Item, item_id, kind="item")
    known = await _units(work, item_id)
    spelling = same_unit(unit, known) or unit
    if same_unit(unit, [item.base_unit]) is not None:
        _require_one(item, wanted)
        return
    before = known.get(spelling)
    if before == wanted:
        return
    await _write(work, item_id, spelling, wanted)
    work.record(ItemChanged(aggregate_id=item_id, changed=("units",)))
    work.audit(
        "set_item_unit",
        subject="item",
        subject_id=item_id,
        before=None if before is None else _told(spelling, before),
        after=_told(spelling, wanted),
    )


def _require_one(item: Row[Any], wanted: Conversion) -> None:
    if wanted.numerator != wanted.denominator:
        raise BaseUnitInUse(
            f"{item.base_unit} is the base unit; one of it is one.",
            path=("numerator",),
            item_id=item.id,
            base_unit=item.base_unit,
            used_by=["units"],
        )


async def _units(work: Work, item_id: int) -> dict[str, Conversion]:
    rows = await work.rows(
        select(ItemUnit.unit, ItemUnit.numerator, ItemUnit.denominator).where(
            ItemUnit.tenant_id == work.tenant_id, ItemUnit.item_id == item_id
        )
    )
    return {row.unit: Conversion(row.numerator, row.denominator) for row in rows}


async def _write(work: Work, item_id: int, unit: str, wanted: Conversion) -> None:
    ratio = {"numerator": wanted.numerator, "denominator": wanted.denominator}
    await work.execute(
        insert(ItemUnit)
        .values(tenant_id=work.tenant_id, item_id=item_id, unit=unit, **ratio)
        .on_conflict_do_update(index_elements=["tenant_id", "item_id", "unit"], set_=ratio)
    )


def _told(unit: str, conversion: Conversion) -> dict[str, Any]:
    return {
        "unit": unit,
        "numerator": conversion.numerator,
        "denominator": conversion.denominator,
    }
