"""Registered documents on the API."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import strawberry
from graphql import GraphQLSchema
from sqlalchemy.engine import Row

from api.apps.client_apps import ClientApp, load_client_apps
from api.apps.writing import perform_apps
from api.bulk import ErrorPolicy, RowOutcome, domain_policy, row_outcomes
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id, optional_row_id, row_id_of
from api.limits.documents import Documents, Refused
from api.nodes import Node, refetched_by
from api.user_errors import UserError, answers
from domain.kernel.bulk import require_bulk_size
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.door import queries
from domain.onboarding.door.operations import documents as operations
from domain.onboarding.door.outcomes import TooManyDocuments


@strawberry.type(description="A GraphQL document that an app may send by its hash.")
class RegisteredDocument(Node):
    app_id: strawberry.Private[int]
    hash: str = strawberry.field(description="The SHA-256 of its text in UTF-8, in hex.")
    name: str = strawberry.field(description="Its name.")
    text: str = strawberry.field(description="The document.")
    created_at: datetime = strawberry.field(description="When it was first registered.")
    retired_at: datetime | None = strawberry.field(
        description="When it was retired; null: it may be sent."
    )

    @classmethod
    def of(cls, row: Row[Any]) -> "RegisteredDocument":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("RegisteredDocument", row.id),
            app_id=row.app_id,
            hash=row.hash,
            name=row.name,
            text=row.text,
            created_at=row.created_at,
            retired_at=row.retired_at,
        )

    @strawberry.field(description="The app that may send it.")
    async def app(self, info: Info) -> ClientApp | None:
        return await info.context.load(load_client_apps, self.app_id)


async def load_documents(reader: Reader, ids: Sequence[int]) -> list[RegisteredDocument | None]:
    """A batch for loaders: the documents of these row ids, in order."""
    rows = await queries.registered_documents_of_ids(reader, ids=ids)
    return [RegisteredDocument.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("RegisteredDocument", load_documents)


@strawberry.input(description="Which documents; what is left out does not narrow.")
class RegisteredDocumentFilter:
    app_id: strawberry.ID | None = strawberry.field(default=None, description="Of this app.")
    hash: str | None = strawberry.field(default=None, description="With this hash.")
    is_retired: bool | None = strawberry.field(
        default=None, description="Only retired ones, or only those that may be sent."
    )


@strawberry.type
class RegisteredDocumentQuery:
    @strawberry.field(description="The registered documents, by name. Needs apps.read.")
    async def registered_documents(
        self,
        info: Info,
        filter: Annotated[
            RegisteredDocumentFilter | None, strawberry.argument(description="Which documents.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[RegisteredDocument]:
        asked = filter or RegisteredDocumentFilter()
        where = queries.DocumentFilter(
            app_id=optional_row_id(asked.app_id, "ClientApp", path=("filter", "appId")),
            hash=asked.hash,
            is_retired=asked.is_retired,
        )
        reader = await info.context.reader()
        listing = await queries.registered_documents(
            reader, where=where, request=wanted(first, after, last, before)
        )
        return connection(listing.page, RegisteredDocument.of, count=listing.count)


@strawberry.input(description="A document to register.")
class NewDocumentInput:
    name: str = strawberry.field(description="Its name, such as that of its operation.")
    text: str = strawberry.field(
        description="The document, letter by letter as its hash is taken of it."
    )
    hash: str | None = strawberry.field(
        default=None, description="The hash that you have for it, to be compared."
    )


@strawberry.input(description="Documents of an app.")
class RegisterDocumentsInput:
    app_id: strawberry.ID = strawberry.field(description="The app that will send them.")
    documents: list[NewDocumentInput] = strawberry.field(
        description="1 to 1,000 documents; one that is registered already stays."
    )
    error_policy: ErrorPolicy = strawberry.field(
        default=ErrorPolicy.REJECT_ALL, description="What a failed document means for the others."
    )


@strawberry.type(description="What registerDocuments did.")
class RegisterDocumentsPayload:
    client_app: ClientApp | None = strawberry.field(description="The app.")
    hashes: list[str] = strawberry.field(
        description="The hash of each document, in the order given."
    )
    outcomes: list[RowOutcome] = strawberry.field(description="What became of each document.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was registered.")


@strawberry.input(description="The document to retire.")
class RetireRegisteredDocumentInput:
    id: strawberry.ID = strawberry.field(description="The document's id.")


@strawberry.type(description="What retireRegisteredDocument did.")
class RetireRegisteredDocumentPayload:
    registered_document: RegisteredDocument | None = strawberry.field(
        description="The document as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@answers(TooManyDocuments)
@strawberry.type(description="The app would have more documents than it may.")
class TooManyDocumentsError(UserError):
    limit: int = strawberry.field(description="How many it may have.")
    registered: int = strawberry.field(description="How many it would have.")


@strawberry.type
class RegisteredDocumentMutation:
    @strawberry.mutation(
        description=("Register documents of an app, each valid for this schema. Needs apps.manage.")
    )
    async def register_documents(
        self,
        info: Info,
        input: Annotated[RegisterDocumentsInput, strawberry.argument(description="They.")],
    ) -> RegisterDocumentsPayload:
        app_id = row_id_of(input.app_id, "ClientApp", path=("appId",))
        texts = [document.text for document in input.documents]

        async def register(work: Work) -> dict[str, Any]:
            work.require("apps.manage")
            require_bulk_size(len(texts), path=("documents",))
            kept = await operations.register_documents(
                work,
                app_id=app_id,
                documents=_documents(input),
                faults=await asyncio.to_thread(faults_of, info._raw_info.schema, texts),
                error_policy=domain_policy(input.error_policy),
            )
            failures = [asdict(failure) for failure in kept.failures]
            return {"id": app_id, "hashes": list(kept.hashes), "failures": failures}

        done = await perform_apps(info, register, input=input)
        app = await info.context.load_done(load_client_apps, done["id"])
        return RegisterDocumentsPayload(
            client_app=app,
            hashes=done["hashes"] or [],
            outcomes=row_outcomes(
                len(done["hashes"] or ()), done["failures"] or (), input.error_policy
            ),
            user_errors=done.user_errors,
        )

    @strawberry.mutation(description="Let an app send a document no more. Needs apps.manage.")
    async def retire_registered_document(
        self,
        info: Info,
        input: Annotated[
            RetireRegisteredDocumentInput, strawberry.argument(description="The document.")
        ],
    ) -> RetireRegisteredDocumentPayload:
        document_id = row_id_of(input.id, "RegisteredDocument")

        async def retire(work: Work) -> dict[str, Any]:
            await operations.retire_document(work, document_id=document_id)
            return {"id": document_id}

        done = await perform_apps(info, retire, input=input)
        document = await info.context.load_done(load_documents, done["id"])
        return RetireRegisteredDocumentPayload(
            registered_document=document, user_errors=done.user_errors
        )


def faults_of(schema: GraphQLSchema, texts: Sequence[str]) -> dict[int, str]:
    """What is wrong with each text that cannot be executed, by its place."""
    documents = Documents(schema)
    faults: dict[int, str] = {}
    for place, text in enumerate(texts):
        try:
            documents.examine(text)
        except Refused as refused:
            faults[place] = refused.errors[0].message[:500]
    return faults


def _documents(input: RegisterDocumentsInput) -> list[operations.NewDocument]:
    return [
        operations.NewDocument(name=given.name, text=given.text, expected_hash=given.hash)
        for given in input.documents
    ]
