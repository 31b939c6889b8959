"""A group reports, over HTTP: two companies, two currencies, a fifth of the one is others'. It
sells goods to its parent, which keeps most of them. The sheet was worked by hand, to the cent:

    EU1 in EUR: 1,000.00 of capital paid in; 100 teas at 2.50 came, 40 went to US1 at cost and 20 %.
    US1 in USD: 800.00 paid for four fifths of EU1; 40 teas at 3.30 came, 10 were sold at 8.50.
    One EUR is 1.00 USD when the capital comes, 1.10 when they trade, 1.15 on average, 1.20 at last.

                           EU1 EUR   x       EU1 USD   US1 USD   eliminated           group
    cash                   1000.00   1.20    1200.00   -800.00                        400.00
    investment                                          800.00   -800.00
    unbilled, receivables                                85.00                         85.00
    due from affiliates     120.00   1.20     144.00             -144.00
    inventory               150.00   1.20     180.00     99.00    -16.50              262.50
    goods received         -250.00   1.20    -300.00                                 -300.00
    due to affiliates                                  -132.00    132.00
    capital               -1000.00   1.00   -1000.00              800.00 + 200.00
    translation                              -201.00                      40.20      -160.80
    minority                                                            -241.50      -241.50
    revenue                                             -85.00                        -85.00
    sales to affiliates    -120.00   1.15    -138.00              138.00
    cost of goods                                        33.00    -23.00 + 16.50       26.50
    cost of these sales     100.00   1.15     115.00             -115.00
    exchange                                                       12.00               12.00
    result of minorities                                                   1.30         1.30

16.50 is EU1's profit on the 30 teas that US1 still has: each cost 3.30, and EU1 2.75, both at 1.10.
12.00 is what US1 owes more at 1.20 than its books say. The minority has a fifth of 1,000 + 201 + 23
- 16.50, of which 1.30 were earned (23 - 16.50)."""

import base64
import csv
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.factories.client import Client, Refused
from tests.factories.companies import PASSWORD, Company
from tests.factories.conditions import until
from tests.factories.running import Running

TEA = "TEA-GREEN"
GROUP_USD = {
    "asset:CASH": "400.00",
    "inventory": "262.50",
    "goods_received": "-300.00",
    "translation_difference": "-160.80",
    "minority_interest": "-241.50",
    "revenue": "-85.00",
    "cost_of_goods": "26.50",
    "unrealised_exchange": "12.00",
    "minority_result": "1.30",
}
EU1_EUR = {
    "asset:CASH": ("1000.00", "1200.00"),
    "intercompany_receivable": ("120.00", "144.00"),
    "inventory": ("150.00", "180.00"),
    "goods_received": ("-250.00", "-300.00"),
    "equity:CAPITAL": ("-1000.00", "-1000.00"),
    "translation_difference": ("0.00", "-201.00"),
    "intercompany_revenue": ("-120.00", "-138.00"),
    "intercompany_cost": ("100.00", "115.00"),
}
ELIMINATED = {
    ("BALANCES", "intercompany_receivable", "ELIMINATED"): "-144.00",
    ("BALANCES", "intercompany_payable", "ELIMINATED"): "132.00",
    ("BALANCES", "unrealised_exchange", "EXCHANGE"): "12.00",
    ("SALES", "intercompany_revenue", "ELIMINATED"): "138.00",
    ("SALES", "intercompany_cost", "ELIMINATED"): "-115.00",
    ("SALES", "cost_of_goods", "MARGIN"): "-23.00",
    ("PROFIT_IN_STOCK", "inventory", "CLOSING"): "-16.50",
    ("PROFIT_IN_STOCK", "cost_of_goods", "CHANGE"): "16.50",
    ("INVESTMENTS", "asset:INVESTED", "INVESTED"): "-800.00",
    ("INVESTMENTS", "equity:CAPITAL", "ACQUIRED"): "800.00",
    ("MINORITIES", "minority_result", "MINORITY"): "1.30",
    ("MINORITIES", "equity:CAPITAL", "MINORITY"): "200.00",
    ("MINORITIES", "translation_difference", "MINORITY"): "40.20",
    ("MINORITIES", "minority_interest", "MINORITY"): "-241.50",
}
SOLD_TO = ("unbilled", "receivables")


@dataclass(slots=True)
class Scene:
    """Who acts, on what; and the group, once there is one."""

    running: Running
    company: Company
    admin: Client
    group: str = ""
    accounts: dict[str, str] = field(default_factory=dict)

    def entity(self, code: str) -> str:
        """An entity's id."""
        return self.company.entities[code]

    async def sheet(self) -> Any:
        """The consolidated trial balance as of ten days from now."""
        return await self.admin.ask(
            "ConsolidatedTrialBalance", groupId=self.group, asOf=_day(10), fromOn=_day(0)
        )


def _day(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


@pytest.fixture
def scene(running: Running, company: Company, admin: Client) -> Scene:
    """The company with its two entities."""
    return Scene(running, company, admin)


async def test_a_group_reports(scene: Scene) -> None:
    await rates_are_given(scene)
    await capital_is_paid_in(scene)
    await goods_go_to_the_parent(scene)
    await some_of_them_are_sold(scene)
    await the_group_is_formed(scene)
    await without_the_right_nobody_sees_it(scene)
    await the_sheet_is_as_by_hand(scene)
    await every_elimination_leads_to_its_documents(scene)
    await it_goes_out_as_a_file(scene)
    await something_is_entered_by_hand_and_taken_back(scene)
    await everything_holds(scene)


async def rates_are_given(scene: Scene) -> None:
    """Of days, and the average of this period by hand."""
    pair = {"fromCurrency": "EUR", "toCurrency": "USD"}
    given = [("1.00", -400), ("1.10", -1), ("1.20", 5)]
    rates = [{**pair, "rate": rate, "validOn": _day(day)} for rate, day in given]
    average = {**pair, "rate": "1.15", "validOn": _day(0), "kind": "AVERAGE"}
    await scene.admin.do("setExchangeRates", rates=[*rates, average])


async def _account(scene: Scene, entity: str, code: str, kind: str) -> None:
    done = await scene.admin.do(
        "createAccount", entityId=scene.entity(entity), code=code, name=code.title(), kind=kind
    )
    scene.accounts[f"{entity} {code}"] = done["account"]["id"]


async def _journal(
    scene: Scene, entity: str, currency: str, debit: str, credit: str, amount: str
) -> None:
    lines = [
        {"accountId": scene.accounts[f"{entity} {debit}"], "amount": amount},
        {"accountId": scene.accounts[f"{entity} {credit}"], "amount": f"-{amount}"},
    ]
    done = await scene.admin.do(
        "writeManualJournal",
        entityId=scene.entity(entity),
        postedOn=_day(-20),
        currency=currency,
        description="Capital",
        lines=lines,
    )
    assert done["manualJournal"]["status"] == "POSTED"


async def capital_is_paid_in(scene: Scene) -> None:
    """800.00 by the parent, and 200.00 by others."""
    await _account(scene, "US1", "CASH", "ASSET")
    await _account(scene, "US1", "INVESTED", "ASSET")
    await _account(scene, "EU1", "CASH", "ASSET")
    await _account(scene, "EU1", "CAPITAL", "EQUITY")
    await _journal(scene, "US1", "USD", "INVESTED", "CASH", "800.00")
    await _journal(scene, "EU1", "EUR", "CASH", "CAPITAL", "1000.00")


async def goods_go_to_the_parent(scene: Scene) -> None:
    """A hundred came to Hamburg; forty become the parent's on their way to Newark."""
    admin, places, tea = scene.admin, scene.company.locations, scene.company.items[TEA]
    line = {"itemId": tea, "quantity": "100", "unitCost": "2.50"}
    await admin.do("receiveStock", locationId=places["HAM"], reason="delivered", lines=[line])
    await admin.do(
        "agreeTrade",
        supplierId=scene.entity("EU1"),
        buyerId=scene.entity("US1"),
        terms={"currency": "EUR", "percent": "20"},
    )
    done = await admin.do(
        "createTransfer",
        sourceId=places["HAM"],
        destinationId=places["EWR"],
        buyerId=scene.entity("US1"),
        lines=[{"itemId": tea, "quantity": "40"}],
    )
    transfer = done["transferOrder"]["id"]
    await admin.do("releaseTransfer", id=transfer)
    await admin.do("shipTransfer", id=transfer)
    await admin.do("receiveTransfer", id=transfer, lines=[{"lineNumber": 1, "quantity": "40"}])
    (owed,) = (await admin.ask("IntercompanyBalances"))["nodes"]
    assert owed["amount"] == {"amount": "120.00", "currency": "EUR"}
    assert owed["debtorAmount"] == {"amount": "132.00", "currency": "USD"}


async def some_of_them_are_sold(scene: Scene) -> None:
    """Ten, to a customer, out of the parent's own stock."""
    done = await scene.admin.do(
        "placeOrder",
        channelId=scene.company.channels["portal"],
        partyId=scene.company.parties["NORTHWIND"],
        lines=[{"itemId": scene.company.items[TEA], "quantity": "10"}],
    )
    released = await scene.admin.do("releaseOrder", orderId=done["order"]["id"])
    (work,) = released["fulfilmentOrders"]
    assert work["location"]["code"] == "EWR"
    for step in ("recordPick", "packFulfilmentOrder", "shipFulfilmentOrder"):
        await scene.admin.do(step, id=work["id"])


async def the_group_is_formed(scene: Scene) -> None:
    """US1 holds four fifths of EU1, and its investment is said to be that."""
    done = await scene.admin.do(
        "createConsolidationGroup",
        code="WORLD",
        name="All of us",
        parentEntityId=scene.entity("US1"),
    )
    scene.group = done["consolidationGroup"]["id"]
    assert done["consolidationGroup"]["currency"] == "USD"
    held = {"ownerId": scene.entity("US1"), "entityId": scene.entity("EU1")}
    await scene.admin.do(
        "setGroupHolding", groupId=scene.group, **held, effectiveFrom=_day(-30), percent="80"
    )
    with pytest.raises(Refused) as refused:
        await scene.admin.do(
            "setGroupHolding",
            groupId=scene.group,
            ownerId=scene.entity("EU1"),
            entityId=scene.entity("US1"),
            effectiveFrom=_day(-30),
            percent="5",
        )
    assert refused.value.codes == ["HOLDING_UNSOUND"]
    marked = await scene.admin.do(
        "markAffiliateAccount",
        groupId=scene.group,
        accountId=scene.accounts["US1 INVESTED"],
        affiliateId=scene.entity("EU1"),
        kind="INVESTMENT",
    )
    (account,) = marked["consolidationGroup"]["affiliateAccounts"]
    assert (account["account"]["code"], account["affiliate"]["code"]) == ("INVESTED", "EU1")


async def without_the_right_nobody_sees_it(scene: Scene) -> None:
    """A warehouse's people do not."""
    roles = {role["name"]: role["id"] for role in (await scene.admin.ask("Roles"))["nodes"]}
    await scene.admin.do(
        "createUser",
        username="newark",
        displayName="Ships from Newark",
        password=PASSWORD,
        roleIds=[roles["warehouse"]],
    )
    warehouse = Client(scene.admin.http)
    await warehouse.sign_in(scene.company.tenant, "newark", PASSWORD)
    with pytest.raises(Refused) as refused:
        await warehouse.ask("ConsolidatedTrialBalance", groupId=scene.group, asOf=_day(10))
    assert refused.value.codes == ["FORBIDDEN"]
    with pytest.raises(Refused) as refused:
        await warehouse.ask("ConsolidationGroups")
    assert refused.value.codes == ["FORBIDDEN"]


async def the_sheet_is_as_by_hand(scene: Scene) -> None:
    """Each column, line by line."""
    sheet = await scene.sheet()
    assert sheet["missingRate"] is None
    shares = {each["entity"]["code"]: each["share"] for each in sheet["entities"]}
    assert shares == {"US1": "1", "EU1": "0.8"}
    group = {line["account"]: line["group"]["amount"] for line in sheet["lines"]}
    group = {account: amount for account, amount in group.items() if Decimal(amount)}
    # Whether the worker has billed it yet or not.
    assert [group.pop(role) for role in SOLD_TO if role in group] == ["85.00"]
    assert group == GROUP_USD
    cells = {
        line["account"]: (cell["own"]["amount"], cell["amount"]["amount"])
        for line in sheet["lines"]
        for cell in line["cells"]
        if cell["entity"]["code"] == "EU1"
    }
    assert cells == EU1_EUR
    put = {
        (each["kind"], line["account"], line["reason"]): line["amount"]["amount"]
        for each in sheet["eliminations"]
        for line in each["lines"]
    }
    assert put == ELIMINATED
    assert [(each["reason"], each["amount"]["amount"]) for each in sheet["differences"]] == [
        ("EXCHANGE", "12.00")
    ]
    assert _parts(sheet["result"]) == {"whole": "46.50", "parent": "45.20", "minority": "1.30"}
    assert _parts(sheet["netAssets"]) == {
        "whole": "447.50",
        "parent": "206.00",
        "minority": "241.50",
    }


def _parts(owners: Any) -> dict[str, str]:
    return {name: part["amount"] for name, part in owners.items()}


async def every_elimination_leads_to_its_documents(scene: Scene) -> None:
    """The lines of both books, and the layer in which the profit is."""
    keys = {each["kind"]: each["key"] for each in (await scene.sheet())["eliminations"]}
    assert keys["MINORITIES"] is None
    found, sources = {}, {}
    for kind in ("BALANCES", "SALES", "INVESTMENTS"):
        lines = (await scene.admin.ask("EliminatedLines", elimination=keys[kind]))["nodes"]
        found[kind] = sorted(
            (e["leg"], e["amount"]["amount"], e["baseAmount"]["amount"]) for e in lines
        )
        sources[kind] = {each["journal"]["source"]["__typename"] for each in lines}
    assert found["BALANCES"] == [
        ("intercompany_payable", "-120.00", "-132.00"),
        ("intercompany_receivable", "120.00", "120.00"),
    ]
    assert found["SALES"] == [
        ("intercompany_cost", "100.00", "100.00"),
        ("intercompany_revenue", "-120.00", "-120.00"),
    ]
    assert [amount for _, amount, _ in found["INVESTMENTS"]] == ["-1000.00", "800.00"]
    assert sources == {
        "BALANCES": {"IntercompanyEntry"},
        "SALES": {"IntercompanyEntry"},
        "INVESTMENTS": {"ManualJournal"},
    }
    layers = await scene.admin.ask("EliminatedLayers", elimination=keys["PROFIT_IN_STOCK"])
    (layer,) = layers["nodes"]
    assert (layer["item"]["sku"], layer["quantityLeft"]["value"]) == (TEA, "30")
    assert layer["profit"] == {"amount": "22.00", "currency": "USD"}
    assert layer["document"]["__typename"] == "TransferOrder"


async def it_goes_out_as_a_file(scene: Scene) -> None:
    """The same, as CSV."""
    done = await scene.admin.do(
        "startExport", kinds=["CONSOLIDATED_TRIAL_BALANCE"], asOf=_day(10), fromOn=_day(0)
    )
    job = done["exportJob"]["id"]

    async def is_done() -> bool:
        return bool((await scene.admin.ask("ExportJob", id=job))["status"] == "DONE")

    await until(is_done, seconds=30.0)
    content = await scene.admin.ask("ExportContent", exportId=job, begin=0)
    rows = csv.DictReader(io.StringIO(base64.b64decode(content["base64"]).decode()))
    group = {row["account"]: row["amount_minor"] for row in rows if row["column"] == "group"}
    for account, amount in GROUP_USD.items():
        assert int(group[account]) == Decimal(amount) * 100
    assert sum(int(amount) for amount in group.values()) == 0


async def something_is_entered_by_hand_and_taken_back(scene: Scene) -> None:
    """An adjustment that does not balance is refused; one that does is in the sheet, with its
    reason, until another one takes it back."""
    lines = [
        {"account": "write_down", "amount": "10.00", "entityId": scene.entity("EU1")},
        {"account": "inventory", "amount": "-9.00"},
    ]
    wanted = {"groupId": scene.group, "postedOn": _day(0), "reason": "Slow teas"}
    with pytest.raises(Refused) as refused:
        await scene.admin.do("enterGroupAdjustment", **wanted, lines=lines)
    assert refused.value.codes == ["ADJUSTMENT_UNBALANCED"]
    assert refused.value.errors[0]["difference"] == {"amount": "1.00", "currency": "USD"}
    lines[1]["amount"] = "-10.00"
    done = await scene.admin.do("enterGroupAdjustment", **wanted, lines=lines)
    entered = done["groupAdjustment"]
    sheet = await scene.sheet()
    (adjusted,) = [each for each in sheet["eliminations"] if each["kind"] == "ADJUSTMENT"]
    assert adjusted["adjustment"] == {
        "id": entered["id"],
        "number": entered["number"],
        "reason": "Slow teas",
    }
    # 46.50 - 10.00, of which a fifth of 6.50 - 10.00 is others'.
    assert _parts(sheet["result"]) == {"whole": "36.50", "parent": "37.20", "minority": "-0.70"}
    await scene.admin.do("reverseGroupAdjustment", adjustmentId=entered["id"], reason="They sell")
    await the_sheet_after(scene)


async def the_sheet_after(scene: Scene) -> None:
    """What was taken back leaves nothing."""
    sheet = await scene.sheet()
    assert sheet["result"]["whole"]["amount"] == "46.50"
    listed = await scene.admin.ask("GroupAdjustments", groupId=scene.group)
    assert [each["reason"] for each in listed["nodes"]] == ["They sell", "Slow teas"]


async def everything_holds(scene: Scene) -> None:
    """`crossdock check` finds nothing wrong."""
    done = await scene.running.command("check", "--json")
    (report,) = done.objects
    assert (done.exit_code, report["violations"]) == (0, [])
