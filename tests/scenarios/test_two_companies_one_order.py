"""Two companies of one tenant, two currencies, one order, over HTTP: half of it leaves from each
one's stock, another item stands in, a part is cancelled, and both books say the same."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories.client import Client, Refused
from tests.factories.companies import PASSWORD, Company
from tests.factories.running import Running

TEA, PLAYER, MUG = "TEA-GREEN", "IPOD2009BLACK", "MUG-BLUE"
OF_THIS_TRADE = {
    "intercompany_agrees",
    "intercompany_balance",
    "intercompany_entry_lines",
    "intercompany_follows_allocation",
    "intercompany_owner",
    "intercompany_returned",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """Who acts, on what."""

    running: Running
    company: Company
    admin: Client
    warehouse: Client


def _day(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


@pytest.fixture
async def scene(running: Running, company: Company, admin: Client) -> Scene:
    """The company, and somebody of the warehouse of the other one, who sees that place alone."""
    roles = {role["name"]: role["id"] for role in (await admin.ask("Roles"))["nodes"]}
    await admin.do(
        "createUser",
        username="hamburg",
        displayName="Ships from Hamburg",
        password=PASSWORD,
        roleIds=[roles["third_party"]],
        locationId=company.locations["HAM"],
    )
    warehouse = Client(admin.http)
    await warehouse.sign_in(company.tenant, "hamburg", PASSWORD)
    rate = {"fromCurrency": "EUR", "toCurrency": "USD", "rate": "1.1", "validOn": _day(-1)}
    await admin.do("setExchangeRates", rates=[rate])
    return Scene(running, company, admin, warehouse)


async def test_two_companies_one_order(scene: Scene) -> None:
    await both_have_some_of_it(scene)
    await alone_it_would_wait(scene)
    await they_agree(scene)
    order = await one_order_is_served_by_both(scene)
    await a_part_is_cancelled(scene, order)
    await each_ships_its_half(scene, order)
    await both_books_say_the_same(scene)
    await the_debt_is_paid(scene)
    await everything_holds(scene)


async def _receive(scene: Scene, place: str, sku: str, quantity: str, cost: str) -> None:
    line = {"itemId": scene.company.items[sku], "quantity": quantity, "unitCost": cost}
    await scene.admin.do(
        "receiveStock",
        locationId=scene.company.locations[place],
        reason="delivered",
        lines=[line],
    )


async def both_have_some_of_it(scene: Scene) -> None:
    """Newark has some of the tea in dollars; Hamburg has the rest, and all mugs, in euros. Where
    there is no player, a mug is sent."""
    await _receive(scene, "EWR", TEA, "3", "3.20")
    await _receive(scene, "HAM", TEA, "10", "2.50")
    await _receive(scene, "HAM", MUG, "5", "4.00")
    places = [scene.company.locations[code] for code in ("EWR", "RNO", "HAM")]
    sources = [{"locationId": place, "priority": n} for n, place in enumerate(places, start=1)]
    done = await scene.admin.do(
        "createAllocationPolicy",
        code="STANDARD",
        name="With substitutes",
        definition={
            "strategies": [{"code": "ALL", "sources": sources}],
            "substitutions": [
                {
                    "itemId": scene.company.items[PLAYER],
                    "substituteId": scene.company.items[MUG],
                }
            ],
        },
    )
    await scene.admin.do("activateAllocationPolicy", id=done["allocationPolicy"]["id"])


async def _placed(scene: Scene, *wanted: tuple[str, str]) -> Any:
    done = await scene.admin.do(
        "placeOrder",
        channelId=scene.company.channels["portal"],
        partyId=scene.company.parties["NORTHWIND"],
        substitutesAllowed=True,
        lines=[
            {"itemId": scene.company.items[sku], "quantity": quantity} for sku, quantity in wanted
        ],
    )
    return done["order"]


async def alone_it_would_wait(scene: Scene) -> None:
    """What the other company has is not sold without an agreement."""
    order = await _placed(scene, (MUG, "1"))
    assert order["status"] == "BACKORDERED"
    await scene.admin.do("cancelOrder", orderId=order["id"])


async def they_agree(scene: Scene) -> None:
    """The company in Europe sells to the other one at its cost and ten percent, in euros."""
    done = await scene.admin.do(
        "agreeTrade",
        supplierId=scene.company.entities["EU1"],
        buyerId=scene.company.entities["US1"],
        terms={"currency": "EUR", "percent": "10", "leadDays": 2, "settlementDays": 14},
    )
    assert (done["tradeAgreement"]["version"], done["tradeAgreement"]["effectiveTo"]) == (1, None)


async def one_order_is_served_by_both(scene: Scene) -> Any:
    """Own stock goes first; the rest, and what stands in, is bought from the other company."""
    order = await _placed(scene, (TEA, "6"), (PLAYER, "1"), (MUG, "2"))
    assert order["status"] == "ALLOCATED"
    skus = [(line["item"]["sku"], line["allocated"]) for line in order["lines"]]
    assert skus == [(TEA, "6"), (MUG, "1"), (MUG, "2")]
    (trade,) = (await scene.admin.ask("IntercompanyTrades"))["nodes"]
    assert trade["number"] == f"{order['number']}-IC1"
    assert (trade["supplier"]["code"], trade["buyer"]["code"]) == ("EU1", "US1")
    assert sorted((each["item"]["sku"], each["quantity"]["value"]) for each in trade["lines"]) == [
        (MUG, "1"),
        (MUG, "2"),
        (TEA, "3"),
    ]
    assert trade["entries"] == []
    return order


async def a_part_is_cancelled(scene: Scene, order: Any) -> None:
    """One mug is not wanted after all: the other company does not sell it either."""
    line = {"lineId": order["lines"][2]["id"], "quantity": "1"}
    await scene.admin.do("cancelOrder", orderId=order["id"], lines=[line])
    (trade,) = (await scene.admin.ask("IntercompanyTrades"))["nodes"]
    assert sorted(each["cancelled"]["value"] for each in trade["lines"]) == ["0", "0", "1"]


async def each_ships_its_half(scene: Scene, order: Any) -> None:
    """Each warehouse ships its part; what the companies ask of each other Hamburg never sees."""
    done = await scene.admin.do("releaseOrder", orderId=order["id"])
    works = {work["location"]["code"]: work["id"] for work in done["fulfilmentOrders"]}
    assert set(works) == {"EWR", "HAM"}
    await _ship(scene.admin, works["EWR"])
    assert (await scene.admin.ask("IntercompanyBalances"))["nodes"] == []
    await _ship(scene.warehouse, works["HAM"])
    for query in ("IntercompanyTrades", "IntercompanyBalances", "TradeAgreements"):
        with pytest.raises(Refused) as refused:
            await scene.warehouse.ask(query)
        assert refused.value.codes == ["FORBIDDEN"]
    assert (await scene.admin.ask("OrderById", id=order["id"]))["status"] == "SHIPPED"


async def _ship(client: Client, work: str) -> None:
    await client.do("recordPick", id=work)
    await client.do("packFulfilmentOrder", id=work)
    await client.do("shipFulfilmentOrder", id=work)


async def both_books_say_the_same(scene: Scene) -> None:
    """By hand: tea 3 x 2.50 EUR + 10 % = 8.25, two mugs of 4.00 + 10 % = 4.40 each; 17.05 EUR in
    all, which are 18.76 USD at 1.1."""
    (owed,) = (await scene.admin.ask("IntercompanyBalances"))["nodes"]
    assert (owed["creditor"]["code"], owed["debtor"]["code"]) == ("EU1", "US1")
    assert owed["amount"] == owed["creditorAmount"] == {"amount": "17.05", "currency": "EUR"}
    assert owed["debtorAmount"] == {"amount": "18.76", "currency": "USD"}
    (entry,) = (await scene.admin.ask("IntercompanyEntries"))["nodes"]
    assert (entry["kind"], entry["dueOn"]) == ("SHIPMENT", _day(14))
    assert entry["creditorJournal"]["number"].startswith("EU1-")
    assert entry["debtorJournal"]["number"].startswith("US1-")


async def the_debt_is_paid(scene: Scene) -> None:
    """A part of it at another rate, which is realised; told twice, it is paid once."""
    rate = {"fromCurrency": "EUR", "toCurrency": "USD", "rate": "1.2", "validOn": _day(0)}
    await scene.admin.do("setExchangeRates", rates=[rate])
    wanted = {
        "creditorId": scene.company.entities["EU1"],
        "debtorId": scene.company.entities["US1"],
        "currency": "EUR",
        "amount": "10.00",
    }
    paid = await scene.admin.do("payIntercompanyDebt", key="pay-1", **wanted)
    assert await scene.admin.do("payIntercompanyDebt", key="pay-1", **wanted) == paid
    with pytest.raises(Refused) as refused:
        await scene.admin.do("payIntercompanyDebt", **wanted)
    assert refused.value.codes == ["NOTHING_OWED"]
    (owed,) = (await scene.admin.ask("IntercompanyBalances"))["nodes"]
    assert owed["amount"]["amount"] == "7.05"
    assert owed["debtorAmount"]["amount"] == "7.76"


async def everything_holds(scene: Scene) -> None:
    """`crossdock check` finds nothing wrong, and did look."""
    done = await scene.running.command("check", "--json")
    (report,) = done.objects
    assert (done.exit_code, report["violations"]) == (0, [])
    seen = {name for name, count in report["checked"].items() if count}
    assert OF_THIS_TRADE - seen == set()
