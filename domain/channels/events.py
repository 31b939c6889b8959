"""What happened to channels."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCreated(Event):
    """A channel began."""

    type = "channels.channel_created"
    aggregate = "channel"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChanged(Event):
    """Fields of a channel changed; the signing secret is told by name only."""

    type = "channels.channel_changed"
    aggregate = "channel"
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssortmentChanged(Event):
    """A channel or a customer (`of`; its id is `aggregate_id`) is offered other items; not
    `limited`: everything."""

    type = "channel.assortment_changed"
    aggregate = "assortment"
    of: str
    limited: bool
    added: int
    removed: int
