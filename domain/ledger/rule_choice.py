"""Which rule a leg follows: values in, decision out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

# What a rule may ask about; those of the leg, of its party, of where the goods go.
CONDITIONS = ("channel_id", "location_id", "item_group", "party_group", "country", "currency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """At a milestone and where all `conditions` hold, a leg goes to the account; what it posts is
    put under `project`, if it says one."""

    milestone: str
    leg: str
    account_id: int
    conditions: Mapping[str, Any] = field(default_factory=dict)
    project: str | None = None

    def applies(self, circumstances: Mapping[str, Any]) -> bool:
        """Whether every condition holds."""
        return all(circumstances.get(name) == value for name, value in self.conditions.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """All of an entity's own rules as they count from a day on."""

    id: int
    number: int
    effective_from: date
    rules: Sequence[Rule] = ()


def version_on(versions: Sequence[RuleVersion], on: date) -> RuleVersion | None:
    """The version that counts on a day: the one that came into effect last, and of those of one
    day the one with the highest number."""
    begun = [version for version in versions if version.effective_from <= on]
    return max(begun, key=lambda each: (each.effective_from, each.number), default=None)


def chosen_rule(
    rules: Sequence[Rule], *, milestone: str, leg: str, circumstances: Mapping[str, Any]
) -> Rule | None:
    """Of the rules that apply, the one that asks the most; of equals, the first."""
    fitting = (
        rule
        for rule in rules
        if rule.milestone == milestone and rule.leg == leg and rule.applies(circumstances)
    )
    return max(fitting, key=lambda rule: len(rule.conditions), default=None)
