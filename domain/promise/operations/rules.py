"""The rules of promises are set: for all channels, or for one."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from domain.channels.models import Channel
from domain.kernel.errors import InvalidInput
from domain.kernel.governing import require_open
from domain.kernel.permissions import operation
from domain.kernel.records import require_record
from domain.kernel.work import Work
from domain.promise.events import PromiseRuleChanged
from domain.promise.models import PromiseRule

LONGEST = 3650
# As governance calls it.
KIND = "promise_rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRule:
    """A rule, in calendar days (notice in working days); None: without limit, or none."""

    past_due_supply_days: int = 7
    past_due_demand_days: int = 365
    accumulation_days: int | None = None
    advance_notice_days: int = 0
    buys: bool = True
    horizon_days: int | None = None


@operation("promise.manage")
async def set_promise_rule(work: Work, *, rule: WantedRule, channel_id: int | None = None) -> int:
    """Set the rule of a channel, or of all that have none; its id. Raises InvalidInput, NotFound,
    ChangeRequestRequired."""
    values = sound_rule(rule)
    await require_open(work, KIND)
    await require_record(work, Channel.__table__, channel_id, kind="channel")
    before = await work.row(
        select(*(getattr(PromiseRule, name) for name in values)).where(
            PromiseRule.tenant_id == work.tenant_id,
            PromiseRule.channel_id.is_not_distinct_from(channel_id),
        )
    )
    upsert = insert(PromiseRule).values(
        tenant_id=work.tenant_id, channel_id=channel_id, created_at=work.now, **values
    )
    rule_id = int(
        await work.value(
            upsert.on_conflict_do_update(
                index_elements=["tenant_id", "channel_id"],
                set_=values | {"version": PromiseRule.version + 1},
            ).returning(PromiseRule.id)
        )
    )
    work.record(PromiseRuleChanged(aggregate_id=rule_id, channel_id=channel_id))
    work.audit(
        "set_promise_rule",
        subject="promise_rule",
        subject_id=rule_id,
        before=None if before is None else dict(before._mapping),
        after=values,
    )
    return rule_id


@operation("promise.manage")
async def remove_promise_rule(work: Work, *, channel_id: int | None = None) -> None:
    """Take the rule of a channel away (that of all others holds for it again), or that of all
    others (then the standard does); repeating it is harmless. Raises ChangeRequestRequired."""
    await require_open(work, KIND)
    rule_id = await work.value(
        delete(PromiseRule)
        .where(
            PromiseRule.tenant_id == work.tenant_id,
            PromiseRule.channel_id.is_not_distinct_from(channel_id),
        )
        .returning(PromiseRule.id)
    )
    if rule_id is None:
        return
    work.record(PromiseRuleChanged(aggregate_id=rule_id, channel_id=channel_id))
    work.audit("remove_promise_rule", subject="promise_rule", subject_id=rule_id)


def sound_rule(rule: WantedRule) -> dict[str, Any]:
    """The rule's fields. Raises InvalidInput."""
    values = asdict(rule)
    for name, days in values.items():
        if days is not None and not 0 <= days <= LONGEST:
            raise InvalidInput(f"Must be 0 to {LONGEST} days.", path=(name,))
    return values
