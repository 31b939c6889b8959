"""What is entered by hand into a group's consolidation, and taken back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity
from domain.finance.amounts import exact_minor
from domain.finance.consolidation.events import GroupAdjustmentEntered
from domain.finance.consolidation.outcomes import AdjustmentUnbalanced
from domain.finance.consolidation.policies.entering import require_line
from domain.finance.models import ConsolidationGroup, GroupAdjustment, GroupAdjustmentLine
from domain.kernel import text
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.ledger.books import lock_books
from domain.ledger.charts.templates import ROLES
from domain.ledger.periods import require_open_day

_MOST_LINES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentLine:
    """A debit (positive, in major units of the group's currency) or credit on a line of the
    consolidated trial balance, by its key; the entity whose net assets it changes, where that is
    not the parent."""

    account: str
    amount: Decimal
    entity_id: int | None = None


@operation("consolidation.manage")
async def enter_group_adjustment(
    work: Work, *, group_id: int, posted_on: date, reason: str, lines: Sequence[AdjustmentLine]
) -> int:
    """Enter an adjustment into a group's consolidation from a day on, in its currency; its id. No
    entity's books change.

    Raises InvalidInput, NotFound, AdjustmentUnbalanced, PeriodClosed when the parent's books are
    closed for good on that day."""
    reason = text.name(reason, path=("reason",))
    group = await lock_record(work, ConsolidationGroup, group_id, kind="consolidation group")
    sound = await _sound_lines(work, group, lines)
    await _require_open_day(work, group, posted_on)
    return await _write(work, group, posted_on, reason, sound)


@operation("consolidation.manage")
async def reverse_group_adjustment(
    work: Work, *, adjustment_id: int, reason: str, posted_on: date | None = None
) -> int:
    """Take an adjustment back from a day on (absent: its own) by another one, whose id is given.

    Raises InvalidInput, NotFound, InvalidState when it was taken back already, PeriodClosed."""
    reason = text.name(reason, path=("reason",))
    made = await _adjustment(work, adjustment_id)
    group = await lock_record(work, ConsolidationGroup, made.group_id, kind="consolidation group")
    reversing = await work.value(
        select(GroupAdjustment.number).where(
            GroupAdjustment.tenant_id == work.tenant_id,
            GroupAdjustment.reverses_id == adjustment_id,
        )
    )
    if reversing is not None:
        raise InvalidState(f"{reversing} took it back.", state="reversed", allowed=[])
    on = posted_on or made.posted_on
    if on < made.posted_on:
        raise InvalidInput("Must not be before the adjustment.", path=("posted_on",))
    await _require_open_day(work, group, on)
    rows = await work.rows(
        select(*GroupAdjustmentLine.__table__.c)
        .where(
            GroupAdjustmentLine.tenant_id == work.tenant_id,
            GroupAdjustmentLine.adjustment_id == adjustment_id,
        )
        .order_by(GroupAdjustmentLine.id)
    )
    turned = [
        {"account": row.account, "amount_minor": -row.amount_minor, "entity_id": row.entity_id}
        for row in rows
    ]
    return await _write(work, group, on, reason, turned, reverses_id=adjustment_id)


async def _require_open_day(work: Work, group: Row[Any], on: date) -> None:
    """Raise PeriodClosed where the parent's books are closed for good; nobody closes them until the
    end of the work."""
    await lock_books(work, [group.parent_id])
    await require_open_day(work, group.parent_id, on, closing=True)


async def _write(
    work: Work,
    group: Row[Any],
    posted_on: date,
    reason: str,
    lines: Sequence[Mapping[str, Any]],
    *,
    reverses_id: int | None = None,
) -> int:
    number = (await draw_numbers(work, group_adjustment=1))["group_adjustment"][0]
    row = {
        "number": number,
        "group_id": group.id,
        "posted_on": posted_on,
        "reason": reason,
        "reverses_id": reverses_id,
        "entered_by": work.principal.name,
        "created_at": work.now,
    }
    (adjustment_id,) = await insert_ids(work, GroupAdjustment, [row])
    await insert_rows(
        work, GroupAdjustmentLine, [{"adjustment_id": adjustment_id, **each} for each in lines]
    )
    work.record(
        GroupAdjustmentEntered(
            aggregate_id=group.id,
            adjustment_id=adjustment_id,
            number=number,
            posted_on=posted_on.isoformat(),
        )
    )
    work.audit(
        "enter_group_adjustment" if reverses_id is None else "reverse_group_adjustment",
        subject="group_adjustment",
        subject_id=adjustment_id,
        after={
            "number": number,
            "posted_on": posted_on,
            "lines": list(lines),
            "reverses": reverses_id,
        },
        reason=reason,
    )
    return adjustment_id


async def _adjustment(work: Work, adjustment_id: int) -> Row[Any]:
    row = await work.row(
        select(*GroupAdjustment.__table__.c).where(
            GroupAdjustment.tenant_id == work.tenant_id, GroupAdjustment.id == adjustment_id
        )
    )
    if row is None:
        raise NotFound("group adjustment")
    return row


async def _sound_lines(
    work: Work, group: Row[Any], lines: Sequence[AdjustmentLine]
) -> list[dict[str, Any]]:
    """The lines as they are written."""
    if not 2 <= len(lines) <= _MOST_LINES:
        raise InvalidInput(f"Give 2 to {_MOST_LINES} lines.", path=("lines",))
    sound: list[dict[str, Any]] = []
    for place, line in enumerate(lines):
        require_line(line.account, ROLES, place=place)
        amount = exact_minor(line.amount, group.currency, path=("lines", place, "amount"))
        if not amount:
            raise InvalidInput("Must not be zero.", path=("lines", place, "amount"))
        sound.append({"account": line.account, "amount_minor": amount, "entity_id": line.entity_id})
    difference = sum(each["amount_minor"] for each in sound)
    if difference:
        raise AdjustmentUnbalanced(
            "Debits and credits are not the same.",
            path=("lines",),
            difference_minor=difference,
            currency=group.currency,
        )
    await _require_entities(work, {e.entity_id for e in lines if e.entity_id is not None})
    return sound


async def _require_entities(work: Work, entity_ids: Collection[int]) -> None:
    known = await work.values(
        select(LegalEntity.id).where(
            LegalEntity.tenant_id == work.tenant_id, LegalEntity.id.in_(sorted(entity_ids))
        )
    )
    if len(known) != len(entity_ids):
        raise NotFound("legal entity")
