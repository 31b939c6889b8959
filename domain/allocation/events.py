"""What happens in allocation beyond the orders themselves."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BackordersLeft(Event):
    """A run served a part of the queue and stock is left: the next part has its turn.

    `aggregate_id` is the first item's id; `after_line_id` is where the run stopped."""

    type = "allocation.backorders_left"
    aggregate = "backorder_queue"
    item_ids: tuple[int, ...]
    after_line_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyActivated(Event):
    """A version of an allocation policy took effect; the versions before it are retired."""

    type = "allocation.policy_activated"
    aggregate = "allocation_policy"
    code: str
    version: int
