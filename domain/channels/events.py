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
