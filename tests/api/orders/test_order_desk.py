"""The order desk: orders placed at the same time share a transaction, and nothing else."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ids import global_id
from api.orders.desk import OrderDesk
from app.asgi import application_around
from domain.inventory.models import StockMovement
from domain.kernel.models import AuditEntry, EventRecord, IdempotencyRecord
from domain.orders.models import SalesOrder
from tests.factories.api import Answer, ApiCaller, ApiUnderTest
from tests.factories.in_process import InProcessClient
from tests.factories.masters import new_party, new_price_list, price
from tests.factories.ordering import PLACE, order_input, place_all, watched_batches
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest, new_tenant

IN_FULL = """
  id number externalNumber externalId status paymentState holdReason currency orderedAt receivedAt
  shipTo { name line1 city country } billTo { city } subtotal { amount } discount { amount }
  tax { amount } shipping { amount } total { amount currency } version supportedActions
  lines { id lineNumber externalLine externalCode description ordered { value unit } quantity
          unitPrice discount { amount } tax { amount } net { amount currency } allocated shipped
          cancelled backordered item { sku } }
"""


@pytest.fixture
async def api(api: ApiUnderTest) -> AsyncIterator[ApiUnderTest]:
    """A process of its own, which has not seen other tenants: who uses much of a shared one is
    let in one at a time."""
    services = replace(api.services, order_desk=OrderDesk())
    application = application_around(services)
    async with InProcessClient(application) as http:
        yield ApiUnderTest(application, services, http)


async def _orders(tenant: TenantUnderTest) -> int:
    async with tenant.read() as reader:
        wanted = select(func.count()).where(SalesOrder.tenant_id == tenant.id)
        return int(await reader.value(wanted))


def _codes(answers: list[Answer]) -> Counter[str]:
    payloads = [answer.data["placeOrder"] for answer in answers]
    return Counter(e["code"] for payload in payloads for e in payload["userErrors"])


async def test_sixty_four_buyers_of_twenty_units_buy_exactly_twenty(
    api: ApiUnderTest, tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(20)
    buyers = [await api.user(tenant, "*") for _ in range(8)]
    wanted = order_input(shop, (0, 1), allOrNothing=True)
    with watched_batches(monkeypatch) as batches:
        answers = await place_all(buyers, [(f"k{n}", wanted) for n in range(64)])
    assert _codes(answers) == {"STOCK_SHORT": 44}
    sold = [a.data["placeOrder"]["order"] for a in answers if a.data["placeOrder"]["order"]]
    assert len({order["number"] for order in sold}) == 20
    assert (await _orders(tenant), await shop.available()) == (20, 0)
    assert len(batches) < 16
    assert await violations(tenant) == {}


async def test_opposite_line_orders_in_two_processes_do_not_deadlock(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(100)
    await shop.stock(100, item=1)
    seller = await api.user(tenant, "*")
    other = application_around(replace(api.services, order_desk=OrderDesk()))
    async with InProcessClient(other) as http:
        sellers = [seller, ApiCaller(http, seller.token)]
        lines = ((0, 1), (1, 1))
        inputs = [order_input(shop, *lines[:: 1 if n % 2 else -1]) for n in range(64)]
        # The same keys come to both, the later ones first to the other.
        twice = [(f"k{n}", inputs[0]) for n in (*range(16), *reversed(range(16)))]
        await place_all(sellers, twice)
        assert await _orders(tenant) == 16
        answers = await place_all(sellers, [(f"n{n}", inputs[n]) for n in range(64)])
    assert _codes(answers) == {}
    assert len({a.data["placeOrder"]["order"]["number"] for a in answers}) == 64
    assert await violations(tenant) == {}


async def test_two_lines_of_one_item_share_what_is_there(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(7)
    seller = await api.user(tenant, "*")
    first, second = await place_all(
        [seller], [(key, order_input(shop, (0, 2), (0, 3))) for key in ("a", "b")]
    )
    lines = [
        (line["allocated"], line["backordered"])
        for answer in (first, second)
        for line in answer.data["placeOrder"]["order"]["lines"]
    ]
    assert sorted(lines) == [("0", "3"), ("2", "0"), ("2", "0"), ("3", "0")]
    assert await violations(tenant) == {}


async def test_shuffled_lines_under_repeated_keys_are_one_order_each(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, items=4)
    for item in range(4):
        await shop.stock(40, item=item)
    clients = [await api.user(tenant, "*") for _ in range(32)]
    shuffled = random.Random(7)
    inputs = []
    for n in range(32):
        lines = [(item, 1 + n % 3) for item in range(4)]
        shuffled.shuffle(lines)
        inputs.append((f"key {n}", order_input(shop, *lines)))
    first = await place_all(clients, inputs * 2)
    # place_all hands the n-th input to the n-th client: a repetition comes from the same one.
    again = await place_all(clients, inputs)
    assert [a.data for a in first[:32]] == [a.data for a in first[32:]]
    numbers = [a.data["placeOrder"]["order"]["number"] for a in first[:32]]
    assert [a.data["placeOrder"]["order"]["number"] for a in again] == numbers
    assert (len(set(numbers)), await _orders(tenant)) == (32, 32)
    assert await violations(tenant) == {}


async def test_the_same_key_with_another_input_is_a_conflict_in_the_same_batch_too(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(9)
    seller = await api.user(tenant, "*")
    inputs = [("k", order_input(shop, (0, 1))), ("k", order_input(shop, (0, 2)))]
    answers = await place_all([seller], inputs)
    assert sorted((a.error_codes for a in answers), key=len) == [[], ["CONFLICT"]]
    assert await _orders(tenant) == 1


async def test_an_order_that_breaks_its_transaction_does_not_hurt_its_neighbours(
    api: ApiUnderTest, tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(100)
    seller = await api.user(tenant, "*")
    good = order_input(shop, (0, 1))
    inputs = [(f"k{n}", good | {"externalNumber": "poison" if n == 9 else None}) for n in range(24)]
    with watched_batches(monkeypatch) as batches:
        answers = await place_all([seller], inputs)
    assert [a.error_codes for a in answers] == [["INTERNAL"] if n == 9 else [] for n in range(24)]
    assert (await _orders(tenant), await shop.available()) == (23, 77)
    assert max(map(len, batches)) > 8
    async with tenant.read() as reader:
        keys = select(IdempotencyRecord.key).where(IdempotencyRecord.tenant_id == tenant.id)
        assert "k9" not in await reader.values(keys)
    assert await violations(tenant) == {}


async def test_refusals_are_each_orders_own(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    seller, powerless = await api.user(tenant, "*"), await api.user(tenant, "orders.read")
    cheap = await api.user(tenant, "orders.place", "orders.read")
    good = order_input(shop, (0, 1))
    line = good["lines"][0]
    inputs = [
        good,
        good | {"lines": [line | {"quantity": "0"}]},
        good | {"lines": [{"code": "nothing", "quantity": "1"}]},
        good | {"channelId": global_id("Channel", 999_999_999)},
        good | {"lines": [line | {"unit": "BARREL"}]},
        good | {"lines": [{"itemId": line["itemId"], "quantity": "1"}]},
        good | {"shipTo": {"country": "Nowhere"}},
    ]
    wanted = [(f"k{n}", each) for n, each in enumerate(inputs)]
    answers = await place_all([seller] * 7 + [powerless, cheap], [*wanted, *wanted[:1] * 2])
    told = [
        a.error_codes or [e["code"] for e in a.data["placeOrder"]["userErrors"]] for a in answers
    ]
    assert told == [
        [],
        ["BAD_INPUT"],
        ["ITEM_UNKNOWN"],
        ["NOT_FOUND"],
        ["UNIT_UNKNOWN"],
        ["PRICE_MISSING"],
        ["BAD_INPUT"],
        ["FORBIDDEN"],
        ["FORBIDDEN"],
    ]
    assert (await _orders(tenant), await shop.available()) == (1, 4)


async def test_what_is_written_down_names_each_orders_own_caller(
    api: ApiUnderTest, tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(50)
    callers = [await api.user(tenant, "*") for _ in range(4)]
    wanted = order_input(shop, (0, 1))
    with watched_batches(monkeypatch) as batches:
        answers = await place_all(callers, [(f"k{n}", wanted) for n in range(16)])
    assert max(len({r.by.principal.name for r in b if r.by}) for b in batches) == 4
    ids = [a.data["placeOrder"]["order"]["number"] for a in answers]
    async with tenant.read() as reader:
        orders = await reader.rows(
            select(
                SalesOrder.number,
                AuditEntry.actor,
                AuditEntry.actor_id,
                AuditEntry.request_id,
                EventRecord.actor.label("told_by"),
                EventRecord.request_id.label("told_in"),
                StockMovement.actor.label("moved_by"),
            )
            .join(AuditEntry, AuditEntry.subject_id == SalesOrder.id)
            .join(EventRecord, EventRecord.aggregate_id == SalesOrder.id)
            .join(StockMovement, StockMovement.reference_id == SalesOrder.id)
            .where(
                SalesOrder.tenant_id == tenant.id,
                AuditEntry.tenant_id == tenant.id,
                AuditEntry.subject == "order",
                EventRecord.tenant_id == tenant.id,
                EventRecord.aggregate == "order",
                StockMovement.tenant_id == tenant.id,
                StockMovement.reference_kind == "order",
            )
        )
    by_number = {row.number: row for row in orders}
    assert len(orders) == 16
    names = [by_number[number].actor for number in ids]
    assert len(set(names)) == 4
    assert names == names[:4] * 4
    assert all(row.actor == row.told_by == row.moved_by for row in orders)
    assert all(row.request_id == row.told_in for row in orders)
    assert len({row.request_id for row in orders}) == 16
    assert len({row.actor_id for row in orders}) == 4


async def test_partners_and_staff_never_share_a_transaction(
    api: ApiUnderTest, tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(50)
    parties = [await new_party(tenant, is_customer=True) for _ in range(2)]
    callers = [await api.user(tenant, "*")] + [
        await api.user(tenant, "*", party_id=party) for party in parties
    ]
    price_list = await new_price_list(tenant, currency="EUR")
    await price(tenant, price_list, shop.setting.item_ids[0], "1.00", unit="EA")
    wanted = order_input(shop, (0, 1))
    del wanted["lines"][0]["unitPrice"]
    with watched_batches(monkeypatch) as batches:
        answers = await place_all(callers, [(f"k{n}", wanted) for n in range(24)])
    assert _codes(answers) == {}
    assert all(len({r.by.principal.party_id for r in b if r.by}) == 1 for b in batches)
    async with tenant.read() as reader:
        owners = await reader.values(
            select(SalesOrder.party_id).where(SalesOrder.tenant_id == tenant.id)
        )
    assert Counter(owners) == {None: 8, parties[0]: 8, parties[1]: 8}


async def test_sixty_four_orders_take_as_many_statements_as_one(
    api: ApiUnderTest,
    tenant: TenantUnderTest,
    engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = await new_shop(tenant, items=3)
    for item in range(3):
        await shop.stock(500, item=item)
    seller = await api.user(tenant, "*")
    inputs = [order_input(shop, (0, 1), (1, 1), (2, 1)) for _ in range(80)]
    await place_all([seller], [("first", inputs[0])])
    with counted_statements(engine) as of_one:
        await place_all([seller], [("second", inputs[0])])
    with (
        watched_batches(monkeypatch) as batches,
        counted_statements(engine) as of_many,
    ):
        await place_all([seller], [(f"k{n}", wanted) for n, wanted in enumerate(inputs)])
    assert len(of_one) <= 22
    assert max(map(len, batches)) > 16
    assert len(of_many) == len(batches) * len(of_one)


async def test_the_answer_is_what_a_read_afterwards_gives(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    seller = await api.user(tenant, "*")
    wanted = order_input(
        shop,
        (0, 3),
        (0, 4),
        externalId="X-1",
        externalNumber=" PO 7 ",
        orderedAt="2026-03-01T10:00:00+02:00",
        shipTo={"name": "Ann", "line1": "Quay 1", "city": "Bonn", "country": "DE"},
    )
    wanted["lines"][0] |= {"unitPrice": "3.3333335", "description": "tea", "externalLine": "1"}
    placing = PLACE.replace(
        "order { id number status lines { lineNumber quantity allocated backordered } }",
        f"order {{ {IN_FULL} }}",
    )
    placed = await seller.ask(placing, key="k", input=wanted)
    order = placed.data["placeOrder"]["order"]
    read = await seller.ask(
        f"query Read($id: ID!) {{ order(id: $id) {{ {IN_FULL} }} }}", id=order["id"]
    )
    assert read.data["order"] == order
    again = await seller.ask(placing, key="k", input=wanted)
    assert again.data == placed.data


async def test_whoever_may_place_but_not_read_gets_no_order(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    writer = await api.user(tenant, "orders.place", "pricing.manage")
    [answer] = await place_all([writer], [("k", order_input(shop, (0, 1)))])
    assert answer.data["placeOrder"] == {"order": None, "userErrors": []}
    assert await _orders(tenant) == 1


async def _story(caller: ApiCaller, shop: Shop) -> list[Any]:
    good = order_input(shop, (0, 2))
    line = good["lines"][0]
    inputs = [
        ("a", good),
        ("a", good),
        ("a", order_input(shop, (0, 1))),
        ("b", good | {"externalId": "E-1"}),
        ("c", good | {"externalId": "E-1"}),
        ("d", order_input(shop, (0, 2), (1, 1))),
        ("e", order_input(shop, (0, 9), allOrNothing=True)),
        ("e", order_input(shop, (0, 9), allOrNothing=True)),
        ("f", order_input(shop, (1, 1), (0, 9))),
        ("g", good | {"lines": []}),
        ("h", good | {"lines": [line | {"quantity": "0.0000001"}]}),
        ("i", good | {"lines": [{"quantity": "1"}]}),
        ("j", good | {"currency": "EURO"}),
        ("k", good | {"shipToCode": "HQ"}),
        ("l", {"lines": [line]}),
    ]
    told = []
    for key, wanted in inputs:
        answer = await caller.ask(PLACE, key=key, input=wanted)
        order = ((answer.body.get("data") or {}).get("placeOrder") or {}).get("order")
        if order:
            order.pop("id")
        told.append(
            (
                (answer.body.get("data") or {}).get("placeOrder"),
                [(e["message"], e["extensions"]) for e in answer.body.get("errors", [])],
            )
        )
    return told


async def test_with_the_desk_switched_off_every_answer_is_the_same(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    combined = await new_shop(tenant, items=2)
    other = await new_tenant(tenant.engine, now=tenant.now)
    alone = await new_shop(other, items=2)
    for shop in (combined, alone):
        await shop.stock(5)
    off = application_around(replace(api.services, order_desk=None))
    async with InProcessClient(off) as http:
        single = ApiCaller(http, (await api.user(other, "*")).token)
        assert await _story(await api.user(tenant, "*"), combined) == await _story(single, alone)
    assert await violations(tenant) == {}
    assert await violations(other) == {}
