"""Notices that a source deleted an order: a cancellation, where the order is here and open."""

from typing import Any

from sqlalchemy.engine import Row

from domain.intake.document import ParsedOrder, Reading
from domain.intake.formats.json_decoding import decode_json
from domain.intake.formats.registry import decoded
from domain.kernel.work import Work
from domain.orders.capture import existing_orders
from domain.orders.policy import FINAL

NOTICES = ("shopify.order_deleted", "woocommerce.order_deleted")


async def understood(work: Work, channel: Row[Any], reading: Reading, raw: bytes) -> Reading:
    """The reading; a notice of deletion as the cancellation of the order that it means.

    One of an order that is not here, or is shipped or cancelled, asks for nothing: it stays a
    document that is no order."""
    external_id = _deleted_id(raw) if reading.format in NOTICES else None
    if external_id is None:
        return reading
    key = (channel.id, external_id)
    known = (await existing_orders(work, [key])).get(key)
    if known is None or known.status in FINAL:
        return reading
    order = ParsedOrder(
        format=reading.format,
        path="",
        external_number=None,
        external_id=external_id,
        purpose="cancel",
        cancelled=True,
    )
    return Reading(reading.format, "order", (order,))


def _deleted_id(raw: bytes) -> str | None:
    value, _ = decode_json((decoded(raw) or "").lstrip("\ufeff"))
    deleted = value.get("id") if isinstance(value, dict) else None
    return str(deleted) if isinstance(deleted, int | str) and deleted else None
