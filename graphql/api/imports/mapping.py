"""What the columns of a file may mean, on the API."""

from enum import Enum
from typing import Annotated

import strawberry
from starlette.datastructures import UploadFile
from strawberry import UNSET

from api.context import Info
from api.ids import optional_row_id
from api.imports.jobs import ImportJob, load_import_jobs
from api.imports.tables import ImportKind, content_of
from domain.kernel.errors import InvalidInput, NotFound
from domain.onboarding.imports.outcomes import TableTooLarge, UnreadableTable
from domain.onboarding.jobs.beginning import beginning_of_content, beginning_of_import
from domain.onboarding.jobs.queries import suggested_mapping


@strawberry.enum(description="How sure a suggestion is.")
class ImportMappingCertainty(Enum):
    KEPT = strawberry.enum_value("kept", description="It was kept for files with these headers.")
    EXACT = strawberry.enum_value("exact", description="The header is understood without it.")
    ALIKE = strawberry.enum_value("alike", description="The header looks much like the column's.")
    NONE = strawberry.enum_value("none", description="Nothing is known of it.")


@strawberry.type(description="A header, and what it is probably meant to be.")
class SuggestedImportColumn:
    header: str = strawberry.field(description="As the file has it.")
    column: str | None = strawberry.field(description="The column; null: none.")
    certainty: ImportMappingCertainty = strawberry.field(description="How sure that is.")
    samples: list[str] = strawberry.field(description="Its first cells, up to three.")


@strawberry.type(description="What the columns of a file are probably meant to be.")
class ImportMappingSuggestion:
    header_row: int = strawberry.field(description="The line of the header.")
    columns: list[SuggestedImportColumn] = strawberry.field(description="Each header, in order.")
    missing_columns: list[str] = strawberry.field(
        description="Columns that every file of the kind needs and that were not found."
    )


@strawberry.input(description="A file whose columns are to be understood.")
class SuggestImportMappingInput:
    kind: ImportKind = strawberry.field(description="What it brings.")
    file: UploadFile | None = strawberry.field(default=UNSET, description="The file.")
    content_base64: str | None = strawberry.field(
        default=UNSET,
        description="The file's bytes in base64; of CSV the beginning is enough.",
    )
    import_id: strawberry.ID | None = strawberry.field(
        default=None, description="Or that of an earlier import."
    )


@strawberry.type
class ImportMappingQuery:
    @strawberry.field(
        description="What the headers of a file are probably meant to be: what was kept for such "
        "headers, what they say, or what they look like. Needs onboarding.import."
    )
    async def suggest_import_mapping(
        self,
        info: Info,
        input: Annotated[SuggestImportMappingInput, strawberry.argument(description="The file.")],
    ) -> ImportMappingSuggestion | None:
        reader = await info.context.reader()
        reader.require("onboarding.import")
        job_id = optional_row_id(input.import_id, "ImportJob", path=("importId",))
        try:
            if job_id is None:
                rows = await beginning_of_content(
                    await content_of(input.file, input.content_base64)
                )
            else:
                job: ImportJob | None = await info.context.load(load_import_jobs, job_id)
                if job is None:
                    raise NotFound("ImportJob")
                rows = await beginning_of_import(reader, import_id=job_id)
        except (UnreadableTable, TableTooLarge) as problem:
            raise InvalidInput(problem.message, path=("file",)) from problem
        found = await suggested_mapping(reader, kind=str(input.kind.value), rows=rows)
        if found is None:
            return None
        return ImportMappingSuggestion(
            header_row=found.line,
            columns=[
                SuggestedImportColumn(
                    header=each.header,
                    column=each.column or None,
                    certainty=ImportMappingCertainty(each.certainty),
                    samples=list(each.samples),
                )
                for each in found.columns
            ],
            missing_columns=list(found.missing),
        )
