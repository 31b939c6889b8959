"""A customer is a tree: whoever belongs to a party sees and acts for it and all below it."""

import asyncio
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import func, select

from domain.entities.models import Party
from domain.entities.operations.parties import update_party
from domain.inventory.models import StockBalance
from domain.kernel.errors import InvalidState, NotFound
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.orders.events import OrderPlaced
from domain.orders.models import SalesOrder
from tenancy.permissions import ALL_PERMISSIONS, OF_PARTY
from tenancy.principals import Principal
from tests.factories.api import ApiUnderTest
from tests.factories.masters import new_party, new_price_list, price
from tests.factories.orders import Shop, new_shop
from tests.factories.tenants import TenantUnderTest


@dataclass(frozen=True, slots=True)
class Tree:
    """A group with a branch that has a shop of its own, and a stranger; each has one order."""

    shop: Shop
    group: int
    branch: int
    outlet: int
    stranger: int

    def eyes(self, party_id: int) -> Principal:
        """Somebody of this party, who may do whatever a customer may."""
        return replace(self.shop.tenant.user(*OF_PARTY), party_id=party_id)

    async def parties_seen(self, party_id: int) -> list[int]:
        """The parties, and the parties of the orders, that this one sees."""
        async with self.shop.tenant.read(as_=self.eyes(party_id)) as reader:
            parties = await reader.values(select(Party.id).where(Party.tenant_id == _id(reader)))
            orders = await reader.values(
                select(SalesOrder.party_id).where(SalesOrder.tenant_id == _id(reader))
            )
        assert sorted(parties) == sorted(orders)
        return sorted(parties)


def _id(reader: Reader) -> int:
    return reader.tenant_id


@pytest.fixture
async def tree(tenant: TenantUnderTest) -> Tree:
    """The group and the stranger."""
    shop = await new_shop(tenant)
    await shop.stock(50)
    group = await new_party(tenant)
    branch = await new_party(tenant, parent_id=group)
    outlet = await new_party(tenant, parent_id=branch)
    stranger = await new_party(tenant)
    for party in (group, branch, outlet, stranger):
        await shop.place(shop.line(1), party_id=party)
    return Tree(shop, group, branch, outlet, stranger)


async def test_a_parent_sees_all_below_it_and_a_child_nothing_above(tree: Tree) -> None:
    assert await tree.parties_seen(tree.group) == [tree.group, tree.branch, tree.outlet]
    assert await tree.parties_seen(tree.branch) == [tree.branch, tree.outlet]
    assert await tree.parties_seen(tree.outlet) == [tree.outlet]
    assert await tree.parties_seen(tree.stranger) == [tree.stranger]


async def test_a_party_that_moves_is_gone_at_once(tree: Tree) -> None:
    async with tree.shop.tenant.work() as work:
        await update_party(work, party_id=tree.branch, parent_id=tree.stranger)
    assert await tree.parties_seen(tree.group) == [tree.group]
    assert await tree.parties_seen(tree.stranger) == [tree.branch, tree.outlet, tree.stranger]


PLACE = """
mutation($input: PlaceOrderInput!, $key: String!) {
  placeOrder(input: $input) @idempotent(key: $key) {
    order { id status party { id } } userErrors { code }
  }
}"""


async def test_a_parent_orders_for_a_child_and_for_nobody_else(
    tree: Tree, api: ApiUnderTest
) -> None:
    from api.ids import global_id

    tenant, shop = tree.shop.tenant, tree.shop
    prices = await new_price_list(tenant)
    await price(tenant, prices, shop.setting.item_ids[0], "9.90", unit="EA")

    async def order_as(party: int, *, for_: int) -> tuple[list[str], str | None]:
        caller = await api.user(tenant, *ALL_PERMISSIONS, party_id=party)
        wanted = {
            "channelId": global_id("Channel", shop.channel_id),
            "partyId": global_id("Party", for_),
            "lines": [{"itemId": global_id("Item", shop.setting.item_ids[0]), "quantity": "2"}],
        }
        answer = await caller.ask(PLACE, input=wanted, key=f"{party}-{for_}")
        if answer.error_codes:
            return answer.error_codes, None
        order = answer.data["placeOrder"]["order"]
        assert order["status"] == "ALLOCATED"
        return [], order["party"]["id"]

    assert await order_as(tree.group, for_=tree.outlet) == ([], global_id("Party", tree.outlet))
    assert await order_as(tree.outlet, for_=tree.outlet) == ([], global_id("Party", tree.outlet))
    for party, for_ in (
        (tree.outlet, tree.branch),
        (tree.branch, tree.group),
        (tree.group, tree.stranger),
    ):
        assert await order_as(party, for_=for_) == (["NOT_FOUND"], None)


async def test_over_http_a_moved_party_is_gone_in_the_next_request(
    tree: Tree, api: ApiUnderTest
) -> None:
    caller = await api.user(tree.shop.tenant, *OF_PARTY, party_id=tree.group)
    orders = "{ orders { totalCount } parties { totalCount } }"
    seen = (await caller.ask(orders)).data
    assert seen == {"orders": {"totalCount": 3}, "parties": {"totalCount": 3}}
    async with tree.shop.tenant.work() as work:
        await update_party(work, party_id=tree.branch, parent_id=None)
    seen = (await caller.ask(orders)).data
    assert seen == {"orders": {"totalCount": 1}, "parties": {"totalCount": 1}}


async def _balances(reader: Reader) -> int:
    mine = StockBalance.tenant_id == reader.tenant_id
    return int(await reader.value(select(func.count()).where(mine)))


async def test_while_the_house_looks_nobody_else_does(tree: Tree) -> None:
    async with tree.shop.tenant.read(as_=tree.eyes(tree.outlet)) as reader:
        looking = asyncio.Event()

        async def house() -> int:
            async with reader.house() as eyes:
                looking.set()
                first = await _balances(eyes)
                await asyncio.sleep(0)
                return first + await _balances(eyes)

        async def customer() -> int:
            await looking.wait()
            return await _balances(reader)

        assert await asyncio.gather(house(), customer(), customer()) == [2, 0, 0]


async def test_whoever_gives_up_looking_leaves_no_eyes_behind(tree: Tree) -> None:
    async with tree.shop.tenant.read(as_=tree.eyes(tree.outlet)) as reader:
        looking = asyncio.Event()

        async def house() -> None:
            async with reader.house() as eyes:
                looking.set()
                while True:
                    await _balances(eyes)

        task = asyncio.create_task(house())
        await looking.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await _balances(reader) == 0
        async with reader.house() as eyes:
            assert await _balances(eyes) == 1


async def _orders(work: Work) -> int:
    mine = SalesOrder.tenant_id == work.tenant_id
    return int(await work.value(select(func.count()).where(mine)))


async def test_a_savepoint_that_goes_back_takes_the_eyes_back_too(tree: Tree) -> None:
    async with tree.shop.tenant.work(as_=tree.eyes(tree.outlet)) as work:
        with pytest.raises(NotFound):
            async with work.attempt():
                await work.see_as_house()
                assert await _orders(work) == 4
                raise NotFound("order")
        assert await _orders(work) == 1
        async with work.attempt():
            await work.see_as_house()
        # It stood: what follows is the house's.
        assert await _orders(work) == 4


async def test_an_outcome_within_the_house_gives_the_partners_eyes_back(tree: Tree) -> None:
    async with tree.shop.tenant.work(as_=tree.eyes(tree.outlet)) as work:
        with pytest.raises(InvalidState):
            async with work.house():
                assert await _orders(work) == 4
                raise InvalidState("Not now.", state="x", allowed=[])
        assert await _orders(work) == 1


async def test_what_a_partner_does_is_told_and_not_shown_to_it(tree: Tree) -> None:
    tenant, eyes = tree.shop.tenant, tree.eyes(tree.outlet)
    from domain.kernel.models import AuditEntry, EventRecord, Outbox

    async with tenant.work(as_=eyes) as work:
        # Nothing of its tells of another's order: not even that it was written.
        work.record(
            OrderPlaced(aggregate_id=1, number="X", status="open", channel_id=1, external_id=None)
        )
        work.audit("place_order", subject="order", subject_id=1)
    async with tenant.read(as_=eyes) as reader:
        counts = [
            await reader.value(select(func.count()).where(table.tenant_id == tenant.id))
            for table in (AuditEntry, Outbox)
        ]
        own = await reader.values(select(SalesOrder.id).where(SalesOrder.tenant_id == tenant.id))
        told = await reader.values(
            select(EventRecord.aggregate_id).where(EventRecord.tenant_id == tenant.id)
        )
    assert counts == [0, 0]
    assert set(told) == set(own)
