"""How a party is billed, its tolerances and its limit of credit change by change request once a
company is live, and by nothing else."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

import app.subjects  # noqa: F401  (the kinds are declared there)
from domain.finance.models import PartyFinance
from domain.finance.operations.settings import set_credit_limit, set_party_finance
from domain.governance.operations.rolling_back import roll_back_configuration
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.governing import ChangeRequestRequired
from domain.kernel.work import Work
from domain.orders.models import CustomerCredit
from tests.factories.changes import (
    approved,
    carried_out,
    changed,
    drafted,
    go_live,
    proposer,
)
from tests.factories.money import new_customer
from tests.factories.orders import new_shop
from tests.factories.tenants import TenantUnderTest

KIND = "party_finance"
PATHS: list[Callable[[Work, int], Awaitable[Any]]] = [
    lambda work, party: set_party_finance(work, party_id=party, fields={"invoice_at": "delivery"}),
    lambda work, party: set_credit_limit(work, party_id=party, currency="EUR", limit_minor=1),
]


async def _stands(tenant: TenantUnderTest, party_id: int) -> tuple[Any, ...]:
    """(when it is billed, price tolerance, limit) of a party."""
    async with tenant.read() as reader:
        row = await reader.row(
            select(PartyFinance.invoice_at, PartyFinance.price_percent).where(
                PartyFinance.tenant_id == tenant.id, PartyFinance.party_id == party_id
            )
        )
        limit = await reader.row(
            select(CustomerCredit.currency, CustomerCredit.limit_minor).where(
                CustomerCredit.tenant_id == tenant.id, CustomerCredit.party_id == party_id
            )
        )
    return (*(row or (None, None)), None if limit is None else tuple(limit))


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_changes_the_terms_of_a_party(
    tenant: TenantUnderTest, path: Callable[[Work, int], Awaitable[Any]]
) -> None:
    await new_shop(tenant)
    customer = await new_customer(tenant)
    await go_live(tenant)
    with pytest.raises(ChangeRequestRequired):
        async with tenant.work() as work:
            await path(work, customer)
    assert await _stands(tenant, customer) == (None, None, None)


async def test_a_change_request_sets_terms_and_limit_and_another_takes_them_back(
    tenant: TenantUnderTest,
) -> None:
    await new_shop(tenant)
    customer = await new_customer(tenant)
    await go_live(tenant)
    await changed(
        tenant,
        KIND,
        str(customer),
        invoice_at="delivery",
        price_percent="2.5",
        credit_limit={"currency": "EUR", "limit_minor": 5000},
    )
    assert await _stands(tenant, customer) == ("delivery", Decimal("2.5"), ("EUR", 5000))
    await changed(tenant, KIND, str(customer), credit_limit={"currency": "EUR", "limit_minor": 1})
    assert await _stands(tenant, customer) == ("delivery", Decimal("2.5"), ("EUR", 1))
    async with tenant.work(as_=proposer(tenant)) as work:
        back = await roll_back_configuration(
            work, kind=KIND, key=str(customer), version=0, reason="too soon"
        )
    await approved(tenant, back)
    await carried_out(tenant)
    assert await _stands(tenant, customer) == (None, None, None)


@pytest.mark.parametrize(
    ("proposal", "refusal"),
    [
        ({"invoice_at": "whenever"}, InvalidInput),
        ({"credit_limit": {"currency": "EUR", "limit_minor": -1}}, InvalidInput),
        ({"credit_limit": {"currency": "nothing", "limit_minor": 1}}, InvalidInput),
        ({"customer_term_id": 10**9}, NotFound),
        ({"something": 1}, InvalidInput),
    ],
)
async def test_what_makes_no_sense_is_not_drafted(
    tenant: TenantUnderTest, proposal: dict[str, Any], refusal: type[Exception]
) -> None:
    await new_shop(tenant)
    customer = await new_customer(tenant)
    with pytest.raises(refusal):
        await drafted(tenant, KIND, str(customer), **proposal)
    with pytest.raises(NotFound):
        await drafted(tenant, KIND, "0", invoice_at="delivery")
