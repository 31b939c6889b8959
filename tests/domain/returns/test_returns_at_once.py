"""Many hands on the same goods and money: nothing comes twice, and nothing is paid twice."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from domain.kernel.errors import Expected, InvalidInput, InvalidState
from domain.returns.models import (
    OrderReturn,
    ReturnCredit,
    ReturnDisposition,
    ReturnLine,
    ReturnUnit,
)
from domain.returns.operations.crediting import WantedCredit
from domain.returns.outcomes import NothingCreditable
from tests.factories.orders import violations
from tests.factories.pieces import receive_pieces
from tests.factories.returns import Returns, new_returns
from tests.factories.tenants import TenantUnderTest

D = Decimal


async def _at_once(*acts: Awaitable[Any]) -> tuple[int, list[BaseException]]:
    """How many of them happened, and why the others did not."""
    outcomes = await asyncio.gather(*acts, return_exceptions=True)
    failed = [each for each in outcomes if isinstance(each, BaseException)]
    for each in failed:
        assert isinstance(each, Expected), repr(each)
    return len(outcomes) - len(failed), failed


async def test_two_ask_the_last_unit_back_at_once(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    order_id = await returns.sell(3)
    done, _ = await _at_once(*(returns.request(order_id, 2) for _ in range(4)))
    assert done == 1
    assert await violations(tenant) == {}


async def test_a_piece_is_taken_in_twice_at_once(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant, tracking="serial")
    await receive_pieces(returns.shop, "S-1")
    order_id = await returns.sell(1, serials=["S-1"])
    return_id = await returns.request(order_id, 1)
    done, _ = await _at_once(
        *(returns.receive(return_id, (0, 1), serials=["S-1"]) for _ in range(4))
    )
    assert done == 1
    [unit] = await returns.rows(ReturnUnit)
    assert unit.serial == "S-1"
    assert await violations(tenant) == {}


async def test_the_same_goods_are_taken_in_twice_at_once_and_credited_once(
    tenant: TenantUnderTest,
) -> None:
    returns = await new_returns(tenant)
    order_id = await returns.sell(2)
    return_id = await returns.request(order_id, 2)
    await _at_once(*(returns.receive(return_id, (0, 2)) for _ in range(3)))
    for unit in await returns.rows(ReturnUnit):
        await returns.inspect(unit.id, (int(unit.quantity), "new"))
    done, _ = await _at_once(*(returns.credit(return_id) for _ in range(4)))
    assert done == 1
    [credit] = await returns.rows(ReturnCredit)
    assert credit.net_minor == 1000
    nobodys = [row for row in await returns.rows(ReturnLine) if row.order_line_id is None]
    assert sum(row.quantity for row in nobodys) == 4
    assert await violations(tenant) == {}


async def test_a_unit_is_disposed_of_twice_at_once(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    await returns.come_back(await returns.sell(2), 2)
    [unit] = await returns.rows(ReturnUnit)
    done, _ = await _at_once(
        *(returns.dispose(unit.id, kind) for kind in ("restock", "scrap", "restock", "quarantine"))
    )
    assert done == 1
    assert len(await returns.rows(ReturnDisposition)) == 1
    assert await violations(tenant) == {}


async def test_two_returns_of_one_order_are_credited_at_once(tenant: TenantUnderTest) -> None:
    returns = await new_returns(
        tenant, {"name": "Let", "decision": "approve", "refunds_shipping": True}
    )
    order_id = await returns.sell(
        3, 3, items=[0, 0], prices_minor=[1000, 1001], tax_minor=381, shipping_minor=499
    )
    asked = [await returns.request(order_id, 1, 1) for _ in range(3)]
    done, _ = await _at_once(*(returns.credit(each, in_advance=True) for each in asked * 2))
    assert done == 3
    [total] = await returns.rows(OrderReturn)
    assert (total.billed_minor, total.credited_minor) == (2881, 2881)
    assert total.credited_shipping_minor == 499
    assert await violations(tenant) == {}


@pytest.mark.parametrize("seed", range(6))
async def test_no_sequence_of_partial_returns_pays_more_than_was_billed(
    tenant: TenantUnderTest, seed: int
) -> None:
    """Random orders and returns of them, credited in random parts, at once."""
    random = Random(seed)
    rule: dict[str, Any] = {
        "name": "Let",
        "decision": "approve",
        "refunds_shipping": random.random() < 0.7,
        "fee_percent": str(random.choice([0, 0, 12.5])),
    }
    returns = await new_returns(tenant, rule, items=2)
    sizes = [random.randint(1, 6), random.randint(1, 6)]
    order_id = await returns.sell(
        *sizes,
        prices_minor=[random.randint(1, 9999), random.randint(1, 9999)],
        discount_minor=random.choice([0, 1]),
        tax_minor=random.randint(0, 999),
        shipping_minor=random.randint(0, 999),
    )
    asked = []
    while any(sizes):
        part = [random.randint(0, size) for size in sizes]
        if any(part):
            sizes = [size - gone for size, gone in zip(sizes, part, strict=True)]
            asked.append((await returns.request(order_id, *part), [n for n in part if n]))
    acts = []
    for return_id, part in asked:
        for line, quantity in enumerate(part, start=1):
            first = random.randint(1, quantity)
            for some in (first, quantity - first, first):
                if some:
                    wanted = WantedCredit(line_number=line, quantity=D(some))
                    acts.append(_credit(returns, return_id, wanted))
    random.shuffle(acts)
    await asyncio.gather(*acts)
    [total] = await returns.rows(OrderReturn)
    paid = await _paid(returns)
    assert paid == total.credited_minor <= total.billed_minor
    fees = sum(row.fee_minor for row in await returns.rows(ReturnCredit))
    whole = rule["refunds_shipping"] and all(
        row.credited == row.quantity for row in await returns.rows(ReturnLine)
    )
    if whole:
        assert total.credited_minor + fees == total.billed_minor
    assert await violations(tenant) == {}


async def _credit(returns: Returns, return_id: int, wanted: WantedCredit) -> None:
    """Grant it, if it may be: a part that another took is refused."""
    with suppress(InvalidInput, InvalidState, NothingCreditable):
        await returns.credit(return_id, wanted, in_advance=True)


async def _paid(returns: Returns) -> int:
    """What was granted in all."""
    return sum(
        row.net_minor + row.tax_minor + row.shipping_minor - row.fee_minor
        for row in await returns.rows(ReturnCredit)
    )
