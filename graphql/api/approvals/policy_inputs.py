"""What a policy is to say, as clients write it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import strawberry

from api.ids import row_id_of
from domain.kernel import iso
from domain.kernel.errors import InvalidInput
from domain.kernel.money import to_minor

LARGEST = Decimal(10) ** 15


@strawberry.input(description="When a rule applies: everything that is said here has to hold.")
class ApprovalConditionInput:
    currency: str | None = strawberry.field(
        default=None, description="The currency of the amounts; others do not meet the rule."
    )
    amount_from: Decimal | None = strawberry.field(
        default=None, description="The amount is this or more, in major units."
    )
    amount_below: Decimal | None = strawberry.field(
        default=None, description="The amount is less than this, in major units."
    )
    percent_from: Decimal | None = strawberry.field(
        default=None, description="It deviates by this or more, in percent."
    )
    percent_below: Decimal | None = strawberry.field(
        default=None, description="It deviates by less than this, in percent."
    )
    entity_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="It concerns one of these legal entities."
    )
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="It concerns one of these channels."
    )
    location_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="It concerns one of these locations."
    )
    reasons: list[str] | None = strawberry.field(
        default=None, description="The reason is one of these, whole and in any case."
    )
    kinds: list[str] | None = strawberry.field(
        default=None, description="It is of one of these kinds, such as price_list."
    )


@strawberry.input(description="One step of a rule.")
class ApprovalRuleStepInput:
    name: str = strawberry.field(description="What the step is called.")
    needed: int = strawberry.field(default=1, description="How many have to say yes.")
    role_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Whoever has one of these roles may say yes."
    )
    user_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="These people may say yes. Neither role nor person: anybody with the "
        "subject's permission.",
    )
    escalates_after_minutes: int | None = strawberry.field(
        default=None, description="After how many minutes it escalates."
    )
    escalation_role_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Whoever has one of these roles may say yes too then."
    )
    escalation_user_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="These people may say yes too then."
    )


@strawberry.input(description="A rule: where its condition holds, these steps.")
class ApprovalRuleInput:
    name: str = strawberry.field(description="What the rule is called; once in a policy.")
    condition: ApprovalConditionInput | None = strawberry.field(
        default=None, description="When it applies; always if absent."
    )
    automatic: bool = strawberry.field(
        default=False, description="Approve by itself; then it has no steps."
    )
    steps: list[ApprovalRuleStepInput] | None = strawberry.field(
        default=None, description="The steps, in their order."
    )
    expires_after_minutes: int | None = strawberry.field(
        default=None, description="After how many minutes a request comes to nothing."
    )


Path = tuple[str | int, ...]


def rules_told(rules: Sequence[ApprovalRuleInput]) -> list[dict[str, Any]]:
    """The rules as the domain takes them. Raises InvalidInput, NotFound."""
    return [_rule(each, ("rules", place)) for place, each in enumerate(rules)]


def _rule(told: ApprovalRuleInput, path: Path) -> dict[str, Any]:
    return {
        "name": told.name,
        "condition": _condition(told.condition, (*path, "condition")),
        "automatic": told.automatic,
        "steps": [
            _step(each, (*path, "steps", place)) for place, each in enumerate(told.steps or ())
        ],
        "expires_after_minutes": told.expires_after_minutes,
    }


def _condition(told: ApprovalConditionInput | None, path: Path) -> dict[str, Any]:
    if told is None:
        return {}
    return {
        "currency": told.currency,
        "amount_from_minor": _minor(told.amount_from, told.currency, (*path, "amount_from")),
        "amount_below_minor": _minor(told.amount_below, told.currency, (*path, "amount_below")),
        "percent_from": told.percent_from,
        "percent_below": told.percent_below,
        "entity_ids": _ids(told.entity_ids, "LegalEntity", (*path, "entity_ids")),
        "channel_ids": _ids(told.channel_ids, "Channel", (*path, "channel_ids")),
        "location_ids": _ids(told.location_ids, "Location", (*path, "location_ids")),
        "reasons": told.reasons,
        "kinds": told.kinds,
    }


def _minor(amount: Decimal | None, currency: str | None, path: Path) -> int | None:
    if amount is None:
        return None
    if currency is None:
        raise InvalidInput("Say the currency of the amounts.", path=(*path[:-1], "currency"))
    iso.currency(currency, path=(*path[:-1], "currency"))
    if not 0 <= amount <= LARGEST:
        raise InvalidInput(f"Must be between 0 and {LARGEST:f}.", path=path)
    return to_minor(amount, currency)


def _step(told: ApprovalRuleStepInput, path: Path) -> dict[str, Any]:
    ids = {
        f"{prefix}{name}_ids": _ids(
            getattr(told, f"{prefix}{name}_ids"), kind, (*path, f"{prefix}{name}_ids")
        )
        for prefix in ("", "escalation_")
        for name, kind in (("role", "Role"), ("user", "User"))
    }
    return {
        "name": told.name,
        "needed": told.needed,
        "escalates_after_minutes": told.escalates_after_minutes,
        **ids,
    }


def _ids(values: Sequence[str] | None, kind: str, path: Path) -> list[int]:
    return [row_id_of(value, kind, path=(*path, place)) for place, value in enumerate(values or ())]
