"""Goods that came back are looked at, and found to be in one state or in several."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.permissions import operation
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.returns.authorizing import make_replacements_due
from domain.returns.events import ReturnInspected
from domain.returns.looking import Looked, looked_at
from domain.returns.models import ReturnInspection, ReturnLine, ReturnUnit
from domain.returns.policies.rules import CONDITIONS
from domain.returns.rows import (
    line_state,
    lines_of,
    lock_unit,
    note,
    settle,
    settle_receipt,
)

MOST_FINDINGS = 20
MOST_PHOTOS = 20
FOUND = (*CONDITIONS, "missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A quantity of a unit (base units; all of it if absent) and its condition. `photos` are where
    they are kept: addresses or names."""

    condition: str
    quantity: Decimal | None = None
    notes: str | None = None
    photos: Sequence[str] = ()


@operation("returns.inspect")
async def inspect_return(work: Work, *, unit_id: int, findings: Sequence[Finding]) -> list[int]:
    """Say what was found of a unit; pieces in different conditions become units of their own. The
    ids of all of them, the unit's first.

    The fee follows the condition that was found, where the policy tells it apart. Raises NotFound,
    InvalidState, InvalidInput."""
    row, unit = await lock_unit(work, unit_id, allowed=("waiting",))
    sound = _sound(findings, unit)
    unit_ids = await _split(work, unit, sound)
    await insert_rows(
        work,
        ReturnInspection,
        [
            {
                "unit_id": each_id,
                "quantity": each.quantity,
                "condition": each.condition,
                "notes": each.notes,
                "photos": list(each.photos),
                "inspected_at": work.now,
                "inspected_by": work.actor.principal.name,
            }
            for each_id, each in zip(unit_ids, sound, strict=True)
        ],
    )
    await _accept(work, row, unit, sound)
    await settle_receipt(work, unit.receipt_id)
    status = await settle(work, row)
    if status != "closed" and await _is_all_here(work, row):
        await make_replacements_due(work, row.id)
    work.record(ReturnInspected(aggregate_id=row.id, number=row.number, unit_ids=tuple(unit_ids)))
    told = [{"quantity": each.quantity, "condition": each.condition} for each in sound]
    note(work, "inspect_return", row, status=status, told={"unit_id": unit_id, "found": told})
    return unit_ids


def _sound(findings: Sequence[Finding], unit: Row[Any]) -> list[Finding]:
    if not 1 <= len(findings) <= MOST_FINDINGS:
        raise InvalidInput(f"1 to {MOST_FINDINGS} findings.", path=("findings",))
    if any(each.quantity is None for each in findings) and len(findings) > 1:
        raise InvalidInput("Say how many are in which condition.", path=("findings",))
    sound = [_finding(number, each, unit) for number, each in enumerate(findings)]
    total = sum(each.quantity or 0 for each in sound)
    if total != unit.quantity:
        message = f"{plain(unit.quantity)} are to be inspected."
        raise InvalidInput(message, path=("findings",))
    return sound


def _finding(number: int, each: Finding, unit: Row[Any]) -> Finding:
    path = ("findings", number)
    quantity = unit.quantity if each.quantity is None else each.quantity
    if not quantity.is_finite() or quantity <= 0:
        raise InvalidInput("Must be more than nothing.", path=(*path, "quantity"))
    if len(each.photos) > MOST_PHOTOS:
        raise InvalidInput(f"At most {MOST_PHOTOS}.", path=(*path, "photos"))
    return Finding(
        condition=text.choice(each.condition, FOUND, path=(*path, "condition")),
        quantity=quantity,
        notes=text.prose(each.notes, path=(*path, "notes")),
        photos=[text.name(photo, path=(*path, "photos")) for photo in each.photos],
    )


async def _split(work: Work, unit: Row[Any], findings: Sequence[Finding]) -> list[int]:
    """The first finding is of the unit itself, the others of new ones."""
    first, *others = findings
    await work.execute(
        update(ReturnUnit)
        .where(ReturnUnit.tenant_id == work.tenant_id, ReturnUnit.id == unit.id)
        .values(
            quantity=first.quantity,
            condition=first.condition,
            status="inspected",
            version=ReturnUnit.version + 1,
        )
    )
    same = (
        *("return_id", "receipt_id", "line_id", "item_id", "location_id", "owner_id", "lot"),
        *("serial", "created_at"),
    )
    rows = [
        {name: getattr(unit, name) for name in same}
        | {"quantity": each.quantity, "condition": each.condition, "status": "inspected"}
        for each in others
    ]
    return [unit.id, *(await insert_ids(work, ReturnUnit, rows) if rows else [])]


async def _accept(work: Work, row: Row[Any], unit: Row[Any], findings: Sequence[Finding]) -> None:
    """What is here, in a condition that the policy takes, earns its sender something."""
    line = next(each for each in await lines_of(work, row.id) if each.id == unit.line_id)
    looked = [
        Looked(each.condition, each.quantity or Decimal(0))
        for each in findings
        if each.condition != "missing"
    ]
    change = await looked_at(work, row, line, looked)
    await work.execute(
        update(ReturnLine)
        .where(ReturnLine.tenant_id == work.tenant_id, ReturnLine.id == line.id)
        .values(**change, version=ReturnLine.version + 1)
    )


async def _is_all_here(work: Work, row: Row[Any]) -> bool:
    """Whether all that is to come has come and was looked at, and something of it was accepted."""
    states = [line_state(line) for line in await lines_of(work, row.id)]
    waiting = await work.value(
        select(ReturnUnit.id)
        .where(
            ReturnUnit.tenant_id == work.tenant_id,
            ReturnUnit.return_id == row.id,
            ReturnUnit.status == "waiting",
        )
        .limit(1)
    )
    return (
        waiting is None
        and not any(each.to_come for each in states)
        and any(each.accepted for each in states)
    )
