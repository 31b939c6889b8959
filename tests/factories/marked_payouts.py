"""What channels paid out to a company, under names that carry a mark."""

from sqlalchemy import select

from domain.channels.models import Channel
from domain.finance.models import SettlementDifference
from domain.finance.paying import NewPayment, record_payments
from domain.finance.settlement.operations.differences import match_difference
from domain.finance.settlement.operations.terms import set_settlement_terms
from domain.intake.operations import process_message, receive_message
from domain.kernel.work import Work
from tests.factories.payouts import amount
from tests.factories.settling import report


async def pay_out(work: Work, mark: str, *, code: str) -> None:
    """A payout of a channel, of orders that it calls by marked names; what is expected of it."""
    channel = await work.value(
        select(Channel.id).where(Channel.tenant_id == work.tenant_id, Channel.code == code)
    )
    columns = {"payout": f"{mark} batch", "amount": f"{mark} gross"}
    mapping = {"columns": columns, "kinds": {f"{mark} sale": "sale"}, "currency": "EUR"}
    await set_settlement_terms(
        work, channel_id=channel, fields={"wait_days": 40, "mapping": mapping}
    )
    own = {"order_id": f"{mark}-order", "sku": f"{mark}-thing", "shipment_id": f"{mark}-box"}
    fee = amount("Order", "ItemFees", f"{mark} commission", "-1.00", **own)
    sale = amount("Order", "ItemPrice", "Principal", "5.00", **own)
    raw = report(settlement=f"{mark}-PAYOUT", more=(sale, fee))
    message = await receive_message(work, channel_code=code, raw=raw, filename=f"{mark}.txt")
    await process_message(work, message_id=message)
    await _find(work, mark, channel)


async def _find(work: Work, mark: str, channel_id: int) -> None:
    """Of what the payout had, a part is what somebody had paid."""
    found = await work.row(
        select(SettlementDifference.id, SettlementDifference.entity_id).where(
            SettlementDifference.tenant_id == work.tenant_id,
            SettlementDifference.channel_id == channel_id,
            SettlementDifference.held_minor != 0,
            SettlementDifference.amount_minor > 0,
        )
    )
    assert found is not None
    paid = NewPayment(
        kind="receipt",
        entity_id=found.entity_id,
        currency="EUR",
        amount_minor=100,
        paid_on=work.now.date(),
        method="channel",
        channel_id=channel_id,
        reference=f"{mark} found",
    )
    (payment,) = await record_payments(work, [paid])
    assert payment is not None
    await match_difference(work, difference_id=found.id, payment_id=payment.id)
