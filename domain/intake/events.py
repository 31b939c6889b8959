"""What happened to messages."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Event):
    """A document arrived and its bytes are kept; it waits to be read."""

    type = "intake.message_received"
    aggregate = "intake_message"
    channel_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageProcessed(Event):
    """A document was read; `outcome` says what became of it."""

    type = "intake.message_processed"
    aggregate = "intake_message"
    channel_id: int
    outcome: str
    order_ids: tuple[int, ...]
