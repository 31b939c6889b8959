"""The event types there are."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from functools import cache

import domain
from domain.kernel.events import Event


@cache
def known_event_types() -> frozenset[str]:
    """The types of all events that any area defines."""
    for area in pkgutil.iter_modules(domain.__path__, prefix="domain."):
        if importlib.util.find_spec(f"{area.name}.events"):
            importlib.import_module(f"{area.name}.events")
    return frozenset(kind.type for kind in _kinds(Event) if hasattr(kind, "type"))


def _kinds(parent: type[Event]) -> Iterator[type[Event]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from _kinds(kind)
