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


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisesLeft(Event):
    """A part of the promises of items was looked through: what comes after is still to be.

    `aggregate_id` is the first item's id. What follows is promised for a later day than
    `after_day` (ISO; 9999-12-31: for none), or for the same with a first line of a higher id than
    `after_line_id`. `order_id` is an order to be dated with them, or None."""

    type = "promise.promises_left"
    aggregate = "item"
    item_ids: tuple[int, ...]
    after_day: str
    after_line_id: int
    order_id: int | None = None
