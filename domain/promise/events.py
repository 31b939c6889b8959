"""What happens to promises. `aggregate_id` is the order's id; days are ISO dates."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRuleChanged(Event):
    """How promises are reckoned changed; `aggregate_id` is the rule's id."""

    type = "promise.rule_changed"
    aggregate = "promise_rule"
    channel_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseAtRisk(Event):
    """What an order was promised will not be kept, as things stand.

    `promised` is the day it was to leave, `expected_before` and `expected` when it was, and is,
    to be expected to; None: nothing is in sight."""

    type = "order.promise_at_risk"
    aggregate = "order"
    number: str
    item_ids: tuple[int, ...]
    promised: str | None
    expected_before: str | None
    expected: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseChanged(Event):
    """An order is to be expected earlier or later than before, and its promise holds (again)."""

    type = "order.promise_changed"
    aggregate = "order"
    number: str
    item_ids: tuple[int, ...]
    promised: str | None
    expected_before: str | None
    expected: str | None
