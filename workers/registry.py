"""Which handlers an event's type has."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.kernel.work import Work

EVERY_TYPE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One event as its handlers get it; `payload` as it was kept, in JSON's own types."""

    id: int
    type: str
    aggregate: str
    aggregate_id: int
    payload: Mapping[str, Any]
    occurred_at: datetime
    actor: str


Handler = Callable[[Work, Delivered], Awaitable[None]]


class Handlers:
    """The handlers by event type, each run once in effect, in the order of registration."""

    def __init__(self) -> None:
        self._by_type: dict[str, list[Handler]] = defaultdict(list)

    def on(self, *types: str) -> Callable[[Handler], Handler]:
        """Register a handler for event types, or for every one with "*"."""

        def register(handler: Handler) -> Handler:
            for event_type in types:
                self._by_type[event_type].append(handler)
            return handler

        return register

    def of(self, event_type: str) -> list[Handler]:
        """The handlers of a type; those of every type come last."""
        return [*self._by_type.get(event_type, ()), *self._by_type.get(EVERY_TYPE, ())]


HANDLERS = Handlers()
on = HANDLERS.on
