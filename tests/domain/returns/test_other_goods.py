"""Other goods for returns: in advance or after the receipt, ordered once by the workers."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.kernel.errors import InvalidInput, InvalidState
from domain.orders.models import SalesOrder, SalesOrderLine
from domain.returns.models import ReturnCredit, ReturnReplacement, ReturnUnit
from domain.returns.operations.crediting import WantedCredit
from domain.returns.operations.replacing import order_replacement
from domain.returns.operations.requesting import cancel_return
from domain.returns.outcomes import NothingCreditable, ReturnNotEmpty
from domain.returns.queries.reports import Window, return_rates
from domain.returns.settling import settle_credit
from domain.returns.writing import WantedInstead
from tests.factories.delivering import deliver_all
from tests.factories.orders import violations
from tests.factories.returns import Returns, new_returns
from tests.factories.tenants import TenantUnderTest

D = Decimal


async def _status(returns: Returns) -> str:
    [row] = await returns.rows(ReturnReplacement)
    return str(row.status)


async def test_the_same_goods_leave_when_the_others_are_here_and_cost_nothing(
    tenant: TenantUnderTest,
) -> None:
    returns = await new_returns(tenant)
    order_id = await returns.sell(2)
    return_id = await returns.request(order_id, 2, resolution="replacement")
    await deliver_all(tenant)
    assert await _status(returns) == "requested"
    with pytest.raises(NothingCreditable):
        await returns.credit(return_id)
    await returns.receive(return_id, (0, 2))
    [unit] = await returns.rows(ReturnUnit)
    await returns.inspect(unit.id, (2, "opened"))
    assert await _status(returns) == "due"
    await deliver_all(tenant)
    [replacement] = await returns.rows(ReturnReplacement)
    assert replacement.status == "ordered"
    [order] = await returns.rows(SalesOrder, id=replacement.order_id)
    assert (order.party_id, order.total_minor) == (returns.party_id, 0)
    [line] = await returns.rows(SalesOrderLine, order_id=order.id)
    assert int(line.quantity) == 2
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await order_replacement(work, replacement_id=replacement.id)
    await returns.dispose(unit.id)
    assert (await returns.state(return_id))[0] == "closed"
    assert await violations(tenant) == {}


async def test_an_exchange_is_a_credit_and_an_order_at_a_price(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant, items=2)
    other = WantedInstead(
        item_id=returns.shop.setting.item_ids[1], quantity=D(1), unit_price=D("12.00")
    )
    order_id = await returns.sell(1)
    return_id = await returns.request(
        order_id, 1, resolution="exchange", replaces="advance", instead=[other]
    )
    assert await _status(returns) == "due"
    await deliver_all(tenant)
    [replacement] = await returns.rows(ReturnReplacement)
    [order] = await returns.rows(SalesOrder, id=replacement.order_id)
    assert order.total_minor == 1200
    await returns.receive(return_id, (0, 1))
    [unit] = await returns.rows(ReturnUnit)
    await returns.inspect(unit.id, (1, "new"))
    [credit_id] = await returns.credit(return_id)
    [credit] = await returns.rows(ReturnCredit, id=credit_id)
    assert (credit.net_minor, credit.refunds) == (1000, False)
    with pytest.raises(InvalidInput):
        await returns.request(await returns.sell(1), 1, resolution="exchange")
    assert await violations(tenant) == {}


async def test_two_workers_order_other_goods_once(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    order_id = await returns.sell(1)
    await returns.request(order_id, 1, resolution="replacement", replaces="advance")
    [replacement] = await returns.rows(ReturnReplacement)

    async def order() -> int:
        async with tenant.work() as work:
            return await order_replacement(work, replacement_id=replacement.id)

    outcomes = await asyncio.gather(*(order() for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(each, int) for each in outcomes) == 1
    assert sum(isinstance(each, InvalidState) for each in outcomes) == 3
    assert len(await returns.rows(SalesOrder)) == 2


async def test_what_is_taken_back_before_other_goods_are_ordered_earns_none(
    tenant: TenantUnderTest,
) -> None:
    returns = await new_returns(tenant)
    order_id = await returns.sell(1)
    return_id = await returns.request(order_id, 1, resolution="replacement", replaces="advance")
    async with tenant.work() as work:
        await cancel_return(work, return_id=return_id, reason="kept after all")
    await deliver_all(tenant)
    assert (await _status(returns), len(await returns.rows(SalesOrder))) == ("cancelled", 1)
    assert await violations(tenant) == {}


async def test_what_other_goods_were_ordered_for_is_not_taken_back(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    order_id = await returns.sell(1)
    return_id = await returns.request(order_id, 1, resolution="replacement", replaces="advance")
    await deliver_all(tenant)
    with pytest.raises(ReturnNotEmpty):
        async with tenant.work() as work:
            await cancel_return(work, return_id=return_id, reason="thanks for the other one")
    assert (await _status(returns), len(await returns.rows(SalesOrder))) == ("ordered", 2)


async def test_a_worker_that_dies_in_the_midst_has_done_nothing(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    order_id = await returns.sell(1)
    await returns.request(order_id, 1, resolution="replacement", replaces="advance")
    [replacement] = await returns.rows(ReturnReplacement)
    with pytest.raises(ConnectionError):
        async with tenant.work() as work:
            await order_replacement(work, replacement_id=replacement.id)
            raise ConnectionError
    assert (await _status(returns), len(await returns.rows(SalesOrder))) == ("due", 1)
    await deliver_all(tenant)
    assert (await _status(returns), len(await returns.rows(SalesOrder))) == ("ordered", 2)
    assert await violations(tenant) == {}


async def test_a_fee_by_hand_and_a_part_at_a_time(tenant: TenantUnderTest) -> None:
    returns = await new_returns(
        tenant,
        {
            "name": "Fee",
            "decision": "approve",
            "fee_percent": "10",
            "fee_minor": 301,
            "currency": "EUR",
        },
    )
    return_id = await returns.come_back(await returns.sell(3, prices_minor=[3000]), 3)
    for quantity, fee in ((1, None), (1, 50), (1, None)):
        line = WantedCredit(line_number=1, quantity=D(quantity), fee_minor=fee)
        await returns.credit(return_id, line)
    rows = await returns.rows(ReturnCredit)
    assert [(row.net_minor, row.fee_minor) for row in rows] == [
        (1000, 200),
        (1000, 50),
        (1000, 200),
    ]
    async with tenant.work() as work:
        assert await settle_credit(work, credit_id=rows[0].id)
        assert not await settle_credit(work, credit_id=rows[0].id)
    assert await violations(tenant) == {}


async def test_how_much_comes_back_and_why(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant, items=2)
    first = await returns.sell(4, 2)
    await returns.come_back(first, 1, 0)
    await returns.credit(await returns.come_back(first, 1, 1))
    today = tenant.now.date()
    window = Window(today, today)
    async with tenant.read() as reader:
        [reason] = await return_rates(reader, by="reason", window=window)
        items = await return_rates(reader, by="item", window=window)
        [channel] = await return_rates(reader, by="channel", window=window)
        later = Window(today + timedelta(days=1), today + timedelta(days=1))
        assert await return_rates(reader, by="item", window=later) == []
    assert (reason.key, reason.returns, int(reason.asked), int(reason.shipped)) == (
        "UNWANTED",
        2,
        3,
        6,
    )
    assert [(int(row.asked), int(row.received), int(row.shipped)) for row in items] == [
        (2, 2, 4),
        (1, 1, 2),
    ]
    assert (channel.returns, channel.hours_to_receipt) == (2, Decimal(0))
