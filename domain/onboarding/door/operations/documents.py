"""Documents of an app are registered and retired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.kernel import text
from domain.kernel.bulk import ErrorPolicy, RowFailure, require_bulk_size
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.onboarding.door.events import DocumentRetired, DocumentsRegistered
from domain.onboarding.door.opened import lock_open_app
from domain.onboarding.door.outcomes import TooManyDocuments
from domain.onboarding.door.policy import LONGEST_DOCUMENT, MOST_DOCUMENTS, document_hash
from tenancy.models import RegisteredDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """A document to register. `expected_hash`, if given, is the one that the client computed."""

    name: str
    text: str
    expected_hash: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentsKept:
    """The hash of each document in the order given, and which rows were refused."""

    hashes: tuple[str, ...]
    failures: tuple[RowFailure, ...]


@operation("apps.manage")
async def register_documents(
    work: Work,
    *,
    app_id: int,
    documents: Sequence[NewDocument],
    faults: Mapping[int, str],
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL,
) -> DocumentsKept:
    """Register up to 1,000 documents of an app; one that is registered keeps its place under the
    new name, one that was retired counts again. `faults` says, by place, what the API's schema
    has against a text.

    With REJECT_ALL one failed row keeps all from being written; with REJECT_FAILED_ROWS the
    others are. Raises InvalidInput on the number of rows, NotFound, ClientAppIsClosed,
    TooManyDocuments."""
    require_bulk_size(len(documents), path=("documents",))
    await lock_open_app(work, app_id)
    hashes = tuple(document_hash(document.text) for document in documents)
    failures = [
        failure
        for place, document in enumerate(documents)
        if (failure := _failure(place, document, hashes[place], faults.get(place)))
    ]
    failed = {failure.row for failure in failures}
    if failures and error_policy is ErrorPolicy.REJECT_ALL:
        return DocumentsKept(hashes, tuple(failures))
    # The last name given for a text counts.
    sound = {
        digest: document
        for place, (digest, document) in enumerate(zip(hashes, documents, strict=True))
        if place not in failed
    }
    if sound:
        await _write(work, app_id, sound)
    return DocumentsKept(hashes, tuple(failures))


@operation("apps.manage")
async def retire_document(work: Work, *, document_id: int) -> None:
    """Let the app send the document no more; repeating it is harmless. Raises NotFound."""
    row = await lock_record(work, RegisteredDocument, document_id, kind="registered document")
    if row.retired_at is not None:
        return
    await work.execute(
        update(RegisteredDocument)
        .where(RegisteredDocument.tenant_id == work.tenant_id, RegisteredDocument.id == document_id)
        .values(retired_at=work.now)
    )
    work.record(DocumentRetired(aggregate_id=row.app_id, hash=row.hash))
    work.audit(
        "retire_document",
        subject="registered_document",
        subject_id=document_id,
        before={"hash": row.hash, "name": row.name},
    )


async def _write(work: Work, app_id: int, documents: Mapping[str, NewDocument]) -> None:
    new = insert(RegisteredDocument).values(
        [
            {
                "tenant_id": work.tenant_id,
                "app_id": app_id,
                "hash": digest,
                "name": document.name.strip(),
                "text": document.text,
                "created_at": work.now,
            }
            for digest, document in sorted(documents.items())
        ]
    )
    await work.execute(
        new.on_conflict_do_update(
            index_elements=["tenant_id", "app_id", "hash"],
            set_={"name": new.excluded.name, "retired_at": None},
        )
    )
    await _require_room(work, app_id)
    work.record(DocumentsRegistered(aggregate_id=app_id, hashes=tuple(sorted(documents))))
    work.audit(
        "register_documents",
        subject="client_app",
        subject_id=app_id,
        after={digest: document.name for digest, document in sorted(documents.items())},
    )


async def _require_room(work: Work, app_id: int) -> None:
    """After writing: only then is it known how many were new."""
    count = await work.value(
        select(func.count()).where(
            RegisteredDocument.tenant_id == work.tenant_id,
            RegisteredDocument.app_id == app_id,
            RegisteredDocument.retired_at.is_(None),
        )
    )
    if count > MOST_DOCUMENTS:
        raise TooManyDocuments(
            f"An app has at most {MOST_DOCUMENTS:,} documents. Retire those it sends no more.",
            path=("documents",),
            limit=MOST_DOCUMENTS,
            registered=count,
        )


def _failure(
    place: int, document: NewDocument, digest: str, fault: str | None
) -> RowFailure | None:
    def failure(code: str, message: str, field: str) -> RowFailure:
        return RowFailure(row=place, code=code, message=message, field=field)

    try:
        text.name(document.name)
    except InvalidInput as error:
        return failure("INVALID_NAME", error.message, "name")
    if len(document.text) > LONGEST_DOCUMENT or "\x00" in document.text:
        message = f"Must have at most {LONGEST_DOCUMENT:,} characters, and no U+0000."
        return failure("INVALID_DOCUMENT", message, "text")
    if fault is not None:
        return failure("INVALID_DOCUMENT", fault, "text")
    if document.expected_hash not in (None, digest):
        return failure("WRONG_HASH", "This is not the SHA-256 of the text.", "hash")
    return None
