"""A month of a group, over HTTP: two companies, two currencies. A storefront order leaves in two
halves from both, another item stands in, goods come back in part, the shop pays out, a supplier
asks for more than was agreed; both books are closed and brought together. Worked by hand:

    US1 buys 3 teas at 3.00 USD, EU1 10 teas at 2.50 and 5 mugs at 4.00 EUR. EU1 sells to US1 at
    cost and 10 %, in EUR. One EUR is 1.10 USD all the time and on average, and 1.20 at the end.
    The order: 6 teas at 8.50 and a player at 14.00, 10 % of tax, 5.00 for sending: 76.50. US1 sends
    3 teas; EU1 3 teas and a mug for the player: 8.25 and 4.40 EUR, which are 13.92 USD.
    US1 buys 2 mugs for its stock: 8.80 EUR (9.68 USD) for what cost 8.00.
    The teas of US1 prove to be 0.60 dearer when they are gone.
    4 teas come back for 34.00 and 3.40 of tax: 3 that were bought to EU1 (9.08 USD), one
    to US1 (3.20).
    The shop takes 2.52 of 76.50, and pays out 36.58.
    What US1 owes, 13.20 EUR, is 1.32 USD more at 1.20.

                           EU1 EUR   x       EU1 USD   US1 USD   eliminated           group
    bank                                                 36.58                         36.58
    inventory                33.00   1.20      39.60     12.88    -0.88                51.60
    due from affiliates      13.20   1.20      15.84             -15.84
    payables                -45.00   1.20     -54.00     -9.60                        -63.60
    tax                                                  -3.10                         -3.10
    due to affiliates                                   -15.84    15.84
    translation                                -0.12               0.02                -0.10
    minority                                                      -0.11                -0.11
    revenue                                             -65.00                        -65.00
    sending                                              -5.00                         -5.00
    returned                                             34.00                         34.00
    sales to affiliates     -13.20   1.10     -14.52              14.52
    cost of goods                                        11.24    -1.32 + 0.88         10.80
    cost of these sales      12.00   1.10      13.20             -13.20
    fees                                                  2.52                          2.52
    exchange                                              1.32                          1.32
    result of minorities                                           0.09                 0.09

Cost of goods in US1: 9.00 + 13.92 + 0.60 - 9.08 - 3.20. A fifth of EU1 is others': of 1.32 - 0.88
that it earned, and of 0.12 that its books are worth more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.factories.client import Client, Refused
from tests.factories.companies import PASSWORD, Company
from tests.factories.conditions import until
from tests.factories.payouts import payouts, transactions
from tests.factories.running import Running
from tests.factories.shop_orders import shop_order

TEA, PLAYER, MUG = "TEA-GREEN", "IPOD2009BLACK", "MUG-BLUE"
SHOP_ORDER, PAYOUT = 820982911, 623721858
AMERICAN = {
    "1010": "36.58",
    "1200": "12.88",
    "2000": "-9.60",
    "2200": "-3.10",
    "2300": "-15.84",
    "4000": "-65.00",
    "4100": "-5.00",
    "4800": "34.00",
    "5000": "11.24",
    "6010": "2.52",
    "7010": "1.32",
}
EUROPEAN = {
    "1180": "13.20",
    "1200": "33.00",
    "2000": "-45.00",
    "4200": "-13.20",
    "5400": "12.00",
}
GROUP = {
    "bank": "36.58",
    "inventory": "51.60",
    "payables": "-63.60",
    "tax_payable": "-3.10",
    "translation_difference": "-0.10",
    "minority_interest": "-0.11",
    "revenue": "-65.00",
    "shipping_revenue": "-5.00",
    "sales_returns": "34.00",
    "cost_of_goods": "10.80",
    "payment_fees": "2.52",
    "unrealised_exchange": "1.32",
    "minority_result": "0.09",
}
ELIMINATED = {
    ("BALANCES", "intercompany_receivable"): "-15.84",
    ("BALANCES", "intercompany_payable"): "15.84",
    ("SALES", "intercompany_revenue"): "14.52",
    ("SALES", "intercompany_cost"): "-13.20",
    ("SALES", "cost_of_goods"): "-1.32",
    ("PROFIT_IN_STOCK", "inventory"): "-0.88",
    ("PROFIT_IN_STOCK", "cost_of_goods"): "0.88",
    ("MINORITIES", "minority_result"): "0.09",
    ("MINORITIES", "translation_difference"): "0.02",
    ("MINORITIES", "minority_interest"): "-0.11",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """Who acts, on what."""

    running: Running
    company: Company
    admin: Client
    boss: Client
    supplier: str


def _day(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


@pytest.fixture
async def scene(running: Running, company: Company, admin: Client) -> Scene:
    """The company with a supplier, somebody who says yes, and what this month needs."""
    done = await admin.do("createParty", code="LEAF", name="Leaf Teas", isSupplier=True)
    await _open_books(company, admin)
    await _open_shop(company, admin)
    await _let_them_sell(company, admin)
    boss = await _boss(company, admin)
    return Scene(running, company, admin, boss, done["party"]["id"])


async def _open_books(company: Company, admin: Client) -> None:
    """Their fiscal years begin with this month, so that none is before it and it ends no year."""
    month = datetime.now(UTC).month
    for entity in company.entities.values():
        await admin.do("setFiscalCalendar", entityId=entity, calendar="MONTHS", startMonth=month)
    rate = {"fromCurrency": "EUR", "toCurrency": "USD", "rate": "1.1", "validOn": _day(-1)}
    await admin.do("setExchangeRates", rates=[rate])


async def _open_shop(company: Company, admin: Client) -> None:
    """Whoever orders there takes what stands in, and may send goods back."""
    done = await admin.do(
        "createParty", code="ANNA", name="A customer", isCustomer=True, substitutesAllowed=True
    )
    done = await admin.do(
        "createChannel",
        code="shop",
        name="The shop",
        kind="STOREFRONT",
        source="SHOPIFY",
        entityId=company.entities["US1"],
        onUnknownItem="EXCEPTION",
        onUnknownParty="EXCEPTION",
        priceSource="DOCUMENT",
        defaultPartyId=done["party"]["id"],
    )
    company.channels["shop"] = done["channel"]["id"]
    await admin.do("setReturnReason", code="UNWANTED", name="Unwanted", fault="CUSTOMER")
    rule = {"name": "30 days", "decision": "APPROVE", "withinDays": 30}
    await admin.do("setReturnPolicy", name="2026", rules=[rule])


async def _let_them_sell(company: Company, admin: Client) -> None:
    """Newark before Hamburg, a mug where there is no player; Hamburg's goods at cost and 10 %."""
    places = [company.locations[code] for code in ("EWR", "RNO", "HAM")]
    sources = [{"locationId": place, "priority": n} for n, place in enumerate(places, start=1)]
    substitution = {"itemId": company.items[PLAYER], "substituteId": company.items[MUG]}
    done = await admin.do(
        "createAllocationPolicy",
        code="STANDARD",
        name="With substitutes",
        definition={
            "strategies": [{"code": "ALL", "sources": sources}],
            "substitutions": [substitution],
        },
    )
    await admin.do("activateAllocationPolicy", id=done["allocationPolicy"]["id"])
    await admin.do(
        "agreeTrade",
        supplierId=company.entities["EU1"],
        buyerId=company.entities["US1"],
        terms={"currency": "EUR", "percent": "10"},
    )


async def _boss(company: Company, admin: Client) -> Client:
    roles = {role["name"]: role["id"] for role in (await admin.ask("Roles"))["nodes"]}
    await admin.do(
        "createUser",
        username="boss",
        displayName="Says yes",
        password=PASSWORD,
        roleIds=[roles["admin"]],
    )
    boss = Client(admin.http)
    await boss.sign_in(company.tenant, "boss", PASSWORD)
    return boss


async def test_a_group_closes_its_month(scene: Scene) -> None:
    american, _ = await both_buy_goods(scene)
    order = await a_storefront_order_comes(scene)
    await each_ships_its_half(scene, order)
    await newark_buys_mugs_of_hamburg(scene)
    bill = await the_supplier_asks_for_more(scene, american)
    await closing_is_refused(scene)
    await the_bill_is_accepted(scene, bill)
    await four_come_back(scene, order)
    await the_shop_pays_out(scene)
    await the_rate_moves(scene)
    await both_books_are_as_by_hand(scene)
    await both_close(scene)
    await the_group_is_as_by_hand(scene)
    await everything_holds(scene)


async def both_buy_goods(scene: Scene) -> tuple[str, str]:
    """Newark buys three of the tea at 3.00 dollars; Hamburg ten of it at 2.50 and five mugs at
    4.00 euros. The ids of both orders."""
    american = await _bought(scene, "EWR", "USD", (TEA, "3", "3.00"))
    european = await _bought(scene, "HAM", "EUR", (TEA, "10", "2.50"), (MUG, "5", "4.00"))
    bill = [{"net": "25.00", "quantity": "10", "orderLineNumber": 1}]
    bill.append({"net": "20.00", "quantity": "5", "orderLineNumber": 2})
    done = await scene.admin.do(
        "recordSupplierInvoice",
        externalNumber="L-1",
        invoicedOn=_day(0),
        purchaseOrderId=european,
        lines=bill,
    )
    assert done["supplierInvoice"]["status"] == "BOOKED"
    return american, european


async def _bought(scene: Scene, place: str, currency: str, *goods: tuple[str, str, str]) -> str:
    done = await scene.admin.do(
        "createPurchaseOrder",
        supplierId=scene.supplier,
        locationId=scene.company.locations[place],
        currency=currency,
        lines=[
            {
                "itemId": scene.company.items[sku],
                "quantity": quantity,
                "unitPrice": price,
                "wantedOn": _day(5),
            }
            for sku, quantity, price in goods
        ],
    )
    order: str = done["purchaseOrder"]["id"]
    await scene.admin.do("sendPurchaseOrder", id=order)
    lines = [{"lineNumber": n, "quantity": each[1]} for n, each in enumerate(goods, start=1)]
    done = await scene.admin.do("receivePurchaseOrder", id=order, lines=lines)
    return order


async def a_storefront_order_comes(scene: Scene) -> Any:
    """Three of the tea are Newark's; the other three, and the mug that stands in, Hamburg's."""
    document = shop_order(
        SHOP_ORDER,
        _day(0),
        (TEA, 6, "8.50", "5.10"),
        (PLAYER, 1, "14.00", "1.40"),
        shipping="5.00",
        subtotal_price="65.00",
        total_tax="6.50",
        total_price="76.50",
    )
    await scene.admin.do("ingestDocument", channel="shop", text=document)
    order: Any = None

    async def is_booked() -> bool:
        nonlocal order
        order = await scene.admin.ask(
            "OrderByExternalId",
            channelId=scene.company.channels["shop"],
            externalId=str(SHOP_ORDER),
        )
        return order is not None

    await until(is_booked)
    assert (order["status"], order["total"]["amount"]) == ("ALLOCATED", "76.50")
    return order


async def each_ships_its_half(scene: Scene, order: Any) -> None:
    """Newark first, then Hamburg; the workers bill it, and what the shop took pays it."""
    done = await scene.admin.do("releaseOrder", orderId=order["id"])
    works = {work["location"]["code"]: work["id"] for work in done["fulfilmentOrders"]}
    assert set(works) == {"EWR", "HAM"}
    for place in ("EWR", "HAM"):
        for step in ("recordPick", "packFulfilmentOrder", "shipFulfilmentOrder"):
            await scene.admin.do(step, id=works[place])

    async def billed() -> bool:
        bills = (await scene.admin.ask("Invoices"))["nodes"]
        total = sum(Decimal(each["total"]["amount"]) for each in bills)
        return total == Decimal("76.50") and {each["open"]["amount"] for each in bills} == {"0.00"}

    await until(billed)


async def newark_buys_mugs_of_hamburg(scene: Scene) -> None:
    """Two, for its stock: 8.80 euros for what cost 8.00."""
    done = await scene.admin.do(
        "createTransfer",
        sourceId=scene.company.locations["HAM"],
        destinationId=scene.company.locations["EWR"],
        ownerId=scene.company.entities["EU1"],
        buyerId=scene.company.entities["US1"],
        lines=[{"itemId": scene.company.items[MUG], "quantity": "2"}],
    )
    transfer = done["transferOrder"]["id"]
    await scene.admin.do("releaseTransfer", id=transfer)
    await scene.admin.do("shipTransfer", id=transfer)
    line = {"lineNumber": 1, "quantity": "2"}
    await scene.admin.do("receiveTransfer", id=transfer, lines=[line])


async def the_supplier_asks_for_more(scene: Scene, american: str) -> str:
    """3.20 instead of 3.00."""
    done = await scene.admin.do(
        "recordSupplierInvoice",
        externalNumber="L-2",
        invoicedOn=_day(0),
        purchaseOrderId=american,
        lines=[{"net": "9.60", "quantity": "3", "orderLineNumber": 1}],
    )
    bill = done["supplierInvoice"]
    assert (bill["status"], bill["reasons"]) == ("EXCEPTION", ["PRICE_TOO_HIGH"])
    return bill["id"]


async def the_bill_is_accepted(scene: Scene, bill: str) -> None:
    """Asked and agreed to by two people: 0.60 more for goods that are gone."""
    asked = await scene.admin.do(
        "requestSupplierInvoiceAcceptance", id=bill, reason="the price went up"
    )
    await scene.boss.do("approveRequest", id=asked["approvalRequest"]["id"])


async def four_come_back(scene: Scene, order: Any) -> None:
    """Of the six, to Newark, where they are sold again; paid back by way of the shop: 37.40."""
    line = {"orderLineId": order["lines"][0]["id"], "quantity": "4", "reason": "UNWANTED"}
    done = await scene.admin.do("requestReturn", lines=[line], resolution="REFUND")
    back = done["return"]
    (label,) = back["authorizations"]
    done = await scene.admin.do(
        "receiveReturn",
        code=label["barcode"],
        locationId=scene.company.locations["EWR"],
        lines=[{"itemId": scene.company.items[TEA], "quantity": "4"}],
    )
    for unit in done["returnReceipt"]["units"]:
        await scene.admin.do("inspectReturn", id=unit["id"], findings=[{"condition": "NEW"}])
        await scene.admin.do("disposeReturn", id=unit["id"], kind="RESTOCK", reason="as new")
    done = await scene.admin.do("creditReturn", id=back["id"], reason="came back")
    (credit,) = done["returnCredits"]
    assert credit["total"]["amount"] == "37.40"

    async def paid_back() -> bool:
        payments = (await scene.admin.ask("Payments"))["nodes"]
        back = [Decimal(p["amount"]["amount"]) for p in payments if p["kind"] == "REFUND"]
        return sum(back) == Decimal("37.40")

    await until(paid_back)


async def _period(scene: Scene, code: str) -> str:
    """The period of today."""
    found = await scene.admin.ask("FiscalPeriods", entityId=scene.company.entities[code])
    (period,) = (p for p in found["nodes"] if p["startsOn"] <= _day(0) <= p["endsOn"])
    return str(period["id"])


async def closing_is_refused(scene: Scene) -> None:
    """The supplier's bill waits."""
    with pytest.raises(Refused) as refused:
        await scene.admin.do("closePeriod", periodId=await _period(scene, "US1"))
    assert refused.value.codes == ["CLOSE_REFUSED"]
    still_open = {each["name"]: each["total"] for each in refused.value.errors[0]["open"]}
    assert still_open == {"supplier_invoice_exceptions": 1, "unmatched_receipts": 1}


async def the_rate_moves(scene: Scene) -> None:
    """To 1.2, at which Newark's debt of 13.20 euros is 1.32 dollars more."""
    rates = [
        {"fromCurrency": "EUR", "toCurrency": "USD", "rate": "1.2", "validOn": _day(0)},
        {
            "fromCurrency": "EUR",
            "toCurrency": "USD",
            "rate": "1.1",
            "validOn": _day(0),
            "kind": "AVERAGE",
        },
    ]
    await scene.admin.do("setExchangeRates", rates=rates)
    await scene.admin.do(
        "revalueForeignBalances", entityId=scene.company.entities["US1"], asOf=_day(0)
    )


async def the_shop_pays_out(scene: Scene) -> None:
    """Its list of transactions, twice, and the payout that they make."""
    usual = {"payout_id": PAYOUT, "currency": "USD", "source_order_id": SHOP_ORDER}
    charge = {"id": 1, "amount": "76.50", "fee": "2.52", "net": "73.98"}
    refund = {"id": 2, "type": "refund", "amount": "-37.40"}
    told = transactions(usual | charge, usual | refund)
    paid = payouts({"id": PAYOUT, "date": _day(0), "currency": "USD", "amount": "36.58"})
    for document in (told, paid, told):
        await scene.admin.do("ingestDocument", channel="shop", text=document.decode())

    async def is_posted() -> bool:
        found = (await scene.admin.ask("Payouts"))["nodes"]
        return [payout["status"] for payout in found] == ["POSTED"]

    await until(is_posted)
    (payout,) = (await scene.admin.ask("Payouts"))["nodes"]
    assert (payout["externalId"], payout["total"]["amount"]) == (str(PAYOUT), "36.58")
    assert (await scene.admin.ask("PayoutDifferences"))["nodes"] == []


async def both_books_are_as_by_hand(scene: Scene) -> None:
    """Account by account, in each one's own currency."""
    assert await _books(scene, "EU1") == EUROPEAN
    assert await _books(scene, "US1") == AMERICAN


async def _books(scene: Scene, code: str) -> Mapping[str, str]:
    sums: dict[str, Decimal] = {}
    entity = scene.company.entities[code]
    for row in await scene.admin.ask("TrialBalanceByDimension", entityId=entity, upTo=_day(0)):
        amount = Decimal(row["baseBalance"]["amount"])
        sums[row["code"]] = sums.get(row["code"], Decimal()) + amount
    return {account: str(amount) for account, amount in sums.items() if amount}


async def both_close(scene: Scene) -> None:
    """For good: nothing is open, and nothing has to be signed for."""
    for code in ("US1", "EU1"):
        period = await _period(scene, code)
        checks = await scene.admin.ask("ClosingChecklist", periodId=period)
        assert [check["name"] for check in checks if not check["passed"]] == []
        done = await scene.admin.do("closePeriod", periodId=period)
        assert done["period"]["status"] == "HARD_CLOSED"


async def the_group_is_as_by_hand(scene: Scene) -> None:
    """US1 holds four fifths of EU1."""
    us1, eu1 = (scene.company.entities[code] for code in ("US1", "EU1"))
    done = await scene.admin.do(
        "createConsolidationGroup", code="WORLD", name="All of us", parentEntityId=us1
    )
    group = done["consolidationGroup"]["id"]
    await scene.admin.do(
        "setGroupHolding",
        groupId=group,
        ownerId=us1,
        entityId=eu1,
        effectiveFrom=_day(-30),
        percent="80",
    )
    sheet = await scene.admin.ask("ConsolidatedTrialBalance", groupId=group, asOf=_day(0))
    amounts = {line["account"]: line["group"]["amount"] for line in sheet["lines"]}
    assert {role: amount for role, amount in amounts.items() if Decimal(amount)} == GROUP
    eliminated = {
        (each["kind"], line["account"]): line["amount"]["amount"]
        for each in sheet["eliminations"]
        for line in each["lines"]
    }
    assert eliminated == ELIMINATED
    assert sheet["differences"] == []


async def everything_holds(scene: Scene) -> None:
    """`crossdock check` finds nothing wrong."""
    done = await scene.running.command("check", "--json")
    (report,) = done.objects
    assert (done.exit_code, report["violations"]) == (0, [])
