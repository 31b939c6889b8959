"""Imports as jobs on the API: how far they are, their faults, what they changed."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id, row_id_of
from api.imports.faults import ImportRecord, ImportRecordOutcome
from api.imports.tables import ImportKind, ImportRowError
from api.nodes import Node, refetched_by
from domain.kernel.reading import Reader
from domain.onboarding.jobs import queries
from domain.onboarding.jobs.faults_file import faults_as_csv
from domain.onboarding.jobs.policy import actions

KIND = "ImportJob"


@strawberry.enum(description="Where an import stands.")
class ImportJobStatus(Enum):
    READING = strawberry.enum_value("reading", description="The file is read.")
    CHECKING = strawberry.enum_value("checking", description="Rows are checked, none is written.")
    WRITING = strawberry.enum_value("writing", description="Rows are checked and written.")
    DONE = strawberry.enum_value("done", description="All rows were looked at.")
    FAILED = strawberry.enum_value("failed", description="It was ended; problem says why.")
    CANCELLED = strawberry.enum_value("cancelled", description="Somebody ended it.")
    UNDOING = strawberry.enum_value("undoing", description="What it did is taken back.")
    UNDONE = strawberry.enum_value("undone", description="What could be taken back, was.")


@strawberry.enum(description="What may be done with an import now.")
class ImportJobAction(Enum):
    CANCEL = strawberry.enum_value("cancel", description="cancelImport")
    UNDO = strawberry.enum_value("undo", description="undoImport")


@strawberry.enum(description="What a faulty row means for the others.")
class ImportErrorPolicy(Enum):
    REJECT_FAILED_ROWS = strawberry.enum_value(
        "reject_failed_rows", description="Sound rows are written."
    )
    REJECT_ALL = strawberry.enum_value(
        "reject_all", description="One fault keeps all from being written."
    )


@strawberry.type(description="Faults as text, a header and one line each.")
class ImportErrorsCsv:
    text: str = strawberry.field(description="CSV: row, column, code, message, remedy.")
    end_cursor: str | None = strawberry.field(
        description="To go on from, if there are more; null: that was all."
    )


@strawberry.type(description="A file that the worker imports, part by part.")
class ImportJob(Node):
    kind: ImportKind = strawberry.field(description="What it brings.")
    filename: str = strawberry.field(description="The file's name.")
    status: ImportJobStatus = strawberry.field(description="Where it stands.")
    dry_run: bool = strawberry.field(description="Whether nothing is to be written.")
    error_policy: ImportErrorPolicy = strawberry.field(
        description="What a faulty row means for the others."
    )
    ignored_columns: list[str] = strawberry.field(description="Headers that were left out.")
    rows_read: int = strawberry.field(description="Rows that were read, the header not counted.")
    rows_done: int = strawberry.field(description="Rows that were checked.")
    rows_failed: int = strawberry.field(description="Rows with a fault.")
    error_count: int = strawberry.field(description="Faults in all.")
    created: int = strawberry.field(description="Records made; in a dry run, that would be.")
    updated: int = strawberry.field(description="Records changed.")
    unchanged: int = strawberry.field(description="Records that stood as the file says.")
    undone: int = strawberry.field(description="Records that were taken back.")
    undo_refused: int = strawberry.field(
        description="Records that could not be taken back; importChanges tells why."
    )
    problem: str | None = strawberry.field(description="Why it was ended.")
    has_file: bool = strawberry.field(
        description="Whether its file is still kept: then it can be imported again."
    )
    asked_by: str = strawberry.field(description="Who asked for it.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    ended_at: datetime | None = strawberry.field(description="When it was over.")
    row_id: strawberry.Private[int]

    @strawberry.field(description="What you may do with it now.")
    async def supported_actions(self, info: Info) -> list[ImportJobAction]:
        if not info.context.principal.may("onboarding.import"):
            return []
        has_changes = await info.context.load(_load_has_changes, self.row_id)
        found = actions(status=str(self.status.value), has_changes=bool(has_changes))
        return [ImportJobAction(each) for each in found]

    @classmethod
    def of(cls, row: Row[Any]) -> "ImportJob":
        """From a row of the domain's queries."""
        plain = (
            *("filename", "dry_run", "ignored_columns", "rows_read", "rows_done", "rows_failed"),
            *("error_count", "created", "updated", "unchanged", "undone", "undo_refused"),
            *("problem", "asked_by", "created_at", "ended_at"),
        )
        return cls(
            id=global_id(KIND, row.id),
            kind=ImportKind(row.kind),
            status=ImportJobStatus(row.status),
            error_policy=ImportErrorPolicy(row.error_policy),
            has_file=row.file_id is not None,
            row_id=row.id,
            **{name: getattr(row, name) for name in plain},
        )


def _fault(row: Row[Any]) -> ImportRowError:
    return ImportRowError(
        row=row.line,
        column=row.column_label,
        code=row.code,
        message=row.message,
        remedy=row.remedy,
    )


async def load_import_jobs(reader: Reader, ids: Sequence[int]) -> list[ImportJob | None]:
    """A batch for loaders: the imports of these row ids, in order."""
    rows = await queries.import_jobs_of_ids(reader, ids=ids)
    return [ImportJob.of(rows[i]) if i in rows else None for i in ids]


async def _load_has_changes(reader: Reader, ids: Sequence[int]) -> list[bool | None]:
    changed = await queries.imports_with_changes(reader, ids=ids)
    return [i in changed for i in ids]


refetched_by(KIND, load_import_jobs)


def _own_id(import_id: strawberry.ID) -> int:
    return row_id_of(import_id, KIND, path=("importId",))


@strawberry.type
class ImportJobQuery:
    @strawberry.field(description="Imports, newest first. Needs onboarding.import.")
    async def import_jobs(
        self,
        info: Info,
        statuses: Annotated[
            list[ImportJobStatus] | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ImportJob]:
        listing = await queries.import_jobs(
            await info.context.reader(),
            statuses=None if statuses is None else [str(each.value) for each in statuses],
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, ImportJob.of, count=listing.count)

    @strawberry.field(
        description="What is wrong with the rows of an import, by line. Needs onboarding.import."
    )
    async def import_errors(
        self,
        info: Info,
        import_id: Annotated[strawberry.ID, strawberry.argument(description="Of which import.")],
        column: Annotated[
            str | None, strawberry.argument(description="Only of this header, as the file has it.")
        ] = None,
        code: Annotated[str | None, strawberry.argument(description="Only of this code.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ImportRowError]:
        listing = await queries.import_faults(
            await info.context.reader(),
            import_id=_own_id(import_id),
            column=column,
            code=code,
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, _fault, count=listing.count)

    @strawberry.field(
        description="Up to 5,000 faults of an import as CSV, to be kept as a file. Needs "
        "onboarding.import."
    )
    async def import_errors_csv(
        self,
        info: Info,
        import_id: Annotated[strawberry.ID, strawberry.argument(description="Of which import.")],
        after: Annotated[
            str | None, strawberry.argument(description="Those after an endCursor.")
        ] = None,
    ) -> ImportErrorsCsv:
        text, cursor = await faults_as_csv(
            await info.context.reader(), import_id=_own_id(import_id), after=after
        )
        return ImportErrorsCsv(text=text, end_cursor=cursor)

    @strawberry.field(
        description="The records that an import made or changed. Needs onboarding.import."
    )
    async def import_changes(
        self,
        info: Info,
        import_id: Annotated[strawberry.ID, strawberry.argument(description="Of which import.")],
        outcome: Annotated[
            ImportRecordOutcome | None,
            strawberry.argument(description="Only those of which undoing it made this."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ImportRecord]:
        listing = await queries.import_changes(
            await info.context.reader(),
            import_id=_own_id(import_id),
            outcome=None if outcome is None else str(outcome.value),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, ImportRecord.of, count=listing.count)
