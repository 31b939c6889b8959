"""Raw messages on the API: the intake's journal and its exception queue."""

import base64
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.channels.channels import Channel, load_channels
from api.connections import (
    After,
    Before,
    Connection,
    Direction,
    First,
    Last,
    chosen,
    connection,
    wanted,
)
from api.context import Info
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.intake.documents import IntakeDocument, IntakeProblem, load_documents
from api.nodes import Node, refetched_by
from domain.intake import queries
from domain.intake.policy import actions
from domain.kernel.reading import Reader


@strawberry.enum(description="What became of a message.")
class MessageOutcome(Enum):
    RECEIVED = strawberry.enum_value("received", description="It is kept and will be read.")
    ACCEPTED = strawberry.enum_value("accepted", description="What is in it is booked.")
    EXCEPTION = strawberry.enum_value(
        "exception", description="A part of it waits for a person; the problems say why."
    )
    DUPLICATE = strawberry.enum_value("duplicate", description="It brought nothing new.")
    REJECTED = strawberry.enum_value("rejected", description="It is no order; the problems say.")


@strawberry.enum(description="What may be done with a message now.")
class MessageAction(Enum):
    REPLAY = strawberry.enum_value("replay", description="replayIntakeMessage")


@strawberry.type(description="A document byte for byte as it came.")
class RawDocument:
    raw: strawberry.Private[bytes]

    @strawberry.field(description="As text, if it is UTF-8 without control characters.")
    def text(self) -> str | None:
        try:
            text = self.raw.decode()
        except UnicodeDecodeError:
            return None
        return text if all(c.isprintable() or c in "\r\n\t" for c in text) else None

    @strawberry.field(description="In base64.")
    def base64(self) -> str:
        return base64.b64encode(self.raw).decode()

    @strawberry.field(description="How many bytes it has.")
    def size(self) -> int:
        return len(self.raw)


async def load_raw(reader: Reader, ids: Sequence[int]) -> list[RawDocument | None]:
    """A batch for loaders: the bytes of each message."""
    found = await queries.raw_of_ids(reader, ids=ids)
    return [RawDocument(raw=found[each]) if each in found else None for each in ids]


@strawberry.type(description="A document as it arrived, and what became of it.")
class IntakeMessage(Node):
    received_at: datetime = strawberry.field(description="When it arrived.")
    processed_at: datetime | None = strawberry.field(description="When it was last read.")
    outcome: MessageOutcome = strawberry.field(description="What became of it.")
    format: str | None = strawberry.field(description="What it is, such as shopify.order.")
    filename: str | None = strawberry.field(description="The file's name, if it had one.")
    content_type: str | None = strawberry.field(description="The type its sender gave.")
    topic: str | None = strawberry.field(description="The webhook's topic.")
    delivery_id: str | None = strawberry.field(description="The source's id of the delivery.")
    attempts: int = strawberry.field(description="How often it was read, replays included.")
    problems: list[IntakeProblem] = strawberry.field(description="What is wrong with it.")
    acknowledgement: str | None = strawberry.field(
        description="What its sender is owed: the text of an X12 997 or TA1, or an EDIFACT CONTRL."
    )
    row_id: strawberry.Private[int]
    channel_id: strawberry.Private[int]
    duplicate_of_id: strawberry.Private[int | None]

    @strawberry.field(description="The channel it came by. Needs channels.read.")
    async def channel(self, info: Info) -> Channel | None:
        return await info.context.load(load_channels, self.channel_id)

    @strawberry.field(description="The first message about the same, for a duplicate.")
    async def duplicate_of(self, info: Info) -> "IntakeMessage | None":
        if self.duplicate_of_id is None:
            return None
        return await info.context.load(load_messages, self.duplicate_of_id)

    @strawberry.field(
        description="The orders, returns and suppliers' invoices that were read out of it, in "
        "document order."
    )
    async def documents(self, info: Info) -> list[IntakeDocument]:
        return await info.context.load(load_documents, self.row_id)

    @strawberry.field(description="The document itself; of at most 10 messages at once.")
    async def raw(self, info: Info) -> RawDocument | None:
        return await info.context.load(load_raw, self.row_id)

    @strawberry.field(description="What you may do with it now.")
    def supported_actions(self, info: Info) -> list[MessageAction]:
        allowed = actions(str(self.outcome.value), permitted=info.context.principal.may)
        return [MessageAction(action) for action in allowed]

    @classmethod
    def of(cls, row: Row[Any]) -> "IntakeMessage":
        """From a row of the domain's queries."""
        plain = (
            "received_at processed_at format filename content_type topic delivery_id attempts "
            "acknowledgement channel_id duplicate_of_id"
        )
        return cls(
            id=global_id("IntakeMessage", row.id),
            row_id=row.id,
            outcome=MessageOutcome(row.outcome),
            problems=[IntakeProblem.of(problem) for problem in row.problems],
            **{name: getattr(row, name) for name in plain.split()},
        )


async def load_messages(reader: Reader, ids: Sequence[int]) -> list[IntakeMessage | None]:
    """A batch for loaders: the messages of these row ids, in order."""
    rows = await queries.messages_of_ids(reader, ids=ids)
    return [IntakeMessage.of(rows[each]) if each in rows else None for each in ids]


refetched_by("IntakeMessage", load_messages)


@strawberry.input(description="Which messages to list; conditions are joined by and.")
class IntakeMessageFilter:
    outcome: MessageOutcome | None = strawberry.field(default=None, description="This outcome.")
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="By this channel."
    )
    format: str | None = strawberry.field(default=None, description="Such as x12.850.")


@strawberry.enum(description="What messages can be ordered by.")
class IntakeMessageOrderField(Enum):
    RECEIVED = strawberry.enum_value("received", description="When they arrived.")


@strawberry.input(description="The order of a list of messages.")
class IntakeMessageOrder:
    field: IntakeMessageOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.DESC, description="Which way.")


@strawberry.type
class IntakeMessageQuery:
    @strawberry.field(description="Messages, the newest first. Needs intake.read.")
    async def intake_messages(
        self,
        info: Info,
        filter: Annotated[
            IntakeMessageFilter | None,
            strawberry.argument(description="Which ones; all if absent."),
        ] = None,
        order_by: Annotated[
            IntakeMessageOrder | None, strawberry.argument(description="Newest first if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[IntakeMessage]:
        listing = await queries.messages(
            await info.context.reader(),
            where=_where(filter or IntakeMessageFilter()),
            ordering=chosen(queries.ORDERINGS, order_by, default="received"),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, IntakeMessage.of, count=listing.count)


def _where(filter: IntakeMessageFilter) -> queries.MessageFilter:
    channel_id = optional_row_id(filter.channel_id, "Channel", path=("filter", "channelId"))
    return queries.MessageFilter(**given(filter) | {"channel_id": channel_id})
