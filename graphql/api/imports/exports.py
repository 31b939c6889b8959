"""Exports as jobs on the API: asked for, followed, and taken away part by part."""

import base64
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id, optional_row_id, row_id_of
from api.imports.export_kinds import ExportKind
from api.live import AfterEvent, event_id, follow
from api.nodes import Node, refetched_by
from api.user_errors import UserError
from api.writing import perform_one
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.event_log import Interest
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.exports import operations, queries

KIND = "ExportJob"
LARGEST_FILE = 10**12


@strawberry.enum(description="The format of exported files.")
class ExportFormat(Enum):
    CSV = strawberry.enum_value("csv", description="CSV in UTF-8.")
    XLSX = strawberry.enum_value("xlsx", description="A workbook, every cell a text.")


@strawberry.enum(description="Where an export stands.")
class ExportJobStatus(Enum):
    RUNNING = strawberry.enum_value("running", description="It is written.")
    DONE = strawberry.enum_value("done", description="Its file is there.")
    FAILED = strawberry.enum_value("failed", description="It was ended; problem says why.")
    CANCELLED = strawberry.enum_value("cancelled", description="Somebody ended it.")


@strawberry.type(description="Bytes of a file.")
class FileContent:
    base64: str = strawberry.field(description="The bytes in base64, up to 768 KB of them.")
    next_begin: int | None = strawberry.field(
        description="Where the bytes after them begin; null: that was all."
    )


@strawberry.type(description="A file that the worker makes of what the company has.")
class ExportJob(Node):
    status: ExportJobStatus = strawberry.field(description="Where it stands.")
    format: ExportFormat = strawberry.field(description="The format of its files.")
    as_of: date | None = strawberry.field(description="The day at whose end its reports are.")
    from_on: date | None = strawberry.field(description="The first day of its reports.")
    is_archive: bool = strawberry.field(description="Whether it is a ZIP of several files.")
    rows_written: int = strawberry.field(description="Lines that are written.")
    filename: str | None = strawberry.field(description="The file's name, once it is there.")
    media_type: str | None = strawberry.field(description="What kind of file it is.")
    size_bytes: int | None = strawberry.field(description="How large it is.")
    problem: str | None = strawberry.field(description="Why it was ended.")
    asked_by: str = strawberry.field(description="Who asked for it.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    ended_at: datetime | None = strawberry.field(description="When it was over.")
    row_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "ExportJob":
        """From a row of the domain's queries."""
        return cls(
            id=global_id(KIND, row.id),
            status=ExportJobStatus(row.status),
            format=ExportFormat(row.format),
            as_of=row.as_of,
            from_on=row.from_on,
            is_archive=row.archived,
            rows_written=row.rows_written,
            filename=row.name,
            media_type=row.media_type,
            size_bytes=row.size_bytes,
            problem=row.problem,
            asked_by=row.asked_by,
            created_at=row.created_at,
            ended_at=row.ended_at,
            row_id=row.id,
        )


async def load_export_jobs(reader: Reader, ids: Sequence[int]) -> list[ExportJob | None]:
    """A batch for loaders: the exports of these row ids, in order."""
    rows = await queries.export_jobs_of_ids(reader, ids=ids)
    return [ExportJob.of(rows[i]) if i in rows else None for i in ids]


refetched_by(KIND, load_export_jobs)


@strawberry.input(description="What is to be exported.")
class StartExportInput:
    kinds: list[ExportKind] = strawberry.field(description="A file of each; several come as a ZIP.")
    format: ExportFormat = strawberry.field(
        default=ExportFormat.CSV, description="The format of the files."
    )
    as_of: date | None = strawberry.field(
        default=None, description="The day at whose end reports are; today if absent."
    )
    from_on: date | None = strawberry.field(
        default=None,
        description="The first day of what trial balance, general ledger and margins tell; all "
        "days if absent.",
    )


@strawberry.input(description="All that the company has.")
class ExportEverythingInput:
    format: ExportFormat = strawberry.field(
        default=ExportFormat.CSV,
        description="The format of what can be imported again; the tables come as lines of JSON.",
    )


@strawberry.input(description="An export.")
class ExportJobInput:
    id: strawberry.ID = strawberry.field(description="The export.")


@strawberry.type(description="What came of it.")
class ExportJobPayload:
    export_job: ExportJob | None = strawberry.field(description="The export as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type(description="Something that happened to an export, and the export after it.")
class ExportJobChange:
    event_id: strawberry.ID = strawberry.field(
        description="The event's id, to know repetitions by and to take the subscription up again."
    )
    event_type: str = strawberry.field(
        description="What happened, such as onboarding.export_progressed."
    )
    export_job: ExportJob | None = strawberry.field(description="The export as it is now.")


@strawberry.type
class ExportJobQuery:
    @strawberry.field(description="Exports, newest first. Needs onboarding.import.")
    async def export_jobs(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ExportJob]:
        listing = await queries.export_jobs(
            await info.context.reader(), request=wanted(first, after, last, before)
        )
        return connection(listing.page, ExportJob.of, count=listing.count)

    @strawberry.field(
        description="A part of an export's file; for who asked for it, and with onboarding.manage. "
        "Null when there is no file (any more). Needs onboarding.import."
    )
    async def export_content(
        self,
        info: Info,
        export_id: Annotated[strawberry.ID, strawberry.argument(description="Of which export.")],
        begin: Annotated[
            int, strawberry.argument(description="From this byte on; a nextBegin.")
        ] = 0,
    ) -> FileContent | None:
        if not 0 <= begin <= LARGEST_FILE:
            raise InvalidInput("Must be a place in the file.", path=("begin",))
        row_id = row_id_of(export_id, KIND, path=("exportId",))
        reader = await info.context.reader()
        try:
            found = await queries.export_content(reader, export_id=row_id, begin=begin)
        except NotFound:
            return None
        return FileContent(
            base64=base64.b64encode(found.content).decode(), next_begin=found.next_begin
        )


@strawberry.type
class ExportJobMutation:
    @strawberry.mutation(
        description="Ask for files of what the company has, in the formats of the imports. Needs "
        "onboarding.import, and the permission to read each kind."
    )
    async def start_export(
        self,
        info: Info,
        input: Annotated[StartExportInput, strawberry.argument(description="What.")],
    ) -> ExportJobPayload:
        async def run(work: Work) -> int:
            return await operations.start_export(
                work,
                kinds=[str(each.value) for each in input.kinds],
                format=str(input.format.value),
                from_on=input.from_on,
                as_of=input.as_of,
            )

        job, errors = await perform_one(info, run, input=input, load=load_export_jobs)
        return ExportJobPayload(export_job=job, user_errors=errors)

    @strawberry.mutation(
        description="Ask for a ZIP of all that the company has: what can be imported again, and "
        "every table as lines of JSON; without secrets. Needs onboarding.manage."
    )
    async def export_everything(
        self,
        info: Info,
        input: Annotated[ExportEverythingInput, strawberry.argument(description="How.")],
    ) -> ExportJobPayload:
        async def run(work: Work) -> int:
            return await operations.export_everything(work, format=str(input.format.value))

        job, errors = await perform_one(info, run, input=input, load=load_export_jobs)
        return ExportJobPayload(export_job=job, user_errors=errors)

    @strawberry.mutation(description="Let an export go no further. Needs onboarding.import.")
    async def cancel_export(
        self,
        info: Info,
        input: Annotated[ExportJobInput, strawberry.argument(description="Which one.")],
    ) -> ExportJobPayload:
        export_id = row_id_of(input.id, KIND, path=("id",))

        async def run(work: Work) -> int:
            await operations.cancel_export(work, export_id=export_id)
            return export_id

        job, errors = await perform_one(info, run, input=input, load=load_export_jobs)
        return ExportJobPayload(export_job=job, user_errors=errors)


@strawberry.type
class ExportJobSubscription:
    @strawberry.subscription(
        description="Each step of exports, as it is committed. Needs onboarding.import."
    )
    async def export_job_changed(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Of this export; of every one if absent."),
        ] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[ExportJobChange]:
        job_id = optional_row_id(id, KIND)
        if job_id is not None and await info.context.load(load_export_jobs, job_id) is None:
            raise NotFound(KIND)
        interest = Interest(aggregate="export_job", aggregate_id=job_id)
        async with aclosing(follow(info, "onboarding.import", interest, after=after)) as events:
            async for event in events:
                yield ExportJobChange(
                    event_id=event_id(event),
                    event_type=event.type,
                    export_job=await info.context.load(load_export_jobs, event.aggregate_id),
                )
