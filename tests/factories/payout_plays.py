"""The documents of graphql/operations/payouts.graphql, as people of the demo company send them."""

import itertools
from dataclasses import dataclass

from sqlalchemy import select

from api.ids import global_id
from domain.finance.models import Settlement, SettlementDifference
from domain.intake.operations import process_message, receive_message
from domain.ledger.models import Account
from tests.factories.document_plays import Play, Scene, keyed
from tests.factories.settling import report

_serial = itertools.count(1)
COLUMNS = (("payout", "Batch"), ("amount", "Gross"), ("order", "Order"), ("kind", "Type"))


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A payout with one amount that is not explained, and what may explain it."""

    payout: str
    difference: str
    account: str = ""
    payment: str = ""


async def paid_out(scene: Scene) -> PaidOut:
    """A payout of the marketplace of an order that is not known."""
    name = f"P{next(_serial)}"
    raw = report((f"900-{name}", "12.00"), settlement=name, currency="USD")
    tenant = scene.stage.tenant
    async with tenant.work() as work:
        message = await receive_message(work, channel_code="amazon", raw=raw)
        await process_message(work, message_id=message)
    async with tenant.read() as reader:
        payout = await reader.value(
            select(Settlement.id).where(
                Settlement.tenant_id == tenant.id, Settlement.external_id == name
            )
        )
        difference = await reader.value(
            select(SettlementDifference.id).where(
                SettlementDifference.tenant_id == tenant.id,
                SettlementDifference.settlement_id == payout,
                SettlementDifference.payment_id.is_(None),
            )
        )
        account = await reader.value(
            select(Account.id).where(
                Account.tenant_id == tenant.id,
                Account.entity_id == scene.history.of("legal_entity", "US1"),
                Account.role == "fee_revenue",
            )
        )
    return PaidOut(
        global_id("Payout", payout),
        global_id("PayoutDifference", difference),
        global_id("Account", account or 0),
    )


async def paid_through(scene: Scene) -> PaidOut:
    """The same, and a payment that it may be."""
    wanted = keyed(
        entityId=scene.id("LegalEntity", "legal_entity", "US1"),
        customerId=scene.id("Party", "party", "NORTHWIND"),
        channelId=scene.id("Channel", "channel", "amazon"),
        method="CHANNEL",
        amount="12.00",
        currency="USD",
    )
    done = await scene.stage.play("finance", "RecordReceipt", **wanted)
    made = await paid_out(scene)
    payment = str(done.value["payment"]["id"])
    return PaidOut(made.payout, made.difference, made.account, payment)


def _amazon(scene: Scene) -> str:
    return scene.id("Channel", "channel", "amazon")


PAYOUTS = {
    "Payouts": Play("finance", lambda s: {"first": 5}, paid_out),
    "PayoutInFull": Play("finance", lambda s: {"id": s.prepared.payout, "first": 5}, paid_out),
    "PayoutDifferences": Play(
        "finance", lambda s: {"filter": {"channelId": _amazon(s)}, "first": 5}, paid_through
    ),
    "ExpectedPayouts": Play("finance", lambda s: {"channelId": _amazon(s)}, paid_through),
    "MatchPayoutDifference": Play(
        "finance",
        lambda s: keyed(differenceId=s.prepared.difference, paymentId=s.prepared.payment),
        paid_through,
    ),
    "PostPayoutDifference": Play(
        "finance",
        lambda s: keyed(
            differenceId=s.prepared.difference, accountId=s.prepared.account, reason="A bonus"
        ),
        paid_out,
    ),
    "AwaitPayoutDifference": Play(
        "finance",
        lambda s: keyed(
            differenceId=s.prepared.difference, until="2100-01-01", reason="They look for it"
        ),
        paid_out,
    ),
    "RequestPayoutDifferenceWriteOff": Play(
        "finance",
        lambda s: keyed(differenceId=s.prepared.difference, reason="Too little to ask"),
        paid_out,
    ),
    "PayoutTerms": Play("finance", lambda s: {"channelId": _amazon(s)}, paid_out),
    "SetPayoutTerms": Play(
        "finance",
        lambda s: {
            "input": {
                "channelId": _amazon(s),
                "waitDays": 21,
                "mostFeePercent": "20",
                "table": {
                    "columns": [{"means": means, "heading": name} for means, name in COLUMNS],
                    "fees": [{"word": "Fee", "kind": "CHANNEL_FEE"}],
                    "kinds": [{"word": "Sale", "kind": "SALE"}],
                    "currency": "USD",
                },
            }
        },
    ),
}
