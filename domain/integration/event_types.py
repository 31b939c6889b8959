"""The event types there are: what they are called, what they carry, who may see them."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, get_type_hints

import domain
from domain.kernel.events import Event
from tenancy.permissions import ALL_PERMISSIONS
from tenancy.principals import Principal

SEE_EVENTS = "events.read"
# What a customer or supplier is told of what is its own: nothing in these is the house's alone.
# Which of these events are its own, row security says.
TOLD_TO_PARTNERS = frozenset(
    {
        *("order.placed", "order.amended", "order.cancelled", "order.payment_changed"),
        *("order.promise_at_risk", "order.promise_changed", "order.shipped"),
        *("procurement.order_sent", "procurement.order_answered", "procurement.proposal_decided"),
        *("procurement.order_shipped", "procurement.order_received", "procurement.order_ended"),
        *("procurement.cancellation_asked", "procurement.cancellation_answered"),
        "integration.webhook_tested",
    }
)
# Areas of events whose permissions go by another name.
_AREAS = {
    "approval_delegation": "approvals",
    "approval_policy": "approvals",
    "access": "users",
    "integration": "webhooks",
    "tenancy": "onboarding",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """One type of event: `fields` are the names of what it carries, with their Python types;
    `permission` is what its readers need. `description` says when it happens."""

    event_type: str
    name: str
    aggregate: str
    description: str
    fields: dict[str, Any]
    permission: str
    kind: type[Event]


@cache
def known_event_types() -> frozenset[str]:
    """The types of all events that any area defines."""
    return frozenset(kind.type for kind in _kinds(_loaded()) if hasattr(kind, "type"))


@cache
def event_catalogue() -> dict[str, EventType]:
    """Every event type of the product, by its type, in alphabetical order."""
    kinds = [kind for kind in _kinds(_loaded()) if _is_of_product(kind)]
    return {kind.type: _described(kind) for kind in sorted(kinds, key=lambda kind: kind.type)}


def hidden_areas(may: Callable[[str], bool]) -> frozenset[str]:
    """The first words of the event types that somebody who `may` do so much may not see."""
    types = known_event_types()
    return frozenset(t.partition(".")[0] for t in types if not may_see(may, t))


def may_see(may: Callable[[str], bool], event_type: str) -> bool:
    """Whether somebody who `may` do so much may see events of this type."""
    permission = permission_of(event_type)
    return permission is None or may(permission)


def sees(principal: Principal, event_type: str) -> bool:
    """Whether the principal may see events of this type at all; a partner of its own only."""
    if principal.is_partner and event_type not in TOLD_TO_PARTNERS:
        return False
    return may_see(principal.may, event_type)


def seen_by_partner(principal: Principal) -> list[str] | None:
    """The types that a partner sees, in alphabetical order; None for the tenant's own people."""
    if not principal.is_partner:
        return None
    return sorted(each for each in TOLD_TO_PARTNERS if sees(principal, each))


def permission_of(event_type: str) -> str | None:
    """What a reader of events of this type needs: to read the area that they tell of. None: no
    more than to see events at all."""
    prefix = event_type.partition(".")[0]
    area = _AREAS.get(prefix, prefix)
    # Some areas are named by one of their objects: order, channel.
    wanted = (f"{area}.read", f"{area}s.read")
    return next((each for each in wanted if each in ALL_PERMISSIONS), None)


def _loaded() -> type[Event]:
    """The base of all events, once every area's module of events has been read."""
    for area in pkgutil.iter_modules(domain.__path__, prefix="domain."):
        _load(area.name)
        if area.ispkg:
            package = importlib.import_module(area.name)
            for part in pkgutil.iter_modules(package.__path__, prefix=f"{area.name}."):
                if part.ispkg:
                    _load(part.name)
    return Event


def _load(package: str) -> None:
    if importlib.util.find_spec(f"{package}.events"):
        importlib.import_module(f"{package}.events")


def _kinds(parent: type[Event]) -> Iterator[type[Event]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _is_of_product(kind: type[Event]) -> bool:
    return kind.__module__.startswith("domain.") and hasattr(kind, "type")


def _described(kind: type[Event]) -> EventType:
    hints = get_type_hints(kind)
    return EventType(
        event_type=kind.type,
        name=kind.__name__,
        aggregate=kind.aggregate,
        description=" ".join((kind.__doc__ or "").split()),
        fields={f.name: hints[f.name] for f in fields(kind) if f.name != "aggregate_id"},
        permission=permission_of(kind.type) or SEE_EVENTS,
        kind=kind,
    )
