"""Never is more refunded than was paid: in total, in each currency, and for each invoice; over any
sequence of partial returns, discounts, taxes, shipping, currencies, credits by hand, bounces and
refunds, all of it at once."""

import asyncio
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.finance.models import (
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentAllocation,
)
from domain.finance.operations.credit_notes import CreditedLine, credit_invoice
from domain.finance.operations.payments import (
    refund_credit_note,
    refund_payment,
    reverse_payment,
)
from domain.kernel.errors import Expected, InvalidInput
from domain.returns.asked import WantedReturn
from domain.returns.models import OrderReturn, ReturnCredit
from domain.returns.operations.crediting import WantedCredit
from domain.returns.operations.requesting import request_return
from tests.factories.books import set_rate
from tests.factories.delivering import deliver_all
from tests.factories.money import new_customer, paid, rows_of, taxed
from tests.factories.orders import violations
from tests.factories.returns import Returns, new_returns
from tests.factories.tenants import TenantUnderTest

D = Decimal


@dataclass(frozen=True, slots=True)
class Sale:
    """An order: quantities and prices of its lines, what else it comes to, and how much of each
    line each return asks back."""

    currency: str
    quantities: tuple[int, ...]
    prices: tuple[int, ...]
    discount: int
    tax: int
    shipping: int
    returns: tuple[tuple[int, ...], ...]
    resolution: str
    paid_percent: tuple[int, ...]

    @property
    def total(self) -> int:
        """What it comes to, before taxes by code."""
        return sum(self.prices) - self.discount + self.tax + self.shipping


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    """An order in either currency, and up to three returns of parts of it."""
    count = draw(st.integers(1, 2))
    quantities = tuple(draw(st.integers(1, 5)) for _ in range(count))
    prices = tuple(draw(st.integers(2, 4000)) for _ in range(count))
    left = list(quantities)
    returns = []
    for _ in range(draw(st.integers(1, 3))):
        part = tuple(draw(st.integers(0, most)) for most in left)
        left = [most - some for most, some in zip(left, part, strict=True)]
        if any(part):
            returns.append(part)
    return Sale(
        currency=draw(st.sampled_from(["EUR", "USD"])),
        quantities=quantities,
        prices=prices,
        discount=draw(st.integers(0, min(300, sum(prices) - 1))),
        tax=draw(st.sampled_from([0, 0, 1, 119])),
        shipping=draw(st.sampled_from([0, 1, 499])),
        returns=tuple(returns),
        resolution=draw(st.sampled_from(["refund", "refund", "credit"])),
        paid_percent=tuple(draw(st.lists(st.sampled_from([1, 33, 50, 67, 100]), max_size=2))),
    )


OTHERS = ("credit", "refund_credit", "refund_cash", "bounce")
others = st.lists(
    st.tuples(st.sampled_from(OTHERS), st.integers(1, 2000), st.integers(0, 9)), max_size=6
)


@pytest.fixture(params=["given", "coded"])
async def returns(tenant: TenantUnderTest, request: pytest.FixtureRequest) -> Returns:
    """A shop in euros, whose dollars are worth something else every day."""
    rule = {"name": "Let", "decision": "approve", "refunds_shipping": True, "fee_percent": "7.5"}
    made = await new_returns(tenant, rule, items=2)
    if request.param == "coded":
        await taxed(made.shop, ("state", "6.5"), ("city", "1.25"))
    async with tenant.work() as work:
        for day in range(4):
            rate, when = f"0.{90 + day * 3}", tenant.now.date() + timedelta(days=day)
            await set_rate(work, "USD", "EUR", rate, on=when)
    return made


def _later(returns: Returns, days: int) -> Returns:
    tenant = returns.tenant.at(returns.tenant.now + timedelta(days=days))
    return replace(returns, shop=replace(returns.shop, setting=_at(returns.shop.setting, tenant)))


def _at(setting: Any, tenant: TenantUnderTest) -> Any:
    same = {name: getattr(setting, name) for name in setting.__slots__}
    return type(setting)(**same | {"tenant": tenant})


async def _sold(returns: Returns, sale: Sale) -> int:
    order: int = await returns.sell(
        *sale.quantities,
        prices_minor=sale.prices,
        discount_minor=sale.discount,
        tax_minor=sale.tax,
        shipping_minor=sale.shipping,
        currency=sale.currency,
    )
    return order


async def _attempt(act: Awaitable[Any]) -> None:
    """What is refused changes nothing."""
    try:
        await act
    except (Expected, InvalidInput):
        return


async def _taken_back(returns: Returns, sale: Sale, order: int, part: tuple[int, ...]) -> None:
    """A part is asked back, and credited in two goes."""
    asked = await returns.request(order, *part, resolution=sale.resolution)
    wanted = [some for some in part if some]
    for number, some in enumerate(wanted, start=1):
        half = (some + 1) // 2
        for amount in (half, some - half):
            if amount:
                one = WantedCredit(line_number=number, quantity=D(amount))
                await _attempt(returns.credit(asked, one, in_advance=True))
    await _attempt(returns.credit(asked, in_advance=True))


async def _other(returns: Returns, name: str, amount: int, place: int) -> None:
    table: Any = {"credit": Invoice, "refund_credit": CreditNote}.get(name, Payment)
    rows = await rows_of(returns.tenant, table, party_id=returns.party_id)
    if not rows:
        return
    row = rows[place % len(rows)]
    async with returns.tenant.work() as work:
        if name == "credit":
            lines = [CreditedLine(line_number=1, net_minor=amount)]
            await credit_invoice(work, invoice_id=row.id, reason="x", lines=lines)
        elif name == "refund_credit":
            await refund_credit_note(work, credit_note_id=row.id, amount_minor=amount)
        elif name == "refund_cash":
            await refund_payment(work, payment_id=row.id, amount_minor=amount)
        else:
            await reverse_payment(work, payment_id=row.id, reason="came to nothing")


# Every example lives on in the same books: nothing is gained by making a failing one smaller.
@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(wanted=st.lists(sales(), min_size=1, max_size=3), rounds=st.tuples(others, others))
async def test_whatever_happens_no_more_goes_back_than_came(
    returns: Returns, wanted: list[Sale], rounds: tuple[list[tuple[str, int, int]], ...]
) -> None:
    mine = replace(returns, party_id=await new_customer(returns.tenant))
    orders = [(await _sold(mine, sale), sale) for sale in wanted]
    await deliver_all(mine.tenant)
    for _, sale in orders:
        for percent in sale.paid_percent:
            amount = max(sale.total * percent // 100, 1)
            await paid(mine.shop, mine.party_id, amount, currency=sale.currency)
    acts: list[list[tuple[int, Sale, tuple[int, ...]]]] = [[], []]
    for number, (order, sale) in enumerate(orders):
        for place, part in enumerate(sale.returns):
            acts[(number + place) % 2].append((order, sale, part))
    for day, (some, besides) in enumerate(zip(acts, rounds, strict=True), start=1):
        then = _later(mine, day)
        at_once: list[Coroutine[Any, Any, None]] = [
            *(_attempt(_taken_back(then, sale, order, part)) for order, sale, part in some),
            *(_attempt(_other(then, *each)) for each in besides),
        ]
        await asyncio.gather(*at_once)
        await deliver_all(then.tenant)
        await _require_within(then, [order for order, _ in orders])


async def _require_within(returns: Returns, orders: list[int]) -> None:
    tenant = returns.tenant
    payments = await rows_of(tenant, Payment, party_id=returns.party_id, status="booked")
    for currency in ("EUR", "USD"):
        own = [row for row in payments if row.currency == currency]
        came = sum(row.amount_minor for row in own if row.kind == "receipt")
        went = sum(row.amount_minor for row in own if row.kind == "refund")
        assert went <= came
    invoices = await rows_of(tenant, Invoice, party_id=returns.party_id)
    for invoice in invoices:
        assert await _paid_back(returns, invoice.id) <= invoice.paid_minor
    for order in orders:
        [total] = await returns.rows(OrderReturn, order_id=order) or [None]
        if total is not None:
            assert total.credited_minor <= total.billed_minor
    for table in (Invoice, CreditNote, Payment):
        for row in await rows_of(tenant, table, party_id=returns.party_id):
            assert row.open_minor >= 0
            assert row.open_minor or row.base_open_minor == 0
    assert {row.status for row in await returns.rows(ReturnCredit)} <= {"settled"}
    assert await violations(tenant) == {}


async def _paid_back(returns: Returns, invoice_id: int) -> int:
    """What went back by the credit notes of an invoice (each is of one here)."""
    tenant = returns.tenant
    lines = {row.id for row in await rows_of(tenant, InvoiceLine, invoice_id=invoice_id)}
    notes = {
        row.credit_note_id
        for row in await rows_of(tenant, CreditNoteLine)
        if row.invoice_line_id in lines
    }
    return sum(
        row.amount_minor
        for row in await rows_of(tenant, PaymentAllocation)
        if row.refund_id and row.credit_note_id in notes and row.ended_at is None
    )


async def test_a_return_of_several_orders_in_dollars_is_paid_back_order_by_order(
    returns: Returns,
) -> None:
    """Two orders of one customer, one paid in full and one in part, come back by one return."""
    first = await returns.sell(2, prices_minor=[3000], currency="USD", tax_minor=10)
    second = await returns.sell(3, prices_minor=[1000], items=[1], currency="USD", tax_minor=10)
    await deliver_all(returns.tenant)
    [one, two] = await rows_of(returns.tenant, Invoice)
    assert (one.total_minor, two.total_minor) == (3010, 1010)
    await paid(returns.shop, returns.party_id, 3010 + 500, currency="USD")
    then = _later(returns, 2)
    lines = [line for order in (first, second) for line in await returns.order_lines(order)]
    await _return_all(then, lines, [2, 3])
    await deliver_all(then.tenant)
    notes = await rows_of(returns.tenant, CreditNote)
    # 7.5 % of the goods is kept.
    assert [note.total_minor for note in notes] == [3010 - 225, 1010 - 75]
    refunds = await rows_of(returns.tenant, Payment, kind="refund")
    # Of the second 5.10 were open; the rest of its credit goes back, which is less than was paid.
    assert [refund.amount_minor for refund in refunds] == [3010 - 225, 1010 - 75 - 510]
    assert {refund.currency for refund in refunds} == {"USD"}
    assert await violations(returns.tenant) == {}


async def _return_all(returns: Returns, lines: list[int], quantities: list[int]) -> None:

    wanted = [
        WantedReturn(order_line_id=line, quantity=D(quantity), reason="UNWANTED")
        for line, quantity in zip(lines, quantities, strict=True)
    ]
    async with returns.tenant.work() as work:
        return_id = await request_return(work, lines=wanted, resolution="refund")
    await returns.credit(return_id, in_advance=True)
