"""Journals and their lines, by what caused them and by where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from domain.entities.models import LegalEntity
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.ledger.models import Account, Journal, JournalLine

LATEST_FIRST = Ordering((Journal.id,), descending=True)
ORDERINGS = {
    "id": Ordering((Journal.id,)),
    "posted_on": Ordering((Journal.posted_on, Journal.id)),
}
_REVERSAL = aliased(Journal)
LINES_LATEST_FIRST = Ordering((JournalLine.posted_on, JournalLine.id), descending=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFilter:
    """Which journals; what is None does not narrow. Days are inclusive.

    `source_ids` are ids of `source_kind` (shipment, stock_document, journal)."""

    entity_id: int | None = None
    milestone: str | None = None
    source_kind: str | None = None
    source_ids: Sequence[int] | None = None
    order_id: int | None = None
    number: str | None = None
    from_on: date | None = None
    to_on: date | None = None


@query("ledger.read")
async def journals(
    reader: Reader,
    *,
    where: JournalFilter,
    ordering: Ordering = LATEST_FIRST,
    request: PageRequest,
) -> Listing:
    """A page of journals: the columns of a journal, and `reversed_by_id` where it was reversed."""
    statement = _all(reader)
    if where.source_ids is not None:
        statement = statement.where(Journal.source_id.in_(where.source_ids))
    for name in ("entity_id", "milestone", "source_kind", "order_id", "number"):
        if getattr(where, name) is not None:
            statement = statement.where(getattr(Journal, name) == getattr(where, name))
    if where.from_on is not None:
        statement = statement.where(Journal.posted_on >= where.from_on)
    if where.to_on is not None:
        statement = statement.where(Journal.posted_on <= where.to_on)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("ledger.read")
async def journals_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The journals with these ids; an id of no row of the tenant is left out."""
    return {row.id: row for row in await reader.rows(_all(reader).where(Journal.id.in_(ids)))}


@query("ledger.read")
async def journals_of_orders(
    reader: Reader, *, order_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The journals that each order caused, oldest first."""
    statement = _all(reader).where(Journal.order_id.in_(order_ids)).order_by(Journal.id)
    return grouped(order_ids, await reader.rows(statement), key="order_id")


@query("ledger.read")
async def journals_of_sources(
    reader: Reader, *, source_kind: str, source_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The journals of each source of a kind (shipment, stock_document), oldest first."""
    statement = _all(reader).where(
        Journal.source_kind == source_kind, Journal.source_id.in_(source_ids)
    )
    rows = await reader.rows(statement.order_by(Journal.id))
    return grouped(source_ids, rows, key="source_id")


@query("ledger.read")
async def lines_of_journals(
    reader: Reader, *, journal_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The lines of each journal, in order; with code, name, kind and role of the account as
    account_code and so on, and base_currency."""
    statement = _lines(reader).where(JournalLine.journal_id.in_(journal_ids))
    rows = await reader.rows(statement.order_by(JournalLine.id))
    return grouped(journal_ids, rows, key="journal_id")


@query("ledger.read")
async def lines_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The journal lines with these ids; an id of no row of the tenant is left out."""
    rows = await reader.rows(_lines(reader).where(JournalLine.id.in_(ids)))
    return {row.id: row for row in rows}


@query("ledger.read")
async def account_lines(reader: Reader, *, account_id: int, request: PageRequest) -> Listing:
    """A page of what was posted to an account, the latest first."""
    statement = _lines(reader).where(JournalLine.account_id == account_id)
    return await list_page(reader, statement, ordering=LINES_LATEST_FIRST, request=request)


def _all(reader: Reader) -> Select[Any]:
    reversal = _REVERSAL
    reversed_by = (
        select(reversal.id)
        .where(
            reversal.tenant_id == Journal.tenant_id,
            reversal.source_kind == "journal",
            reversal.source_id == Journal.id,
        )
        .limit(1)
        .scalar_subquery()
    )
    return select(*Journal.__table__.c, reversed_by.label("reversed_by_id")).where(
        Journal.tenant_id == reader.tenant_id
    )


def _lines(reader: Reader) -> Select[Any]:
    return (
        select(
            *JournalLine.__table__.c,
            Account.code.label("account_code"),
            Account.name.label("account_name"),
            Account.kind.label("account_kind"),
            Account.role.label("account_role"),
            LegalEntity.currency.label("base_currency"),
        )
        .join(
            Account,
            (Account.tenant_id == JournalLine.tenant_id) & (Account.id == JournalLine.account_id),
        )
        .join(
            LegalEntity,
            (LegalEntity.tenant_id == Account.tenant_id) & (LegalEntity.id == Account.entity_id),
        )
        .where(JournalLine.tenant_id == reader.tenant_id)
    )
