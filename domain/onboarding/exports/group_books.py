"""Consolidated trial balances as a file: every column of every line, and why it is there."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity
from domain.finance.consolidation.consolidating import consolidated
from domain.finance.consolidation.policies.sheet import Sheet, SheetLine
from domain.finance.models import ConsolidationGroup
from domain.kernel.reading import Reader
from domain.ledger.outcomes import ExchangeRateMissing
from domain.onboarding.exports.shapes import Line, Part, Span, page

HEADERS = (
    *("group", "as_of", "account", "code", "name", "kind", "column", "entity", "affiliate"),
    *("reason", "own_currency", "own_minor", "currency", "amount_minor"),
)
ENTITY, GROUP, MISSING = "entity", "group", "missing_rate"


async def read_consolidated(reader: Reader, span: Span, after_id: int, most: int) -> Part:
    """The consolidated trial balances of the next groups after an id, each of them whole; where a
    rate is missing, a line that says so."""
    codes, lines, last_id = await _codes(reader), list[Line](), None
    while len(lines) < most:
        groups = await page(
            reader, _groups(reader.tenant_id), ConsolidationGroup.id, last_id or after_id, 1
        )
        if not groups:
            break
        last_id = groups[0].row_id
        lines += await _of_group(reader, groups[0], span, codes)
    return Part(lines, last_id)


async def _of_group(
    reader: Reader, group: Row[Any], span: Span, codes: Mapping[int | None, str]
) -> list[Line]:
    try:
        sheet = await consolidated(
            reader, group_id=group.row_id, as_of=span.as_of, from_on=span.from_on
        )
    except ExchangeRateMissing as missing:
        return [_missing(group, span.as_of, missing)]
    return [each for line in sheet.lines for each in _lines(group.code, sheet, line, codes)]


def _groups(tenant_id: int) -> Any:
    return select(ConsolidationGroup.id.label("row_id"), ConsolidationGroup.code).where(
        ConsolidationGroup.tenant_id == tenant_id
    )


async def _codes(reader: Reader) -> dict[int | None, str]:
    rows = await reader.rows(
        select(LegalEntity.id, LegalEntity.code).where(LegalEntity.tenant_id == reader.tenant_id)
    )
    return {row.id: row.code for row in rows}


def _missing(group: Row[Any], as_of: date, missing: ExchangeRateMissing) -> Line:
    said = {"group": group.code, "as_of": as_of, "column": MISSING, "reason": missing.message}
    return tuple(said.get(name) for name in HEADERS)


def _lines(
    group: str, sheet: Sheet, line: SheetLine, codes: Mapping[int | None, str]
) -> Iterator[Line]:
    """A line of the file for each entity, each elimination and the group."""
    currencies = {column.entity_id: column.currency for column in sheet.columns}
    account = line.account
    common = (group, sheet.span.as_of, account.key, account.code, account.name, account.kind)
    for entity_id, cell in line.cells.items():
        own = (currencies[entity_id], cell.own_minor)
        amount = (sheet.currency, cell.group_minor)
        yield (*common, ENTITY, codes.get(entity_id), None, None, *own, *amount)
    for place, some in sorted(line.eliminated.items()):
        each = sheet.eliminations[place]
        between = (codes.get(each.entity_id), codes.get(each.affiliate_id))
        for part in some:
            own_part = (part.own_currency, part.own_minor)
            amount = (sheet.currency, part.amount_minor)
            yield (*common, each.kind, *between, part.what, *own_part, *amount)
    nothing = (None,) * 5
    yield (*common, GROUP, *nothing, sheet.currency, line.group_minor)
