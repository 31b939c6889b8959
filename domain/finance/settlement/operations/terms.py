"""What is expected of a channel's payouts."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import update

from domain.channels.models import Channel
from domain.finance.models import SettlementTerms
from domain.finance.settlement.mappings import sound_mapping
from domain.finance.settlement.taking import lock_terms
from domain.kernel.errors import InvalidInput, StaleVersion
from domain.kernel.governing import require_open
from domain.kernel.permissions import operation
from domain.kernel.records import require_record
from domain.kernel.work import Work

KIND = "settlement_terms"
BOUNDS = {"wait_days": 365, "tolerance_minor": 1000, "most_fee_percent": 100}


@operation("settlement.manage")
async def set_settlement_terms(
    work: Work,
    *,
    channel_id: int,
    fields: Mapping[str, Any],
    expected_version: int | None = None,
) -> int:
    """Say what is expected of a channel's payouts; the id of its terms. `fields` are those that
    change: wait_days, tolerance_minor, most_fee_percent, and the mapping of the channel's own table
    (null for none).

    Raises NotFound, InvalidInput, StaleVersion, ChangeRequestRequired."""
    await require_open(work, KIND)
    await require_record(work, Channel.__table__, channel_id, kind="channel")
    values = sound_terms(fields)
    row = await lock_terms(work, channel_id)
    if expected_version is not None and row.version != expected_version:
        message = "The terms changed since you read them; read them again."
        raise StaleVersion(message, expected=expected_version, actual=row.version)
    before = {name: getattr(row, name) for name in values if getattr(row, name) != values[name]}
    if before:
        t = SettlementTerms
        await work.execute(
            update(t)
            .where(t.tenant_id == work.tenant_id, t.id == row.id)
            .values(version=t.version + 1, **values)
        )
        work.audit(
            "set_settlement_terms",
            subject="payout_terms",
            subject_id=row.id,
            before={name: _plain(value) for name, value in before.items()},
            after={name: _plain(values[name]) for name in before},
        )
    return int(row.id)


def sound_terms(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are stored. Raises InvalidInput."""
    sound: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "mapping":
            sound[name] = None if value is None else sound_mapping(value)
        elif name not in BOUNDS:
            raise InvalidInput("There is no such setting.", path=(name,))
        elif name == "most_fee_percent":
            sound[name] = None if value is None else _bounded(name, Decimal(value))
        elif value is None:
            raise InvalidInput("Must be a number.", path=(name,))
        else:
            sound[name] = int(_bounded(name, Decimal(value)))
    return sound


def _bounded(name: str, value: Decimal) -> Decimal:
    if not value.is_finite() or not 0 <= value <= BOUNDS[name]:
        raise InvalidInput(f"Must be between 0 and {BOUNDS[name]}.", path=(name,))
    return value


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
