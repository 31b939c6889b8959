"""What a return policy says: which rule applies to goods that somebody wants to send back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

APPROVE, ASK, REFUSE = "approve", "ask", "refuse"
DECISIONS = (APPROVE, ASK, REFUSE)
SHIPMENT, DELIVERY = "shipment", "delivery"
COUNTED_FROM = (SHIPMENT, DELIVERY)
CONDITIONS = ("new", "opened", "used", "damaged")
STANDARD_VALID_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of goods that are to come back: one line. The value is what would be credited,
    in minor units of `currency`."""

    today: date
    item_id: int
    item_group: str | None = None
    channel_id: int | None = None
    reason: str | None = None
    condition: str | None = None
    has_order: bool = True
    shipped_on: date | None = None
    delivered_on: date | None = None
    value_minor: int = 0
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When it holds, and what it says then. What is not said of when it holds does not matter.

    `within_days` are counted from the shipment or the delivery; a delivery that nobody told is
    taken to be `transit_days` after the shipment. Amounts are minor units of `currency`, and hold
    in no other. Below `keep_below_minor` the goods need not come back."""

    name: str
    decision: str
    explanation: str | None = None
    within_days: int | None = None
    counted_from: str = SHIPMENT
    transit_days: int = 0
    reasons: frozenset[str] = frozenset()
    channel_ids: frozenset[int] = frozenset()
    item_ids: frozenset[int] = frozenset()
    item_groups: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    with_order: bool | None = None
    currency: str | None = None
    value_from_minor: int | None = None
    value_below_minor: int | None = None
    fee_percent: Decimal = Decimal(0)
    fee_minor: int = 0
    keep_below_minor: int | None = None
    refunds_shipping: bool = False
    valid_days: int = STANDARD_VALID_DAYS
    location_id: int | None = None
    carrier: str | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the policy says of a line, and why: the rule that decided, and why those before it did
    not hold."""

    decision: str
    explanation: tuple[str, ...]
    rule: Rule | None = None
    keeps: bool = False

    @property
    def fee_percent(self) -> Decimal:
        """The restocking fee, in percent of what is credited."""
        return Decimal(0) if self.rule is None else self.rule.fee_percent

    @property
    def fee_minor(self) -> int:
        """The restocking fee of the whole line, in minor units."""
        return 0 if self.rule is None else self.rule.fee_minor


def decide(rules: Sequence[Rule], facts: Facts) -> Decision:
    """The first rule that holds decides. Where none does, nothing is let; where there is no policy
    at all, somebody is asked."""
    if not rules:
        return Decision(decision=ASK, explanation=("No return policy is in effect.",))
    said: list[str] = []
    for rule in rules:
        why_not = _why_not(rule, facts)
        if why_not is None:
            return _decided(rule, facts, said)
        said.append(f"{rule.name}: {why_not}")
    return Decision(decision=REFUSE, explanation=(*said, "No rule lets it come back."))


def _decided(rule: Rule, facts: Facts, said: Sequence[str]) -> Decision:
    keeps = (
        rule.decision != REFUSE
        and rule.keep_below_minor is not None
        and facts.has_order
        and facts.value_minor < rule.keep_below_minor
    )
    told = [f"{rule.name}: {rule.explanation or 'holds.'}"]
    if keeps:
        told.append("It is worth less than its way back: it may be kept.")
    return Decision(decision=rule.decision, explanation=(*said, *told), rule=rule, keeps=keeps)


def days_since(rule: Rule, facts: Facts) -> int | None:
    """How many days ago the goods left, or came, by the rule's way of counting; None: unknown."""
    began = facts.shipped_on
    if rule.counted_from == DELIVERY:
        if facts.delivered_on is not None:
            return (facts.today - facts.delivered_on).days
        return None if began is None else (facts.today - began).days - rule.transit_days
    return None if began is None else (facts.today - began).days


def _why_not(rule: Rule, facts: Facts) -> str | None:
    """Why a rule does not hold, in words; None: it holds."""
    if rule.with_order is not None and rule.with_order != facts.has_order:
        return "it has an order." if facts.has_order else "it has no order."
    for allowed, told, what in (
        (rule.reasons, facts.reason, "reason"),
        (rule.channel_ids, facts.channel_id, "channel"),
        (rule.item_ids, facts.item_id, "item"),
        (rule.item_groups, facts.item_group, "item group"),
        (rule.conditions, facts.condition, "condition"),
    ):
        if allowed and told not in allowed:
            return f"not for this {what}."
    return _why_not_then(rule, facts) or _why_not_worth(rule, facts)


def _why_not_then(rule: Rule, facts: Facts) -> str | None:
    if rule.within_days is None:
        return None
    days = days_since(rule, facts)
    if days is None:
        return f"it is not known when its {rule.counted_from} was."
    if days > rule.within_days:
        return f"{days} days since its {rule.counted_from}, at most {rule.within_days}."
    return None


def _why_not_worth(rule: Rule, facts: Facts) -> str | None:
    if rule.currency is not None and rule.currency != facts.currency:
        return f"only in {rule.currency}."
    if rule.value_from_minor is not None and facts.value_minor < rule.value_from_minor:
        return "it is worth less."
    if rule.value_below_minor is not None and facts.value_minor >= rule.value_below_minor:
        return "it is worth more."
    return None
