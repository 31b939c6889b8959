"""The documents about trade between entities, as somebody of the demo company sends them."""

import itertools
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from api.ids import global_id, row_id_of
from domain.allocation.operations.place_order import place_order
from domain.allocation.ordering import OrderedLine
from domain.catalog.operations.items import create_item
from domain.entities.operations.legal_entities import create_legal_entity
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.intercompany.models import IntercompanyTradeLine
from domain.intercompany.operations.agreements import agree_trade
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.operations.shipping_transfers import ship_transfer
from domain.inventory.operations.transferring import (
    WantedTransferLine,
    create_transfer,
    release_transfer,
)
from domain.kernel.work import Work
from domain.pricing.models import PriceList
from domain.pricing.operations.prices import set_prices
from domain.pricing.price_writing import WantedPrice
from tests.factories.document_plays import Play, Scene, Variables, coded, keyed

_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Affiliate:
    """An entity of which the company's own has bought, by global ids."""

    id: str
    agreement: str
    line: str


async def affiliate(scene: Scene) -> str:
    """Another entity."""
    wanted = coded("AF", country="AT", currency="USD")
    done = await scene.stage.play("admin", "CreateLegalEntity", **wanted)
    return str(done.value["legalEntity"]["id"])


async def bought(scene: Scene) -> Affiliate:
    """Another entity, of which something was sold and shipped: six dollars are owed for it."""
    history = scene.history
    async with scene.stage.tenant.work() as work:
        return await _bought(
            work,
            entity=history.of("legal_entity", "US1"),
            location=history.of("location", "EWR"),
            channel=history.of("channel", "portal"),
        )


async def _bought(work: Work, *, entity: int, location: int, channel: int) -> Affiliate:
    serial = next(_serial)
    other = await create_legal_entity(
        work, code=f"BOUGHT{serial}", name="Affiliate", country="AT", currency="USD"
    )
    item = await create_item(work, sku=f"BOUGHT-{serial}", name="Affiliated", base_unit="EA")
    agreement = await agree_trade(
        work,
        supplier_id=other,
        buyer_id=entity,
        currency="USD",
        effective_from=date(2026, 1, 1),
        prices={item: Decimal(3)},
    )
    line = ReceiptLine(item_id=item, quantity=Decimal(9), unit_cost=Decimal(2))
    await receive_stock(work, location_id=location, owner_id=other, lines=[line])
    await _priced(work, item)
    wanted = OrderedLine(item_id=item, quantity=Decimal(2), unit="EA")
    placed = await place_order(work, channel_id=channel, lines=[wanted])
    for fulfilment_id in await release_order(work, order_id=placed.order_id):
        await record_pick(work, fulfilment_order_id=fulfilment_id)
        await pack_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
        await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
    traded = await work.value(
        select(IntercompanyTradeLine.id).where(
            IntercompanyTradeLine.tenant_id == work.tenant_id,
            IntercompanyTradeLine.item_id == item,
        )
    )
    return Affiliate(
        global_id("LegalEntity", other),
        global_id("TradeAgreement", agreement),
        global_id("IntercompanyTradeLine", traded),
    )


async def _priced(work: Work, item: int) -> None:
    """Nine for each by the first list: another price might wait for approval."""
    prices = await work.value(
        select(PriceList.id).where(PriceList.tenant_id == work.tenant_id).order_by(PriceList.id)
    )
    price = WantedPrice(item_id=item, unit="EA", unit_price=Decimal(9))
    await set_prices(work, price_list_id=prices, prices=[price])


def _own(scene: Scene) -> str:
    return scene.id("LegalEntity", "legal_entity", "US1")


async def in_a_circle(scene: Scene) -> tuple[str, str]:
    """Two entities that owe each other: the company's own has sent some goods as well."""
    one = await bought(scene)
    history = scene.history
    own, other = history.of("legal_entity", "US1"), row_id_of(one.id, "LegalEntity")
    async with scene.stage.tenant.work() as work:
        await agree_trade(
            work,
            supplier_id=own,
            buyer_id=other,
            currency="USD",
            effective_from=date(2026, 1, 1),
            transit_owner="buyer",
        )
        transfer_id = await create_transfer(
            work,
            source_id=history.of("location", "EWR"),
            destination_id=history.of("location", "HAM"),
            owner_id=own,
            buyer_id=other,
            lines=[WantedTransferLine(item_id=history.items[0], quantity=Decimal(1))],
        )
        await release_transfer(work, transfer_id=transfer_id)
        await ship_transfer(work, transfer_id=transfer_id)
    return one.id, _own(scene)


def _agreed(scene: Scene) -> Variables:
    terms = {
        "currency": "USD",
        "percent": "5",
        "taxCode": "NONE",
        "prices": [{"itemId": scene.item(), "unitPrice": "1.25"}],
        "dispositions": [{"disposition": "SCRAP", "becomes": "SCRAP"}],
    }
    return keyed(supplierId=scene.prepared, buyerId=_own(scene), terms=terms)


def _between(scene: Scene) -> Variables:
    return {"filter": {"creditorId": scene.prepared.id, "debtorId": _own(scene)}}


AFFILIATES = {
    "TradeAgreements": Play("finance", lambda s: {"filter": {"supplierId": s.prepared.id}}, bought),
    "AgreeTrade": Play("finance", _agreed, affiliate),
    "EndTradeAgreement": Play(
        "finance", lambda s: keyed(id=s.prepared.agreement, endsOn="2099-12-31"), bought
    ),
    "IntercompanyTrades": Play(
        "finance", lambda s: {"filter": {"supplierId": s.prepared.id}}, bought
    ),
    "IntercompanyBalances": Play("finance", _between, bought),
    "IntercompanyEntries": Play("finance", _between, bought),
    "IntercompanySettlements": Play("finance"),
    "PayIntercompanyDebt": Play(
        "finance",
        lambda s: keyed(creditorId=s.prepared.id, debtorId=_own(s), currency="USD", amount="1.50"),
        bought,
    ),
    "NetIntercompanyDebts": Play(
        "finance",
        lambda s: keyed(legalEntityIds=list(s.prepared), currency="USD"),
        in_a_circle,
    ),
    "CorrectTransferPrice": Play(
        "finance",
        lambda s: keyed(tradeLineId=s.prepared.line, unitPrice="3.10", reason="agreed anew"),
        bought,
    ),
}
