"""What channels paid out to a company, under names that carry a mark."""

from sqlalchemy import select

from domain.channels.models import Channel
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
