"""Returns, and what hangs on them; a customer sees its own, a warehouse those that come to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.returns.models import (
    ReturnAuthorization,
    ReturnCredit,
    ReturnCreditLine,
    ReturnLine,
    ReturnReceipt,
    ReturnReplacement,
    ReturnReplacementLine,
    ReturnRequest,
)

LATEST_FIRST = Ordering((ReturnRequest.id,), descending=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFilter:
    """Which returns; what is None does not narrow."""

    status: str | None = None
    party_id: int | None = None
    order_id: int | None = None
    location_id: int | None = None
    channel_id: int | None = None
    number: str | None = None
    source: str | None = None


@query("returns.read")
async def returns(
    reader: Reader,
    *,
    where: ReturnFilter,
    ordering: Ordering = LATEST_FIRST,
    request: PageRequest,
) -> Listing:
    """A page of returns, the latest first."""
    statement = _all(reader)
    for column, wanted in (
        (ReturnRequest.status, where.status),
        (ReturnRequest.party_id, where.party_id),
        (ReturnRequest.location_id, where.location_id),
        (ReturnRequest.channel_id, where.channel_id),
        (ReturnRequest.number, where.number),
        (ReturnRequest.source, where.source),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if where.order_id is not None:
        statement = statement.where(
            exists()
            .where(
                ReturnLine.tenant_id == ReturnRequest.tenant_id,
                ReturnLine.return_id == ReturnRequest.id,
                ReturnLine.order_id == where.order_id,
            )
            .correlate(ReturnRequest)
        )
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("returns.read")
async def returns_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The returns with these ids; an id of none that the caller may see is left out."""
    rows = await reader.rows(_all(reader).where(ReturnRequest.id.in_(ids)))
    return {row.id: row for row in rows}


@query("returns.read")
async def lines_of_returns(
    reader: Reader, *, return_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The lines of each return in their order, each with its item's base unit and the return's
    currency."""
    rows = await reader.rows(
        select(*ReturnLine.__table__.c, Item.base_unit, ReturnRequest.currency)
        .join(
            ReturnRequest,
            and_(
                ReturnRequest.tenant_id == ReturnLine.tenant_id,
                ReturnRequest.id == ReturnLine.return_id,
            ),
        )
        .outerjoin(
            Item, and_(Item.tenant_id == ReturnLine.tenant_id, Item.id == ReturnLine.item_id)
        )
        .where(ReturnLine.tenant_id == reader.tenant_id, ReturnLine.return_id.in_(return_ids))
        .order_by(ReturnLine.return_id, ReturnLine.line_number)
    )
    return grouped(return_ids, rows, key="return_id")


@query("returns.read")
async def authorizations_of_returns(
    reader: Reader, *, return_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The authorisations of each return, the first first."""
    return await _of_returns(reader, ReturnAuthorization, return_ids)


@query("returns.read")
async def authorizations_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The authorisations with these ids."""
    return await _of_ids(reader, ReturnAuthorization, ids)


@query("returns.read")
async def receipts_of_returns(
    reader: Reader, *, return_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The receipts of each return, the first first."""
    return await _of_returns(reader, ReturnReceipt, return_ids)


@query("returns.read")
async def receipts_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The receipts with these ids."""
    return await _of_ids(reader, ReturnReceipt, ids)


@query("returns.read")
async def credits_of_returns(
    reader: Reader, *, return_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The credits of each return, the first first."""
    return await _of_returns(reader, ReturnCredit, return_ids)


@query("returns.read")
async def credits_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The credits with these ids."""
    return await _of_ids(reader, ReturnCredit, ids)


@query("returns.read")
async def lines_of_credits(
    reader: Reader, *, credit_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The lines of each credit, each with its item, base unit and currency."""
    rows = await reader.rows(
        select(
            *ReturnCreditLine.__table__.c,
            ReturnLine.item_id,
            ReturnLine.line_number,
            Item.base_unit,
            ReturnCredit.currency,
        )
        .join(
            ReturnLine,
            and_(
                ReturnLine.tenant_id == ReturnCreditLine.tenant_id,
                ReturnLine.id == ReturnCreditLine.line_id,
            ),
        )
        .join(
            ReturnCredit,
            and_(
                ReturnCredit.tenant_id == ReturnCreditLine.tenant_id,
                ReturnCredit.id == ReturnCreditLine.credit_id,
            ),
        )
        .outerjoin(
            Item, and_(Item.tenant_id == ReturnLine.tenant_id, Item.id == ReturnLine.item_id)
        )
        .where(
            ReturnCreditLine.tenant_id == reader.tenant_id,
            ReturnCreditLine.credit_id.in_(credit_ids),
        )
        .order_by(ReturnCreditLine.credit_id, ReturnCreditLine.id)
    )
    return grouped(credit_ids, rows, key="credit_id")


@query("returns.read")
async def replacements_of_returns(
    reader: Reader, *, return_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The other goods of each return."""
    return await _of_returns(reader, ReturnReplacement, return_ids)


@query("returns.read")
async def replacements_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The replacements with these ids."""
    return await _of_ids(reader, ReturnReplacement, ids)


@query("returns.read")
async def lines_of_replacements(
    reader: Reader, *, replacement_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """What is wanted instead, each with the item's base unit."""
    table = ReturnReplacementLine
    rows = await reader.rows(
        select(*table.__table__.c, Item.base_unit)
        .outerjoin(Item, and_(Item.tenant_id == table.tenant_id, Item.id == table.item_id))
        .where(table.tenant_id == reader.tenant_id, table.replacement_id.in_(replacement_ids))
        .order_by(table.replacement_id, table.id)
    )
    return grouped(replacement_ids, rows, key="replacement_id")


def _all(reader: Reader) -> Select[Any]:
    return select(*ReturnRequest.__table__.c).where(ReturnRequest.tenant_id == reader.tenant_id)


async def _of_returns(
    reader: Reader, table: Any, return_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    rows = await reader.rows(
        select(*table.__table__.c)
        .where(table.tenant_id == reader.tenant_id, table.return_id.in_(return_ids))
        .order_by(table.return_id, table.id)
    )
    return grouped(return_ids, rows, key="return_id")


async def _of_ids(reader: Reader, table: Any, ids: Sequence[int]) -> dict[int, Row[Any]]:
    rows = await reader.rows(
        select(*table.__table__.c).where(table.tenant_id == reader.tenant_id, table.id.in_(ids))
    )
    return {row.id: row for row in rows}
