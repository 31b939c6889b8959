"""Messages and what was read out of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.channels.models import Channel
from domain.intake.models import IntakeDocument, IntakeMessage
from domain.kernel.errors import InvalidInput
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

ORDERINGS = {"received": Ordering((IntakeMessage.id,), descending=True)}

MOST_RAW = 10

# The raw bytes may be large, so lists leave them out.
_COLUMNS = tuple(c for c in IntakeMessage.__table__.c if c.name != "raw")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """Which messages; what is None does not narrow."""

    outcome: str | None = None
    channel_id: int | None = None
    format: str | None = None


@dataclass(frozen=True, slots=True)
class IntakeChannel:
    """What the intake door needs of a channel before anybody is signed in."""

    id: int
    code: str
    source: str
    signing_secret: str | None


@query("intake.read")
async def messages(
    reader: Reader, *, where: MessageFilter, ordering: Ordering, request: PageRequest
) -> Listing:
    """A list of messages. Raises InvalidInput on a foreign cursor."""
    statement = _all(reader)
    for name in ("outcome", "channel_id", "format"):
        if (value := getattr(where, name)) is not None:
            statement = statement.where(getattr(IntakeMessage, name) == value)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("intake.read")
async def messages_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The messages with these ids, without their bytes."""
    rows = await reader.rows(_all(reader).where(IntakeMessage.id.in_(ids)))
    return {row.id: row for row in rows}


@query("intake.read")
async def raw_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, bytes]:
    """The bytes of messages, as they came. Raises InvalidInput for more than 10 at once."""
    if len(ids) > MOST_RAW:
        message = f"At most {MOST_RAW} documents are read at once; ask for fewer messages."
        raise InvalidInput(message, path=("raw",))
    rows = await reader.rows(
        select(IntakeMessage.id, IntakeMessage.raw).where(
            IntakeMessage.tenant_id == reader.tenant_id, IntakeMessage.id.in_(ids)
        )
    )
    return {row.id: row.raw for row in rows}


@query("intake.read")
async def documents_of_messages(
    reader: Reader, *, message_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The orders that were read out of messages, in document order."""
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    rows = await reader.rows(
        select(*IntakeDocument.__table__.c)
        .where(
            IntakeDocument.tenant_id == reader.tenant_id,
            IntakeDocument.message_id.in_(message_ids),
        )
        .order_by(IntakeDocument.message_id, IntakeDocument.position)
    )
    for row in rows:
        found[row.message_id].append(row)
    return found


@query("intake.ingest")
async def intake_channel(reader: Reader, *, code: str) -> IntakeChannel | None:
    """How the documents of a channel are signed; None when it takes none."""
    row = await reader.row(
        select(Channel.id, Channel.code, Channel.source, Channel.signing_secret).where(
            Channel.tenant_id == reader.tenant_id,
            Channel.code == code,
            Channel.status == "active",
        )
    )
    return None if row is None else IntakeChannel(**row._mapping)


def _all(reader: Reader) -> Select[Any]:
    return select(*_COLUMNS).where(IntakeMessage.tenant_id == reader.tenant_id)
