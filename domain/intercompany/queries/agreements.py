"""Trade agreements, and what items cost under them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.intercompany.agreements import in_effect
from domain.intercompany.models import TradeAgreement, TradeAgreementPrice
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

LATEST_FIRST = Ordering((TradeAgreement.id,), descending=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementFilter:
    """Which versions; what is None does not narrow."""

    supplier_id: int | None = None
    buyer_id: int | None = None
    effective_on: date | None = None


@query("intercompany.read")
async def trade_agreements(
    reader: Reader, *, where: AgreementFilter, request: PageRequest
) -> Listing:
    """A page of versions, the latest first."""
    statement = _all(reader)
    if where.supplier_id is not None:
        statement = statement.where(TradeAgreement.supplier_id == where.supplier_id)
    if where.buyer_id is not None:
        statement = statement.where(TradeAgreement.buyer_id == where.buyer_id)
    if where.effective_on is not None:
        statement = statement.where(in_effect(where.effective_on))
    return await list_page(reader, statement, ordering=LATEST_FIRST, request=request)


@query("intercompany.read")
async def trade_agreements_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The versions with these ids; an id of none is left out."""
    rows = await reader.rows(_all(reader).where(TradeAgreement.id.in_(ids)))
    return {row.id: row for row in rows}


@query("intercompany.read")
async def prices_of_agreements(
    reader: Reader, *, agreement_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The prices of items of each version, by item."""
    price = TradeAgreementPrice
    rows = await reader.rows(
        select(*price.__table__.c)
        .where(price.tenant_id == reader.tenant_id, price.agreement_id.in_(agreement_ids))
        .order_by(price.agreement_id, price.item_id)
    )
    return grouped(agreement_ids, rows, key="agreement_id")


def _all(reader: Reader) -> Select[Any]:
    return select(*TradeAgreement.__table__.c).where(TradeAgreement.tenant_id == reader.tenant_id)
