"""A marketplace pays out, over HTTP: what was sold is paid out less fees; what is not explained is
named, and explained one by one; at the end nothing is left with the marketplace."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.factories.client import Client, Refused
from tests.factories.companies import PASSWORD, Company, receive
from tests.factories.conditions import until
from tests.factories.payouts import amount
from tests.factories.running import Running
from tests.factories.settling import report

TEA = "TEA-GREEN"
MARKET = "amazon"


@dataclass(frozen=True, slots=True)
class Scene:
    """Who acts, on what."""

    running: Running
    company: Company
    admin: Client
    money: Client

    async def sell(self, name: str, price: str) -> str:
        """An order of one piece that the marketplace calls by a name; its id."""
        placed = await self.admin.do(
            "placeOrder",
            channelCode=MARKET,
            externalId=name,
            externalNumber=name,
            lines=[
                {
                    "itemId": self.company.items[TEA],
                    "quantity": "1",
                    "unit": "EA",
                    "unitPrice": price,
                }
            ],
        )
        return str(placed["order"]["id"])

    async def send(self, raw: bytes) -> str:
        """The marketplace's report comes in; its message's id."""
        answer: httpx.Response = await self.admin.http.post(
            f"/intake/{MARKET}", content=raw, headers=self.admin.headers
        )
        assert answer.status_code == 202
        return str(answer.json()["message_id"])

    async def expected(self) -> list[str]:
        """What the marketplace has of ours: expected, unexplained, withheld."""
        rows = await self.money.ask("ExpectedPayouts", channelId=self.company.channels[MARKET])
        return [
            row[name]["amount"] for row in rows for name in ("expected", "unexplained", "withheld")
        ]

    async def differences(self, status: str = "OPEN") -> dict[str, Any]:
        """What is not explained, by kind."""
        listed = await self.money.ask("PayoutDifferences", filter={"status": status})
        return {row["kind"]: row for row in listed["nodes"]}


@pytest.fixture
async def scene(running: Running, company: Company, admin: Client) -> Scene:
    """The company with stock, and somebody who keeps its money in order."""
    roles = {role["name"]: role["id"] for role in (await admin.ask("Roles"))["nodes"]}
    await admin.do(
        "createUser",
        username="money",
        displayName="Keeps the money in order",
        password=PASSWORD,
        roleIds=[roles["finance"]],
    )
    money = Client(admin.http)
    await money.sign_in(company.tenant, "money", PASSWORD)
    await receive(admin, company, "EWR", TEA_GREEN=50)
    return Scene(running, company, admin, money)


async def test_a_marketplace_pays(scene: Scene) -> None:
    await what_is_sold_is_expected(scene)
    await it_is_told_what_is_expected_of_payouts(scene)
    message = await a_payout_comes_and_posts(scene)
    await the_same_report_does_nothing(scene, message)
    await an_order_that_was_not_known_comes_late(scene)
    await a_bonus_is_posted_to_an_account(scene)
    await what_is_too_little_to_ask_is_written_off(scene)
    await the_reserve_comes_back(scene)
    done = await scene.running.command("check", "--tenant", scene.company.tenant)
    assert done.exit_code == 0


async def what_is_sold_is_expected(scene: Scene) -> None:
    """Two orders that the marketplace says are paid."""
    for name, price in (("302-1", "40.00"), ("302-2", "60.00")):
        order = await scene.sell(name, price)
        await scene.admin.do("setPaymentState", orderId=order, paymentState="PAID")

    async def booked() -> bool:
        return await scene.expected() == ["100.00", "0.00", "0.00"]

    await until(booked)


async def it_is_told_what_is_expected_of_payouts(scene: Scene) -> None:
    """By who may say so."""
    channel = scene.company.channels[MARKET]
    done = await scene.money.do("setPayoutTerms", channelId=channel, mostFeePercent="20")
    assert done["payoutTerms"]["mostFeePercent"] == "20.00"
    with pytest.raises(Refused) as refused:
        await scene.money.do("setPayoutTerms", channelId=channel, waitDays=1000)
    assert refused.value.codes == ["BAD_INPUT"]


async def a_payout_comes_and_posts(scene: Scene) -> str:
    """It has an order that is not known, a bonus, and one cent more than a tolerance too much."""
    more = (
        amount("Order", "ItemFees", "Commission", "-15.00", order_id="302-1"),
        amount("other-transaction", "other-transaction", "Current Reserve Amount", "-10.00"),
        amount("other-transaction", "other-transaction", "Loyalty bonus", "3.00"),
    )
    sales = (("302-1", "40.00"), ("302-2", "60.02"), ("302-3", "25.00"))
    message = await scene.send(report(*sales, more=more, currency="USD", settlement="S1"))
    found: list[Any] = []

    async def posted() -> bool:
        found[:] = (await scene.money.ask("Payouts"))["nodes"]
        return [each["status"] for each in found] == ["POSTED"]

    await until(posted)
    whole = await scene.money.ask("PayoutInFull", id=found[0]["id"], kind="SALE")
    assert whole["total"] == {"amount": "103.02", "currency": "USD"}
    assert whole["message"]["id"] == message
    sums = {each["kind"]: each["amount"]["amount"] for each in whole["sums"]}
    assert sums == {
        "CHANNEL_FEE": "-15.00",
        "RESERVE": "-10.00",
        "SALE": "125.02",
        "UNKNOWN": "3.00",
    }
    assert [line["orderReference"] for line in whole["lines"]["nodes"]] == [
        "302-1",
        "302-2",
        "302-3",
    ]
    assert await scene.expected() == ["0.00", "-28.02", "10.00"]
    assert set(await scene.differences()) == {"AMOUNT_DIFFERS", "UNKNOWN_FEE", "UNKNOWN_ORDER"}
    return message


async def the_same_report_does_nothing(scene: Scene, message: str) -> None:
    """However often it is sent."""
    raw = await scene.admin.ask("MessageInFull", id=message)
    again = await scene.send(raw["raw"]["text"].encode())
    outcomes: list[str] = []

    async def read() -> bool:
        outcomes[:] = [(await scene.admin.ask("MessageInFull", id=again))["outcome"]]
        return outcomes != ["RECEIVED"]

    await until(read)
    assert outcomes == ["DUPLICATE"]
    assert len((await scene.money.ask("Payouts"))["nodes"]) == 1


async def an_order_that_was_not_known_comes_late(scene: Scene) -> None:
    """The payout proves that it is paid: what waited is explained by the workers."""
    await scene.sell("302-3", "25.00")

    async def explained() -> bool:
        return await scene.expected() == ["0.00", "-3.02", "10.00"]

    await until(explained)
    resolved = await scene.differences("RESOLVED")
    assert resolved["UNKNOWN_ORDER"]["resolution"] == "matched_later"
    assert resolved["UNKNOWN_ORDER"]["order"] is not None


async def a_bonus_is_posted_to_an_account(scene: Scene) -> None:
    """What the marketplace calls by a word of its own."""
    entity = scene.company.entities["US1"]
    accounts = (await scene.money.ask("Accounts", entityId=entity, first=100))["nodes"]
    account = next(each["id"] for each in accounts if each["name"] == "Fees charged")
    bonus = (await scene.differences())["UNKNOWN_FEE"]
    assert bonus["word"] == "other-transaction: Loyalty bonus"
    done = await scene.money.do(
        "postPayoutDifference", differenceId=bonus["id"], accountId=account, reason="A bonus"
    )
    assert done["payoutDifference"]["status"] == "RESOLVED"


async def what_is_too_little_to_ask_is_written_off(scene: Scene) -> None:
    """Once somebody else has said yes."""
    little = (await scene.differences())["AMOUNT_DIFFERS"]
    assert little["amount"] == {"amount": "0.02", "currency": "USD"}
    asked = await scene.admin.do(
        "requestPayoutDifferenceWriteOff", differenceId=little["id"], reason="Two cents"
    )
    request = asked["approvalRequest"]
    if request["status"] != "APPROVED":
        await scene.money.do("approveRequest", id=request["id"])
    assert await scene.differences() == {}
    assert await scene.expected() == ["0.00", "0.00", "10.00"]


async def the_reserve_comes_back(scene: Scene) -> None:
    """With the next payout; then the marketplace has nothing of ours."""
    back = amount("other-transaction", "other-transaction", "Previous Reserve Amount Balance", "10")
    await scene.send(report(more=(back,), currency="USD", settlement="S2"))

    async def gone() -> bool:
        return await scene.expected() == []

    await until(gone)
