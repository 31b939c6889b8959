"""Master data is imported from CSV and XLSX through the API."""

import base64
import binascii
import hashlib
from dataclasses import asdict, replace
from enum import Enum
from typing import Annotated, Any

import strawberry
from starlette.datastructures import UploadFile
from strawberry import UNSET

from api.context import Info
from api.user_errors import UserError, answers
from api.writing import perform, plain_input
from domain.kernel.errors import InvalidInput
from domain.kernel.work import Work
from domain.onboarding.imports.outcomes import LARGEST_BYTES, TableTooLarge, UnreadableTable
from domain.onboarding.operations import import_table
from domain.onboarding.queries import import_columns


@strawberry.enum(description="What kind of data a table brings.")
class ImportKind(Enum):
    ITEMS = strawberry.enum_value(
        "items", description="Items with their units, GTINs and channel codes."
    )
    PARTIES = strawberry.enum_value(
        "parties", description="Customers, suppliers and carriers with addresses and codes."
    )
    LOCATIONS = strawberry.enum_value("locations", description="Warehouses and other places.")
    PRICES = strawberry.enum_value("prices", description="Prices of price lists.")
    CHANNELS = strawberry.enum_value("channels", description="Ways by which orders come in.")
    PRICE_LISTS = strawberry.enum_value(
        "price_lists", description="Price lists, without their prices."
    )
    SUPPLIER_ITEMS = strawberry.enum_value(
        "supplier_items", description="From whom items are bought, how fast, in which quantities."
    )
    KITS = strawberry.enum_value("kits", description="What kits are made of.")
    OPENING_STOCK = strawberry.enum_value(
        "opening_stock", description="What lies where on the first day, and what it cost."
    )


@strawberry.type(description="A column that an import understands.")
class ImportColumn:
    header: str = strawberry.field(
        description="Its header; capitals, spaces and punctuation do not matter."
    )
    description: str = strawberry.field(description="What its cells say.")
    aliases: list[str] = strawberry.field(description="Other headers that are understood.")
    needed: bool = strawberry.field(description="Whether every table of the kind needs it.")


@strawberry.type(description="One fault of one row.")
class ImportRowError:
    row: int = strawberry.field(description="Its line in the file, as a spreadsheet counts.")
    column: str | None = strawberry.field(description="The column's header as the file has it.")
    code: str = strawberry.field(description="Stable, for programs: SCREAMING_SNAKE_CASE.")
    message: str = strawberry.field(description="For people: what is wrong.")
    remedy: str = strawberry.field(description="For people: what to do about it.")


@strawberry.type(description="What an import did, or would do.")
class ImportReport:
    rows: int = strawberry.field(description="Rows of the file that are not blank.")
    valid: int = strawberry.field(description="Rows without a fault.")
    created: int = strawberry.field(description="Records made.")
    updated: int = strawberry.field(description="Records changed.")
    unchanged: int = strawberry.field(description="Records that stood already as the file says.")
    written: bool = strawberry.field(
        description="False for a dry run, and when faults kept all from being written: then the "
        "counts say what writing the valid rows would do."
    )
    ignored_columns: list[str] = strawberry.field(description="Headers that were not understood.")
    errors: list[ImportRowError] = strawberry.field(description="Every fault of every row.")


@strawberry.input(description="A table of master data.")
class ImportTableInput:
    kind: ImportKind = strawberry.field(
        description="What it brings: items, parties, locations or prices; for the others "
        "startImport."
    )
    file: UploadFile | None = strawberry.field(
        default=UNSET,
        description="The file: CSV (comma, semicolon, tab; UTF-8) or XLSX, at most 10 MB and "
        "20,000 rows. Either this or contentBase64.",
    )
    content_base64: str | None = strawberry.field(
        default=UNSET,
        description="The file's bytes in base64, for clients that send no multipart request; it "
        "must fit into a JSON body (2 MiB). Either this or file.",
    )
    filename: str = strawberry.field(
        default="", description="Its name, for the audit log; by default the one sent with file."
    )
    dry_run: bool = strawberry.field(
        default=False, description="Only tell what would happen; write nothing."
    )
    skip_failed_rows: bool = strawberry.field(
        default=False, description="Write the valid rows although others have faults."
    )


@strawberry.type(description="What importTable did.")
class ImportTablePayload:
    report: ImportReport | None = strawberry.field(description="Row by row.")
    user_errors: list[UserError] = strawberry.field(description="Why the file was not read.")


@answers(UnreadableTable)
@strawberry.type(description="The file is not a table that can be read.")
class UnreadableTableError(UserError):
    reason: str = strawberry.field(description="Stable: NOT_UTF8, MISSING_COLUMN and so on.")
    line: int | None = strawberry.field(description="The line at fault, if it is one.")


@answers(TableTooLarge)
@strawberry.type(description="The file has more than one request may bring.")
class TableTooLargeError(UserError):
    what: str = strawberry.field(description="What there is too much of: bytes, rows or columns.")
    limit: int = strawberry.field(description="The most there may be.")


@strawberry.type
class ImportQuery:
    @strawberry.field(
        description="The columns that an import understands, in the order of a template. "
        "Needs onboarding.import."
    )
    async def import_columns(
        self,
        info: Info,
        kind: Annotated[ImportKind, strawberry.argument(description="Of which kind.")],
    ) -> list[ImportColumn]:
        columns = await import_columns(await info.context.reader(), kind=str(kind.value))
        return [
            ImportColumn(
                header=column.header,
                description=column.says,
                aliases=list(column.aliases),
                needed=column.needed,
            )
            for column in columns
        ]


@strawberry.type
class ImportMutation:
    @strawberry.mutation(
        description="Import master data: records are made or changed by their code, all or none; "
        "the same file again changes nothing. Needs onboarding.import."
    )
    async def import_table(
        self,
        info: Info,
        input: Annotated[ImportTableInput, strawberry.argument(description="The table.")],
    ) -> ImportTablePayload:
        async def run(work: Work) -> dict[str, Any]:
            # Before the file is looked at: who may not import is told nothing else.
            work.require("onboarding.import")
            content = await content_of(input.file, input.content_base64)
            report = await import_table(
                work,
                kind=str(input.kind.value),
                content=content,
                filename=input.filename or (input.file.filename if input.file else None) or "",
                dry_run=input.dry_run,
                skip_failed_rows=input.skip_failed_rows,
            )
            return {"report": asdict(report)}

        done = await perform(info, run, input=await told_file(input))
        return ImportTablePayload(report=_report(done["report"]), user_errors=done.user_errors)


async def content_of(file: UploadFile | None, text: str | None) -> bytes:
    """A file's bytes, whichever way they were sent; one more than may be. Raises InvalidInput."""
    file, text = file or None, text or None
    if (file is None) == (text is None):
        raise InvalidInput("Give either file or contentBase64.", path=("file",))
    if file is not None:
        await file.seek(0)
        return await file.read(LARGEST_BYTES + 1)
    try:
        return base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput("Must be base64.", path=("contentBase64",)) from None


async def told_file(input: Any) -> object:
    """What was asked, to tell a repetition from another request: an input's file is its digest."""
    file = input.file or None
    if file is None:
        return input
    digest = hashlib.sha256()
    await file.seek(0)
    while chunk := await file.read(1024 * 1024):
        digest.update(chunk)
    return {**plain_input(replace(input, file=UNSET)), "file": digest.hexdigest()}


def _report(report: dict[str, Any] | None) -> ImportReport | None:
    if report is None:
        return None
    errors = [ImportRowError(**error) for error in report["errors"]]
    counts = {name: report[name] for name in ("rows", "valid", "created", "updated", "unchanged")}
    return ImportReport(
        **counts,
        written=report["written"],
        ignored_columns=list(report["ignored_columns"]),
        errors=errors,
    )
