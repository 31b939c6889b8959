"""A lot is kept back or let go, and its days are told."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypedDict, Unpack

from domain.inventory.events import LotChanged
from domain.inventory.models import Lot
from domain.inventory.policy import LOT_STATUSES
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.records import change_record, lock_record
from domain.kernel.work import Work


class LotDays(TypedDict, total=False):
    """The days of a lot; what is missing is left as it was."""

    manufactured_on: date | None
    expires_on: date | None


@operation("inventory.adjust")
async def set_lot_status(
    work: Work, *, lot_id: int, status: str, reason: str, expected_version: int | None = None
) -> None:
    """Release, quarantine or recall a lot, wherever it lies: only a released one is available.

    What orders hold of it is then withdrawn by the worker, and they are served from elsewhere; what
    a warehouse works on is not picked until it is released again. Raises NotFound, InvalidInput,
    StaleVersion."""
    text.choice(status, LOT_STATUSES, path=("status",))
    reason = text.name(reason, path=("reason",))
    row = await lock_record(work, Lot, lot_id, kind="lot", expected_version=expected_version)
    values = {"status": status, "status_reason": reason}
    before = await change_record(work, Lot, row, values, kind="lot")
    _tell(work, "set_lot_status", row, before, values, reason)


@operation("inventory.adjust")
async def set_lot_days(
    work: Work,
    *,
    lot_id: int,
    reason: str,
    expected_version: int | None = None,
    **days: Unpack[LotDays],
) -> None:
    """Correct `manufactured_on` or `expires_on` (the last good day; None: it does not expire).

    What is not given stays. Raises NotFound, InvalidInput, StaleVersion."""
    if not days:
        raise InvalidInput("Give the day it was made, or its last good day.", path=("expires_on",))
    reason = text.name(reason, path=("reason",))
    row = await lock_record(work, Lot, lot_id, kind="lot", expected_version=expected_version)
    made = days.get("manufactured_on", row.manufactured_on)
    expires = days.get("expires_on", row.expires_on)
    if made is not None and expires is not None and expires < made:
        raise InvalidInput("A lot does not expire before it is made.", path=("expires_on",))
    before = await change_record(work, Lot, row, days, kind="lot")
    _tell(work, "set_lot_days", row, before, days, reason)


def _tell(
    work: Work,
    action: str,
    row: Any,
    before: dict[str, Any],
    values: Mapping[str, Any],
    reason: str,
) -> None:
    if not before:
        return
    after = {name: values[name] for name in before}
    work.record(
        LotChanged(
            aggregate_id=row.id,
            item_ids=(row.item_id,),
            lot=row.code,
            status=str(after.get("status", row.status)),
            changed=tuple(sorted(before)),
        )
    )
    work.audit(action, subject="lot", subject_id=row.id, before=before, after=after, reason=reason)
