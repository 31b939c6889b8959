"""A whole company in one tenant: at least one object of every kind, under names that carry a mark.

Whoever sees the mark in an answer sees something of this company."""

import secrets
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import insert, text

from domain.allocation.operations.place_order import place_order
from domain.allocation.operations.policies import create_allocation_policy
from domain.allocation.operations.policy_activation import activate_allocation_policy
from domain.allocation.ordering import OrderedLine
from domain.catalog.operations.item_identifiers import assign_item_identifier
from domain.catalog.operations.item_units import set_item_unit
from domain.catalog.operations.items import create_item
from domain.catalog.policy import IdentifierKey
from domain.channels.operations import change_assortment, create_channel, set_channel_secret
from domain.entities.operations.legal_entities import create_legal_entity
from domain.entities.operations.locations import create_location
from domain.entities.operations.parties import create_party
from domain.entities.operations.party_addresses import AddressUnderCode, set_party_addresses
from domain.entities.operations.party_identifiers import assign_party_identifier
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.intake.operations import process_message, receive_message
from domain.integration.deliveries import Told, queue_deliveries
from domain.integration.models import WebhookAttempt
from domain.integration.operations.replays import ReplayRange, replay_webhooks
from domain.integration.operations.subscriptions import create_webhook_subscription
from domain.inventory.lines import AdjustmentLine, ReceiptLine
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.receiving import receive_stock
from domain.kernel.models import DocumentCounter
from domain.kernel.numbers import PREFIXES
from domain.kernel.work import Actor, Work
from domain.onboarding.access.operations.api_keys import create_api_key
from domain.onboarding.access.operations.issuers import register_oidc_issuer
from domain.onboarding.access.operations.roles import create_role
from domain.onboarding.access.operations.users import create_user
from domain.pricing.operations.price_lists import create_price_list
from domain.pricing.operations.prices import set_prices
from domain.pricing.price_writing import WantedPrice
from tests.factories.client_apps import settle_the_door
from tests.factories.keys import KEYS
from tests.factories.marked_affiliates import trade_with_affiliate
from tests.factories.marked_allocation import (
    Trade,
    ask_for_stock,
    pick_pieces,
    plan_runs,
    reject_work,
    share_stock,
)
from tests.factories.marked_approvals import govern_approvals
from tests.factories.marked_books import close_books, keep_books
from tests.factories.marked_company import bring_on
from tests.factories.marked_files import exchange_files
from tests.factories.marked_finance import settle_accounts
from tests.factories.marked_governance import change_company, govern_company
from tests.factories.marked_groups import form_group
from tests.factories.marked_payouts import pay_out
from tests.factories.marked_purchases import buy
from tests.factories.marked_returns import take_back
from tests.factories.marked_shelves import fill_shelves
from tests.factories.marked_stock_room import count_and_move, decide
from tests.factories.marked_supply import expect_supply
from tests.factories.marked_values import value_stock
from tests.factories.tenants import TenantUnderTest

SHIPPED, OPEN, WAITING = "4", "3", "5000"


@dataclass(frozen=True, slots=True)
class World:
    """What a test needs to name of the company; everything else is found by asking."""

    tenant: TenantUnderTest
    mark: str
    parties: tuple[int, int]
    sites: tuple[int, int]


async def new_world(tenant: TenantUnderTest, mark: str, *, numbers_from: int = 1) -> World:
    """Fill the tenant. Document numbers begin at `numbers_from`, to be told from another's."""
    async with tenant.work() as work:
        await _number_from(work, numbers_from)
        entity = await create_legal_entity(
            work, code=f"{mark}-E", name=f"{mark} entity", country="DE", currency="EUR"
        )
        first = await _site(work, mark, "1", entity)
        second = await _site(work, mark, "2", entity)
        parties = (await _party(work, mark, "1"), await _party(work, mark, "2"))
        items = [
            await _item(work, mark, serial, party)
            for serial, party in zip("12", parties, strict=True)
        ]
        stock = dict(zip((first, second), items, strict=True))
        await _stock(work, mark, stock)
        await value_stock(work, mark, entity=entity, stock=stock, party=parties[0])
        portal, shop = await _channels(work, mark, entity)
        await assign_party_identifier(
            work, party_id=parties[0], value=f"{mark}-AT-SHOP", channel_id=shop
        )
        await change_assortment(work, channel_id=shop, add=items)
        await keep_books(work, mark, entity=entity, channel=portal)
        await _policy_and_prices(work, mark, (first, second), items)
        requests = await _trade(work, mark, (first, second), Trade(entity, portal, parties, items))
        await settle_accounts(work, mark, entity=entity, parties=parties)
        await pay_out(work, mark, code=f"{mark}-SHOP")
        await form_group(work, mark, entity=entity)
        user = await _people(work, mark, parties[0])
        await close_books(work, mark, entity=entity, user=user)
        await bring_on(work, mark)
        await exchange_files(work, mark)
        await _documents(work, mark)
        await settle_the_door(work, mark)
        await work.flush()
        await _subscriber(work, mark)
        await ask_for_stock(work, mark)
        await govern_approvals(work, mark)
        await govern_company(work, mark, items=items)
    await plan_runs(tenant, mark, site=first, item=items[0])
    await decide(tenant, mark, requests)
    await change_company(tenant, mark)
    return World(tenant, mark, parties, (first, second))


async def _trade(work: Work, mark: str, sites: tuple[int, int], trade: Trade) -> list[int]:
    """Everything around orders and stock; gives the ids of the requests that wait for a yes."""
    portal, parties, items = trade.channel, trade.parties, trade.items
    await expect_supply(work, mark, sites=sites, items=items, channel=portal)
    await buy(work, mark, sites=sites, suppliers=parties, items=items)
    requests = await count_and_move(work, mark, sites=sites, items=items)
    await share_stock(work, mark, trade)
    await reject_work(work, mark, trade)
    for party, item in zip(parties, items, strict=True):
        await _orders(work, mark, portal, party, item)
    await trade_with_affiliate(
        work, mark, entity=trade.entity, sites=sites, channel=portal, parties=parties
    )
    machines = await fill_shelves(work, mark, sites=sites, channel=portal, parties=parties)
    await pick_pieces(work, mark, channel=portal, parties=parties, machines=machines)
    await take_back(work, mark, parties=parties)
    return requests


async def _number_from(work: Work, start: int) -> None:
    await work.execute(
        insert(DocumentCounter),
        [{"tenant_id": work.tenant_id, "kind": kind, "last": start - 1} for kind in PREFIXES],
    )


async def _site(work: Work, mark: str, serial: str, entity: int) -> int:
    return await create_location(
        work,
        code=f"{mark}-L{serial}",
        name=f"{mark} warehouse {serial}",
        kind="third_party",
        entity_id=entity,
        city=f"{mark}ville",
        country="DE",
    )


async def _party(work: Work, mark: str, serial: str) -> int:
    party = await create_party(
        work,
        code=f"{mark}-P{serial}",
        name=f"{mark} buyer {serial}",
        is_customer=True,
        is_supplier=True,
    )
    address = {"address_name": f"{mark} door {serial}", "line1": f"{mark} street", "country": "DE"}
    await set_party_addresses(
        work,
        party_id=party,
        addresses=[AddressUnderCode(kind="ship_to", code=f"{mark}-S{serial}", address=address)],
    )
    return party


async def _item(work: Work, mark: str, serial: str, party: int) -> int:
    item = await create_item(
        work, sku=f"{mark}-I{serial}", name=f"{mark} thing {serial}", base_unit="EA"
    )
    await set_item_unit(work, item_id=item, unit=f"{mark}-CASE", numerator=Decimal(12))
    key = IdentifierKey(scheme="customer", value=f"{mark}-CODE{serial}", party_id=party)
    await assign_item_identifier(work, item_id=item, key=key)
    return item


async def _stock(work: Work, mark: str, stock: dict[int, int]) -> None:
    for location, item in stock.items():
        lines = [
            ReceiptLine(item_id=item, quantity=Decimal(100), lot="", unit_cost=Decimal("2.50"))
        ]
        await receive_stock(work, location_id=location, reason=f"{mark} opening", lines=lines)
        await adjust_stock(
            work,
            location_id=location,
            reason=f"{mark} miscounted",
            lines=[AdjustmentLine(item_id=item, delta=Decimal(-1))],
        )


async def _channels(work: Work, mark: str, entity: int) -> tuple[int, int]:
    made = []
    for code, kind, source in (("PORTAL", "portal", "generic"), ("SHOP", "storefront", "shopify")):
        channel = await create_channel(
            work,
            code=f"{mark}-{code}",
            name=f"{mark} {code}",
            kind=kind,
            source=source,
            entity_id=entity,
        )
        await set_channel_secret(
            work, keys=KEYS, channel_id=channel, secret=f"{mark}-{secrets.token_hex(12)}"
        )
        made.append(channel)
    return made[0], made[1]


async def _policy_and_prices(
    work: Work, mark: str, sites: tuple[int, int], items: list[int]
) -> None:
    policy = await create_allocation_policy(
        work, code=f"{mark}-POLICY", name=f"{mark} policy", location_ids=sites
    )
    await activate_allocation_policy(work, policy_id=policy)
    prices = await create_price_list(
        work, code=f"{mark}-PRICES", name=f"{mark} prices", currency="EUR"
    )
    wanted = [WantedPrice(item_id=item, unit="EA", unit_price=Decimal("9.90")) for item in items]
    await set_prices(work, price_list_id=prices, prices=wanted)


async def _orders(work: Work, mark: str, portal: int, party: int, item: int) -> None:
    """One shipped, one at work, one allocated, one that waits for stock."""
    for serial, quantity in enumerate((SHIPPED, OPEN, OPEN, WAITING)):
        placed = await place_order(
            work,
            channel_id=portal,
            party_id=party,
            external_id=f"{mark}-{party}-{serial}",
            external_number=f"{mark}-PO-{party}-{serial}",
            lines=[OrderedLine(item_id=item, quantity=Decimal(quantity))],
        )
        if serial < 2:
            for site_work in await release_order(work, order_id=placed.order_id):
                await _fulfil(work, mark, site_work, shipped=serial == 0)


async def _fulfil(work: Work, mark: str, fulfilment_order: int, *, shipped: bool) -> None:
    await record_pick(work, fulfilment_order_id=fulfilment_order)
    await pack_fulfilment_order(work, fulfilment_order_id=fulfilment_order)
    if shipped:
        await ship_fulfilment_order(
            work,
            fulfilment_order_id=fulfilment_order,
            carrier=f"{mark} express",
            tracking_number=f"{mark}-TRACK",
        )


async def _subscriber(work: Work, mark: str) -> None:
    issued = await create_webhook_subscription(
        work,
        keys=KEYS,
        name=f"{mark} hook",
        url=f"https://{mark}.example/hook",
        event_types=["order.*"],
    )
    event = await work.row(
        text("SELECT id, aggregate_id FROM event WHERE tenant_id = :id AND type = 'order.placed'"),
        {"id": work.tenant_id},
    )
    assert event is not None
    await work.execute(
        text("UPDATE outbox SET parked_at = :now, last_error = :error WHERE event_id = :id"),
        {"now": work.now, "error": f"{mark} broke", "id": event.id},
    )
    told = Told(
        event_id=event.id,
        type="order.placed",
        aggregate="order",
        aggregate_id=event.aggregate_id,
        payload={"number": f"{mark}-1"},
        occurred_at=work.now,
    )
    await queue_deliveries(work, told)
    delivery = await work.value(
        text("SELECT id FROM webhook_delivery WHERE subscription_id = :id"),
        {"id": issued.subscription_id},
    )
    await _attempt(work, mark, delivery)
    await replay_webhooks(
        work,
        subscription_ids=[issued.subscription_id],
        events=ReplayRange(first_event_id=event.id),
        event_types=["order.shipped"],
    )


async def _attempt(work: Work, mark: str, delivery: int) -> None:
    await work.execute(
        insert(WebhookAttempt).values(
            tenant_id=work.tenant_id,
            delivery_id=delivery,
            attempted_at=work.now,
            response_status=500,
            error=f"{mark} failed",
            duration_ms=7,
            address="203.0.113.9",
            request_headers={"host": f"{mark}.example"},
            request_body=f'{{"number": "{mark}-1"}}',
            response_headers={"server": f"{mark} server"},
            response_body=f"{mark} is down",
        )
    )


async def _people(work: Work, mark: str, party: int) -> int:
    role = await create_role(work, name=f"{mark}-ROLE", permissions=["orders.read"])
    user = await create_user(
        work, username=f"{mark}-user".lower(), display_name=f"{mark} user", role_ids=[role]
    )
    await create_api_key(work, name=f"{mark} key", role_id=role, party_id=party)
    with work.on_behalf_of(Actor(replace(work.principal, party_id=party))):
        await create_webhook_subscription(
            work,
            keys=KEYS,
            name=f"{mark} partner hook",
            url=f"https://{mark}.example/partner",
            event_types=["order.placed"],
        )
    await register_oidc_issuer(
        work,
        issuer=f"https://{mark.lower()}.example",
        audience=f"{mark}-audience",
        jwks_uri=f"https://{mark.lower()}.example/keys",
    )
    return user


async def _documents(work: Work, mark: str) -> None:
    document = f'{{"id": 1, "line_items": "{mark}"}}'.encode()
    message = await receive_message(
        work, channel_code=f"{mark}-SHOP", raw=document, filename=f"{mark}.json"
    )
    await process_message(work, message_id=message)
