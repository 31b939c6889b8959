"""Kinds of which there are few: each record is made or changed by its own operation."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.imports.attempts import note_refusal, write_apart
from domain.onboarding.imports.drafts import (
    Draft,
    drafts_of,
    ids_by_code,
    require_fields,
    rows_by_code,
    sound_drafts,
)
from domain.onboarding.imports.records import Faults, Record
from domain.onboarding.imports.written import Written


@dataclass(frozen=True, slots=True)
class Link:
    """A column that names another record by its code: of which table, kept in which field."""

    table: Any
    field: str
    noun: str


@dataclass(frozen=True, slots=True)
class CodedPlan:
    """The fields of each record by its code, where it was told, and what stands."""

    wanted: dict[str, dict[str, Any]]
    drafts: Mapping[str, Draft]
    standing: Mapping[str, Any]
    faults: Faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """Records that are known by a code: which fields they have, and how they are written.

    `create` takes the fields, `update` the record's id too."""

    table: Any
    fields: tuple[str, ...]
    needed: tuple[str, ...]
    links: Mapping[str, Link]
    create: Callable[..., Awaitable[object]]
    update: Callable[..., Awaitable[object]]
    id_name: str

    async def check(self, work: Work, records: list[Record], faults: Faults) -> CodedPlan:
        """The records of the rows without faults, by code; every fault is noted."""
        drafts = drafts_of(records, faults, code="code", fields=self.fields)
        standing = await rows_by_code(work, self.table, drafts)
        require_fields(drafts, standing, self.needed, faults)
        wanted = {code: self._plain(draft) for code, draft in drafts.items()}
        for column, link in self.links.items():
            named = {d.fields[column] for d in drafts.values() if column in d.fields}
            ids = dict(await ids_by_code(work, link.table, named))
            for code, draft in drafts.items():
                self._link(wanted[code], draft, (column, link), ids, faults)
        sound = sound_drafts(drafts, faults)
        return CodedPlan({code: wanted[code] for code in sound}, drafts, standing, faults)

    async def write(self, work: Work, plan: CodedPlan) -> Written:
        """Make and change the records, one by one; what is refused is noted."""
        changes = {
            code: changed
            for code, fields in plan.wanted.items()
            if (changed := self._changes(plan.standing.get(code), fields))
        }

        async def write_some(codes: Sequence[str]) -> None:
            for code in codes:
                await self._write(work, plan, code, changes[code])

        written = await write_apart(
            work,
            list(changes),
            write_some,
            lambda code, problem: note_refusal(
                plan.faults, plan.drafts[code].first_row, problem, self._columns()
            ),
        )
        created = sum(code not in plan.standing for code in written)
        return Written(created, len(written) - created, len(plan.wanted) - len(changes))

    async def found(self, reader: Reader, plan: CodedPlan) -> Sequence[tuple[str, int]]:
        """Code and id of the wanted records that stand."""
        return await ids_by_code(reader, self.table, plan.wanted)

    async def _write(
        self, work: Work, plan: CodedPlan, code: str, fields: Mapping[str, Any]
    ) -> None:
        row = plan.standing.get(code)
        if row is None:
            await self.create(work, code=code, **fields)
        else:
            await self.update(work, **{self.id_name: row.id}, **fields)

    def _plain(self, draft: Draft) -> dict[str, Any]:
        return {name: value for name, value in draft.fields.items() if name not in self.links}

    def _link(
        self,
        fields: dict[str, Any],
        draft: Draft,
        linked: tuple[str, Link],
        ids: Mapping[str, int],
        faults: Faults,
    ) -> None:
        column, link = linked
        code = draft.fields.get(column)
        if code is None:
            return
        if code in ids:
            fields[link.field] = ids[code]
        else:
            message, remedy = f"There is no {link.noun} {code}.", f"Create the {link.noun} first."
            name = f"UNKNOWN_{link.noun.upper().replace(' ', '_')}"
            faults.add(draft.told_in[column], column, name, message, remedy)

    def _changes(self, row: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
        if row is None:
            return dict(fields)
        return {name: value for name, value in fields.items() if getattr(row, name) != value}

    def _columns(self) -> dict[str, str]:
        return {link.field: column for column, link in self.links.items()}
