"""What happened to legal entities, locations and parties."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEntityCreated(Event):
    """A legal entity began."""

    type = "entities.legal_entity_created"
    aggregate = "legal_entity"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEntityChanged(Event):
    """Fields of a legal entity changed."""

    type = "entities.legal_entity_changed"
    aggregate = "legal_entity"
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationCreated(Event):
    """A location began."""

    type = "entities.location_created"
    aggregate = "location"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationChanged(Event):
    """Fields of a location changed."""

    type = "entities.location_changed"
    aggregate = "location"
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyCreated(Event):
    """A party began."""

    type = "entities.party_created"
    aggregate = "party"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyChanged(Event):
    """Fields, addresses or identifiers of a party changed."""

    type = "entities.party_changed"
    aggregate = "party"
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChanged(Event):
    """A working calendar began, or its days changed."""

    type = "entities.calendar_changed"
    aggregate = "working_calendar"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitTimesChanged(Event):
    """Transit times of a location changed."""

    type = "entities.transit_times_changed"
    aggregate = "location"
