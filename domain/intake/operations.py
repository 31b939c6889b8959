"""Documents come in, are processed, and wait for people where they must."""

import hashlib
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from domain.catalog.operations.item_identifiers import assign_item_identifier
from domain.catalog.policy import IdentifierKey
from domain.channels.models import Channel
from domain.entities.operations.party_identifiers import assign_party_identifier
from domain.intake.events import MessageReceived
from domain.intake.models import IntakeMessage
from domain.intake.processing import Processed, process
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work

LARGEST_DOCUMENT = 10_000_000
REPLAYABLE = ("exception", "rejected")


@operation("intake.ingest")
async def receive_message(
    work: Work,
    *,
    channel_code: str,
    raw: bytes,
    filename: str | None = None,
    content_type: str | None = None,
    topic: str | None = None,
    delivery_id: str | None = None,
) -> int:
    """Keep a document as it came, before anything else is tried; returns the message's id.

    `delivery_id` is the source's own id of this delivery: the same delivery again gives the
    message that is here already. Raises InvalidInput (too large), NotFound (channel)."""
    if len(raw) > LARGEST_DOCUMENT:
        message = f"The document has {len(raw)} bytes; at most {LARGEST_DOCUMENT} are taken."
        raise InvalidInput(message, path=("content",))
    channel = await _channel(work, channel_code)
    if delivery_id and (known := await _delivered(work, channel.id, delivery_id)):
        return known
    message_id = int(
        await work.value(
            insert(IntakeMessage)
            .values(
                tenant_id=work.tenant_id,
                channel_id=channel.id,
                received_at=work.now,
                raw=raw,
                content_hash=hashlib.sha256(raw).hexdigest(),
                filename=filename,
                content_type=content_type,
                topic=topic,
                delivery_id=delivery_id,
            )
            .returning(IntakeMessage.id)
        )
    )
    work.record(MessageReceived(aggregate_id=message_id, channel_id=channel.id))
    return message_id


@operation("intake.ingest")
async def process_message(work: Work, *, message_id: int) -> Processed | None:
    """Read a kept message and book its orders; None when that was done before.

    Raises NotFound."""
    return await process(work, message_id)


@operation("intake.manage")
async def replay_message(work: Work, *, message_id: int) -> Processed | None:
    """Process a message again, after what it waited for was mended.

    Raises NotFound, InvalidState when it is not waiting."""
    outcome = await work.value(
        select(IntakeMessage.outcome).where(
            IntakeMessage.tenant_id == work.tenant_id, IntakeMessage.id == message_id
        )
    )
    if outcome is None:
        raise NotFound("message")
    if outcome not in REPLAYABLE:
        message = f"The message is {outcome}; only one that waits is replayed."
        raise InvalidState(message, state=outcome, allowed=[])
    return await process(work, message_id, again=True)


@operation("intake.manage")
async def map_item_code(
    work: Work, *, channel_id: int, code: str, item_id: int, unit: str | None = None
) -> None:
    """From now on `code` on the channel means the item (in `unit`, if one is given).

    Raises InvalidInput, NotFound, ItemCodeTaken."""
    key = IdentifierKey(scheme="channel", value=code, channel_id=channel_id)
    await assign_item_identifier(work, item_id=item_id, key=key, unit=unit)


@operation("intake.manage")
async def map_party_code(work: Work, *, channel_id: int, code: str, party_id: int) -> None:
    """From now on `code` on the channel means the party.

    Raises InvalidInput, NotFound, PartyCodeTaken."""
    await assign_party_identifier(work, party_id=party_id, value=code, channel_id=channel_id)


async def _channel(work: Work, code: str) -> Row[Any]:
    row = await work.row(
        select(Channel.id, Channel.status).where(
            Channel.tenant_id == work.tenant_id, Channel.code == code
        )
    )
    if row is None or row.status != "active":
        raise NotFound("channel")
    return row


async def _delivered(work: Work, channel_id: int, delivery_id: str) -> int | None:
    known: int | None = await work.value(
        select(IntakeMessage.id).where(
            IntakeMessage.tenant_id == work.tenant_id,
            IntakeMessage.channel_id == channel_id,
            IntakeMessage.delivery_id == delivery_id,
        )
    )
    return known
