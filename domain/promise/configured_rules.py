"""The rules of promises as governed configuration: of each channel that is named (or
`everywhere`) the rule, null for none. There is one object of it, known as `rules`."""

from dataclasses import fields
from typing import Any

from sqlalchemy import select

from domain.channels.models import Channel
from domain.governance.kinds import Content, configurable
from domain.kernel.errors import InvalidInput
from domain.kernel.records import require_record
from domain.kernel.work import Work
from domain.promise.models import PromiseRule
from domain.promise.operations.rules import (
    KIND,
    WantedRule,
    remove_promise_rule,
    set_promise_rule,
    sound_rule,
)

KEY, RULES = "rules", "rules"
EVERYWHERE = "everywhere"
_FIELDS = tuple(each.name for each in fields(WantedRule))


async def sound_rules(work: Work, key: str | None, proposal: Content) -> Content:
    """The rules, each with all its fields. Raises InvalidInput, NotFound."""
    wanted = proposal.get(RULES) or {}
    if key != KEY or not wanted:
        raise InvalidInput("Say which rules are to change.", path=(RULES,))
    for place in wanted:
        await require_record(work, Channel.__table__, _channel(place), kind="channel")
    return {RULES: {place: _sound(rule) for place, rule in wanted.items()}}


def _sound(rule: Any) -> Content | None:
    if rule is None:
        return None
    if not isinstance(rule, dict) or not rule.keys() <= set(_FIELDS):
        raise InvalidInput("There is no such field of a rule.", path=(RULES,))
    return sound_rule(WantedRule(**rule))


async def rules_as_they_are(work: Work, key: str | None, proposal: Content) -> Content:
    """What stands in the places of the proposal."""
    rows = await work.rows(
        select(PromiseRule.channel_id, *(getattr(PromiseRule, name) for name in _FIELDS)).where(
            PromiseRule.tenant_id == work.tenant_id
        )
    )
    standing = {row.channel_id: {name: getattr(row, name) for name in _FIELDS} for row in rows}
    return {RULES: {place: standing.get(_channel(place)) for place in proposal.get(RULES, {})}}


@configurable(
    KIND,
    title="Rules of promises",
    process="order_to_cash",
    validate=sound_rules,
    snapshot=rules_as_they_are,
    keyed=(RULES,),
)
async def apply_rules(work: Work, key: str | None, proposal: Content) -> str:
    """Set them so, or take them away."""
    for place, rule in proposal[RULES].items():
        channel_id = _channel(place)
        if rule is None:
            await remove_promise_rule(work, channel_id=channel_id)
        else:
            await set_promise_rule(work, rule=WantedRule(**rule), channel_id=channel_id)
    return KEY


def _channel(place: str) -> int | None:
    if place == EVERYWHERE:
        return None
    if not place.isdecimal():
        raise InvalidInput("No such channel.", path=(RULES,))
    return int(place)
