"""Payment terms, taxes, how parties and entities are billed, and how far credit is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.finance.models import (
    EntityFinance,
    PartyFinance,
    PaymentTerm,
    TaxCode,
    TaxRate,
    TaxRule,
)
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.orders.credit import Owed, exposures
from domain.orders.models import CustomerCredit


@query("finance.read")
async def payment_terms(reader: Reader, *, request: PageRequest) -> Listing:
    """A page of payment terms, by code."""
    statement = select(*PaymentTerm.__table__.c).where(PaymentTerm.tenant_id == reader.tenant_id)
    ordering = Ordering((PaymentTerm.code, PaymentTerm.id))
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("finance.read")
async def payment_terms_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Payment terms by their ids; what is not there is left out."""
    return await _of_ids(reader, PaymentTerm, ids)


@query("finance.read")
async def tax_codes(reader: Reader, *, request: PageRequest) -> Listing:
    """A page of tax codes, by code."""
    statement = select(*TaxCode.__table__.c).where(TaxCode.tenant_id == reader.tenant_id)
    ordering = Ordering((TaxCode.code, TaxCode.id))
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("finance.read")
async def tax_codes_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Tax codes by their ids; what is not there is left out."""
    return await _of_ids(reader, TaxCode, ids)


@query("finance.read")
async def rates_of_tax_codes(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The rates of each code, by component and day."""
    rows = await reader.rows(
        select(*TaxRate.__table__.c)
        .where(TaxRate.tenant_id == reader.tenant_id, TaxRate.tax_code_id.in_(ids))
        .order_by(TaxRate.component, TaxRate.valid_from)
    )
    return grouped(ids, rows, key="tax_code_id")


@query("finance.manage")
async def entity_finances(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """What each entity does where a party has no terms of its own; nothing for the usual."""
    rows = await reader.rows(
        select(*EntityFinance.__table__.c).where(
            EntityFinance.tenant_id == reader.tenant_id, EntityFinance.entity_id.in_(ids)
        )
    )
    return {row.entity_id: row for row in rows}


@query("finance.manage")
async def tax_rules_of_entities(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """Which tax codes the sales of each entity have, where."""
    rows = await reader.rows(
        select(*TaxRule.__table__.c)
        .where(TaxRule.tenant_id == reader.tenant_id, TaxRule.entity_id.in_(ids))
        .order_by(TaxRule.country, TaxRule.region, TaxRule.item_group)
    )
    return grouped(ids, rows, key="entity_id")


@query("finance.manage")
async def party_finances(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """What is said of each party itself; nothing where nothing is."""
    rows = await reader.rows(
        select(*PartyFinance.__table__.c).where(
            PartyFinance.tenant_id == reader.tenant_id, PartyFinance.party_id.in_(ids)
        )
    )
    return {row.party_id: row for row in rows}


@dataclass(frozen=True, slots=True)
class Credit:
    """A customer's own limit (minor units), and what it owes with all below it, by currency, what
    is ordered and has not left too."""

    currency: str | None
    limit_minor: int | None
    owed: tuple[Owed, ...]


@query("finance.manage")
async def credits_of_parties(reader: Reader, *, ids: Sequence[int]) -> dict[int, Credit]:
    """How each customer stands; all in two statements."""
    rows = await reader.rows(
        select(CustomerCredit.party_id, CustomerCredit.currency, CustomerCredit.limit_minor).where(
            CustomerCredit.tenant_id == reader.tenant_id, CustomerCredit.party_id.in_(ids)
        )
    )
    limits = {row.party_id: row for row in rows}
    owed = await exposures(reader, ids)
    return {
        party_id: Credit(
            limits[party_id].currency if party_id in limits else None,
            limits[party_id].limit_minor if party_id in limits else None,
            tuple(sorted(owed[party_id])),
        )
        for party_id in ids
    }


async def _of_ids(reader: Reader, table: Any, ids: Sequence[int]) -> dict[int, Row[Any]]:
    rows = await reader.rows(
        select(*table.__table__.c).where(table.tenant_id == reader.tenant_id, table.id.in_(ids))
    )
    return {row.id: row for row in rows}
