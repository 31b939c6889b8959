"""What a policy says: which rule applies to what is asked for, and the steps that it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of something that is asked for. Rules look at these and nothing else.

    `amount_minor` in minor units of `currency`; `percent` is how far it deviates, whatever the
    sign; `reason` is a code or a text, compared whole; `kind` is what else tells requests of one
    subject apart, such as the kind of configuration that is changed."""

    amount_minor: int | None = None
    currency: str | None = None
    percent: Decimal | None = None
    entity_id: int | None = None
    channel_id: int | None = None
    location_id: int | None = None
    reason: str | None = None
    kind: str | None = None

    def kept(self) -> dict[str, Any]:
        """As they are kept with the request: what is known, as plain values."""
        values = {name: getattr(self, name) for name in self.__slots__}
        known = {name: value for name, value in values.items() if value is not None}
        if self.percent is not None:
            known["percent"] = f"{self.percent:f}"
        return known


UNKNOWN = Facts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When a rule applies: everything that is said of it holds. What is not said does not matter.

    Amounts and percents are bands, from the lower bound on and below the upper one. A fact that is
    not known, or an amount in another currency, meets no condition on it."""

    currency: str | None = None
    amount_from_minor: int | None = None
    amount_below_minor: int | None = None
    percent_from: Decimal | None = None
    percent_below: Decimal | None = None
    entity_ids: frozenset[int] = frozenset()
    channel_ids: frozenset[int] = frozenset()
    location_ids: frozenset[int] = frozenset()
    reasons: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def holds(self, facts: Facts) -> bool:
        """Whether it holds of what is known."""
        amount = facts.amount_minor if facts.currency == self.currency else None
        reason = None if facts.reason is None else facts.reason.casefold()
        return (
            _within(amount, self.amount_from_minor, self.amount_below_minor)
            and _within(facts.percent, self.percent_from, self.percent_below)
            and _among(facts.entity_id, self.entity_ids)
            and _among(facts.channel_id, self.channel_ids)
            and _among(facts.location_id, self.location_ids)
            and _among(reason, frozenset(each.casefold() for each in self.reasons))
            and _among(facts.kind, self.kinds)
        )


def _within(value: Any, lower: Any, upper: Any) -> bool:
    if lower is None and upper is None:
        return True
    if value is None:
        return False
    return (lower is None or abs(value) >= lower) and (upper is None or abs(value) < upper)


def _among(value: Any, allowed: frozenset[Any]) -> bool:
    return not allowed or value in allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`needed` people of those named have to say yes: who has one of the roles, or is one of the
    people; where none is named, anybody with the subject's permission.

    After `escalates_after_minutes` those of the escalation may say it too."""

    name: str
    needed: int = 1
    role_ids: tuple[int, ...] = ()
    user_ids: tuple[int, ...] = ()
    escalates_after_minutes: int | None = None
    escalation_role_ids: tuple[int, ...] = ()
    escalation_user_ids: tuple[int, ...] = ()


ANYBODY = Step(name="Anybody with the permission")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is asked for where its condition holds: these steps, one after the other; or nothing at
    all, where it is `automatic`. A request comes to nothing after `expires_after_minutes`."""

    name: str
    condition: Condition = field(default_factory=Condition)
    automatic: bool = False
    steps: tuple[Step, ...] = ()
    expires_after_minutes: int | None = None


def choose(rules: Sequence[Rule], facts: Facts) -> Rule | None:
    """The first rule whose condition holds, if any does."""
    return next((rule for rule in rules if rule.condition.holds(facts)), None)


def steps_asked_for(rule: Rule | None, demanded: Sequence[Step]) -> tuple[Step, ...]:
    """The steps of a request: those that its subject demands first, then the rule's; without
    either anybody's yes. None at all: the rule decides by itself."""
    if rule is not None:
        return (*demanded, *rule.steps)
    return tuple(demanded) or (ANYBODY,)
