"""Handing in a document through the API."""

import base64
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.inputs import given
from api.intake.messages import IntakeMessage, load_messages
from api.user_errors import UserError
from api.writing import perform
from domain.intake import operations
from domain.kernel.errors import InvalidInput
from domain.kernel.work import Work


@strawberry.input(description="A document for a channel: its text, or its bytes in base64.")
class IngestDocumentInput:
    channel: str = strawberry.field(description="The channel's code.")
    text: str | None = strawberry.field(default=None, description="The document, if it is text.")
    base64: str | None = strawberry.field(default=None, description="The document's bytes.")
    filename: str | None = strawberry.field(default=None, description="Its file's name.")
    content_type: str | None = strawberry.field(default=None, description="Its media type.")
    topic: str | None = strawberry.field(default=None, description="The webhook's topic, if any.")
    delivery_id: str | None = strawberry.field(
        default=None, description="The source's id of this delivery: again, it is one message."
    )

    def content(self) -> bytes:
        """The document's bytes. Raises InvalidInput unless exactly one form is given."""
        if (self.text is None) == (self.base64 is None):
            raise InvalidInput("Give either text or base64.", path=("text",))
        try:
            if self.base64 is not None:
                return base64.b64decode(self.base64, validate=True)
            return (self.text or "").encode()
        except UnicodeEncodeError:
            raise InvalidInput("This is not text.", path=("text",)) from None
        except ValueError:  # binascii's, or of a character that is not ASCII
            raise InvalidInput("This is not base64.", path=("base64",)) from None


@strawberry.type(description="What ingestDocument did.")
class IngestDocumentPayload:
    message: IntakeMessage | None = strawberry.field(
        description="The message as it is kept; a worker reads it now."
    )
    user_errors: list[UserError] = strawberry.field(description="Why it was not kept.")


@strawberry.type
class TakingMutation:
    @strawberry.mutation(
        description="Hand in a document: it is kept, and booked by a worker. Needs intake.ingest."
    )
    async def ingest_document(
        self,
        info: Info,
        input: Annotated[IngestDocumentInput, strawberry.argument(description="The document.")],
    ) -> IngestDocumentPayload:
        told = given(input, "filename", "content_type", "topic", "delivery_id")

        async def receive(work: Work) -> dict[str, Any]:
            work.require("intake.ingest")  # before the content is looked at
            message_id = await operations.receive_message(
                work, channel_code=input.channel, raw=input.content(), **told
            )
            return {"id": message_id}

        done = await perform(info, receive, input=input, key_required=True)
        message = await info.context.load_done(load_messages, done["id"])
        return IngestDocumentPayload(message=message, user_errors=done.user_errors)
