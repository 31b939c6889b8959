"""Documents come in, are processed, and wait for people where they must."""

import hashlib
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.catalog.operations.item_identifiers import assign_item_identifier
from domain.catalog.policy import IdentifierKey
from domain.channels.models import Channel
from domain.entities.operations.party_identifiers import assign_party_identifier
from domain.intake.authority import channel_authority
from domain.intake.events import MessageReceived
from domain.intake.models import IntakeMessage
from domain.intake.policy import REPLAYABLE, kept_text
from domain.intake.processing import Processed, process
from domain.intake.waiting_changes import has_its_orders, waiting_changes
from domain.intake.waiting_returns import has_order_by_now, waiting_returns
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work

LARGEST_DOCUMENT = 10_000_000
RECEIVED = "received"


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
    delivery = {
        "channel_id": channel.id,
        "content_hash": hashlib.sha256(raw).hexdigest(),
        "delivery_id": kept_text(delivery_id),
    }
    named = {"filename": filename, "content_type": content_type, "topic": topic}
    told = {name: kept_text(value) for name, value in named.items()}
    message_id: int | None = await work.value(
        insert(IntakeMessage)
        .values(tenant_id=work.tenant_id, received_at=work.now, raw=raw, **delivery, **told)
        .on_conflict_do_nothing(
            index_elements=["tenant_id", "channel_id", "delivery_id", "content_hash"],
            index_where=IntakeMessage.delivery_id.is_not(None),
        )
        .returning(IntakeMessage.id)
    )
    if message_id is None:
        return await _delivered(work, **delivery)
    work.record(MessageReceived(aggregate_id=message_id, channel_id=channel.id))
    work.audit(
        "receive_message",
        subject="intake_message",
        subject_id=message_id,
        after={"channel_id": channel.id, "content_hash": delivery["content_hash"], **told},
    )
    return message_id


@operation("procurement.bill")
async def receive_supplier_message(
    work: Work,
    *,
    channel_code: str,
    supplier_id: int,
    raw: bytes,
    filename: str | None = None,
    content_type: str | None = None,
    topic: str | None = None,
    delivery_id: str | None = None,
) -> int:
    """Keep a document of a supplier, as `receive_message` does: a supplier sends by a channel whose
    default party it is. Raises InvalidInput (too large), NotFound (any other channel)."""
    own = await work.value(
        select(Channel.id).where(
            Channel.tenant_id == work.tenant_id,
            Channel.code == channel_code,
            Channel.default_party_id == supplier_id,
        )
    )
    if own is None:
        raise NotFound("channel")
    return await receive_message(
        work,
        channel_code=channel_code,
        raw=raw,
        filename=filename,
        content_type=content_type,
        topic=topic,
        delivery_id=delivery_id,
    )


@operation("intake.ingest")
async def process_message(work: Work, *, message_id: int) -> Processed | None:
    """Read a kept message and book its orders; None when that was done before.

    Raises NotFound."""
    with work.through(f"intake:{message_id}"):
        return await process(work, message_id, waiting=(RECEIVED,))


@operation("intake.manage")
async def replay_message(work: Work, *, message_id: int) -> Processed:
    """Process a message again, after what it waited for was mended.

    Raises NotFound, InvalidState (state, allowed) when it is not waiting."""
    with work.through(f"intake:{message_id}"):
        processed = await process(work, message_id, waiting=REPLAYABLE)
    if processed is None:
        raise InvalidState(
            "Only a message that waits, or was rejected, is replayed.",
            state=await _outcome(work, message_id),
            allowed=[],
        )
    return processed


@operation("intake.manage")
async def read_waiting_returns(work: Work, *, order_id: int) -> list[int]:
    """Read the messages again that wait with a return of this order; their ids."""
    waiting = await waiting_returns(work, order_id)
    for message_id in waiting:
        with work.through(f"intake:{message_id}"):
            await process(work, message_id, waiting=("exception",))
    return waiting


@operation("intake.manage")
async def read_return_again(work: Work, *, message_id: int) -> bool:
    """Read a message again that was to wait with a return of an order, when that order is here by
    now: who placed it meanwhile could not see that somebody waits. Whether it was."""
    if not await has_order_by_now(work, message_id):
        return False
    with work.through(f"intake:{message_id}"):
        return await process(work, message_id, waiting=("exception",)) is not None


@operation("intake.manage")
async def read_waiting_changes(work: Work, *, order_id: int) -> list[int]:
    """Read the messages again that wait with a change of this order; their ids."""
    waiting = await waiting_changes(work, order_id)
    for message_id in waiting:
        with work.through(f"intake:{message_id}"):
            await process(work, message_id, waiting=("exception",))
    return waiting


@operation("intake.manage")
async def read_change_again(work: Work, *, message_id: int) -> bool:
    """As `read_return_again`, for a change of an order."""
    if not await has_its_orders(work, message_id):
        return False
    with work.through(f"intake:{message_id}"):
        return await process(work, message_id, waiting=("exception",)) is not None


@operation("intake.manage")
async def map_item_code(
    work: Work, *, channel_id: int, code: str, item_id: int, unit: str | None = None
) -> None:
    """From now on `code` on the channel means the item (in `unit`, if one is given).

    Raises InvalidInput, NotFound, ItemCodeTaken."""
    key = IdentifierKey(scheme="channel", value=code, channel_id=channel_id)
    with channel_authority(work):
        await assign_item_identifier(work, item_id=item_id, key=key, unit=unit)


@operation("intake.manage")
async def map_party_code(work: Work, *, channel_id: int, code: str, party_id: int) -> None:
    """From now on `code` on the channel means the party.

    Raises InvalidInput, NotFound, PartyCodeTaken."""
    with channel_authority(work):
        await assign_party_identifier(work, party_id=party_id, value=code, channel_id=channel_id)


async def _outcome(work: Work, message_id: int) -> str:
    return str(
        await work.value(
            select(IntakeMessage.outcome).where(
                IntakeMessage.tenant_id == work.tenant_id, IntakeMessage.id == message_id
            )
        )
    )


async def _channel(work: Work, code: str) -> Row[Any]:
    row = await work.row(
        select(Channel.id, Channel.status).where(
            Channel.tenant_id == work.tenant_id, Channel.code == code
        )
    )
    if row is None or row.status != "active":
        raise NotFound("channel")
    return row


async def _delivered(work: Work, **delivery: Any) -> int:
    """The message that this delivery, of this content, made before."""
    known = await work.value(
        select(IntakeMessage.id).where(
            IntakeMessage.tenant_id == work.tenant_id,
            *(getattr(IntakeMessage, name) == value for name, value in delivery.items()),
        )
    )
    return int(known)
