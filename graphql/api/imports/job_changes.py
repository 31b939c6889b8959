"""Imports are started, cancelled, undone and followed on the API; mappings are kept."""

import base64
import binascii
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Annotated, Any

import strawberry
from starlette.datastructures import UploadFile
from strawberry import UNSET

from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.imports.jobs import ImportErrorPolicy, ImportJob, load_import_jobs
from api.imports.tables import ImportKind, told_file
from api.live import AfterEvent, event_id, follow
from api.user_errors import UserError
from api.writing import perform, perform_one
from domain.kernel.bulk import ErrorPolicy
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.event_log import Interest
from domain.kernel.work import Work
from domain.onboarding.jobs import operations

PART_BYTES = 512 * 1024
MOST_COLUMNS = 200


@strawberry.input(description="What a header is meant to be.")
class ImportMappingInput:
    header: str = strawberry.field(description="The header, as the file has it.")
    column: str = strawberry.field(
        description="The column as importColumns names it (unit:case for a repeated one); empty: "
        "it is left out."
    )


@strawberry.input(description="A file to be imported by the worker.")
class StartImportInput:
    kind: ImportKind = strawberry.field(description="What it brings.")
    file: UploadFile | None = strawberry.field(
        default=UNSET,
        description="The file: CSV (comma, semicolon, tab; UTF-8, UTF-16) or XLSX.",
    )
    content_base64: str | None = strawberry.field(
        default=UNSET,
        description="The file's bytes in base64, for clients that send no multipart request.",
    )
    import_id: strawberry.ID | None = strawberry.field(
        default=None, description="The file of an earlier import: after a dry run, for real."
    )
    filename: str = strawberry.field(
        default="", description="Its name; by default the one sent with file."
    )
    mapping: list[ImportMappingInput] | None = strawberry.field(
        default=None,
        description="What its headers are meant to be; by default what is kept for such headers.",
    )
    dry_run: bool = strawberry.field(
        default=False, description="Only tell what would happen; write nothing."
    )
    error_policy: ImportErrorPolicy = strawberry.field(
        default=ImportErrorPolicy.REJECT_FAILED_ROWS,
        description="What a faulty row means for the others.",
    )


@strawberry.input(description="An import.")
class ImportJobInput:
    id: strawberry.ID = strawberry.field(description="The import.")


@strawberry.type(description="What came of it.")
class ImportJobPayload:
    import_job: ImportJob | None = strawberry.field(description="The import as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.input(description="What the headers of a kind of file are meant to be.")
class SaveImportMappingInput:
    kind: ImportKind = strawberry.field(description="What such files bring.")
    mapping: list[ImportMappingInput] = strawberry.field(
        description="Each header of such files, also those that are left out."
    )


@strawberry.type(description="What saveImportMapping did.")
class SaveImportMappingPayload:
    is_saved: bool = strawberry.field(description="Whether it is kept.")
    user_errors: list[UserError] = strawberry.field(description="Why it is not kept.")


@strawberry.type(description="Something that happened to an import, and the import after it.")
class ImportJobChange:
    event_id: strawberry.ID = strawberry.field(
        description="The event's id, to know repetitions by and to take the subscription up again."
    )
    event_type: str = strawberry.field(
        description="What happened, such as onboarding.import_progressed."
    )
    import_job: ImportJob | None = strawberry.field(description="The import as it is now.")


@strawberry.type
class ImportJobMutation:
    @strawberry.mutation(
        description="Ask that a file is imported. The worker reads, checks and writes it part by "
        "part; the same file again changes nothing. Needs onboarding.import, and what the kind "
        "itself asks for."
    )
    async def start_import(
        self,
        info: Info,
        input: Annotated[StartImportInput, strawberry.argument(description="The file.")],
    ) -> ImportJobPayload:
        again_id = optional_row_id(input.import_id, "ImportJob", path=("importId",))

        async def run(work: Work) -> int:
            # Before the file is looked at: who may not import is told nothing else.
            work.require("onboarding.import")
            return await operations.start_import(
                work,
                kind=str(input.kind.value),
                file=await _sent(input),
                again_id=again_id,
                mapping=_mapping(input.mapping or []),
                dry_run=input.dry_run,
                error_policy=ErrorPolicy(str(input.error_policy.value)),
            )

        told = await told_file(input)
        job, errors = await perform_one(
            info, run, input=told, load=load_import_jobs, key_required=_moves_stock(input)
        )
        return ImportJobPayload(import_job=job, user_errors=errors)

    @strawberry.mutation(
        description="Let an import go no further; what it wrote stays, and can be undone. Needs "
        "onboarding.import."
    )
    async def cancel_import(
        self,
        info: Info,
        input: Annotated[ImportJobInput, strawberry.argument(description="Which one.")],
    ) -> ImportJobPayload:
        return await _change(info, input, operations.cancel_import)

    @strawberry.mutation(
        description="Ask that what an import made is removed and what it changed is put back. "
        "What was changed since, or is needed by others, stays and is told. Needs "
        "onboarding.import, and what the kind itself asks for."
    )
    async def undo_import(
        self,
        info: Info,
        input: Annotated[ImportJobInput, strawberry.argument(description="Which one.")],
    ) -> ImportJobPayload:
        return await _change(info, input, operations.undo_import)

    @strawberry.mutation(
        description="Keep what the headers of a kind of file are meant to be, for every file with "
        "just these headers. Needs onboarding.import."
    )
    async def save_import_mapping(
        self,
        info: Info,
        input: Annotated[SaveImportMappingInput, strawberry.argument(description="The mapping.")],
    ) -> SaveImportMappingPayload:
        async def run(work: Work) -> dict[str, Any]:
            mapping = _mapping(input.mapping)
            kind = str(input.kind.value)
            return {"id": await operations.save_import_mapping(work, kind=kind, mapping=mapping)}

        done = await perform(info, run, input=input)
        return SaveImportMappingPayload(
            is_saved=done["id"] is not None, user_errors=done.user_errors
        )


@strawberry.type
class ImportJobSubscription:
    @strawberry.subscription(
        description="Each step of imports, as it is committed. Needs onboarding.import."
    )
    async def import_job_changed(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Of this import; of every one if absent."),
        ] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[ImportJobChange]:
        job_id = optional_row_id(id, "ImportJob")
        if job_id is not None and await info.context.load(load_import_jobs, job_id) is None:
            raise NotFound("ImportJob")
        interest = Interest(aggregate="import_job", aggregate_id=job_id)
        async with aclosing(follow(info, "onboarding.import", interest, after=after)) as events:
            async for event in events:
                yield ImportJobChange(
                    event_id=event_id(event),
                    event_type=event.type,
                    import_job=await info.context.load(load_import_jobs, event.aggregate_id),
                )


async def _change(
    info: Info, input: ImportJobInput, change: Callable[..., Awaitable[None]]
) -> ImportJobPayload:
    import_id = row_id_of(input.id, "ImportJob", path=("id",))

    async def run(work: Work) -> int:
        await change(work, import_id=import_id)
        return import_id

    job, errors = await perform_one(info, run, input=input, load=load_import_jobs)
    return ImportJobPayload(import_job=job, user_errors=errors)


def _moves_stock(input: StartImportInput) -> bool:
    return input.kind is ImportKind.OPENING_STOCK and not input.dry_run


def _mapping(given: list[ImportMappingInput]) -> dict[str, str]:
    if len(given) > MOST_COLUMNS:
        raise InvalidInput(f"At most {MOST_COLUMNS} columns.", path=("mapping",))
    return {each.header: each.column for each in given}


async def _sent(input: StartImportInput) -> operations.SentFile | None:
    file, text = input.file or None, input.content_base64 or None
    if sum(each is not None for each in (file, text, input.import_id)) != 1:
        message = "Give one of file, contentBase64 and importId."
        raise InvalidInput(message, path=("file",))
    if file is not None:
        name = input.filename or file.filename or ""
        return operations.SentFile(name, _parts(file), file.size or 0)
    if text is None:
        return None
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput("Must be base64.", path=("contentBase64",)) from None
    return operations.SentFile(input.filename, _whole(content), len(content))


async def _parts(file: UploadFile) -> AsyncIterator[bytes]:
    await file.seek(0)
    while part := await file.read(PART_BYTES):
        yield part


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
