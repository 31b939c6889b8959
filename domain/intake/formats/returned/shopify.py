"""Refunds of Shopify (REST Admin API): lines, shipping and adjustments, paid back by the shop."""

from collections.abc import Iterator
from decimal import Decimal

from domain.intake.formats.json_fields import Field
from domain.intake.formats.returned.notice import ReturnedRow, ReturnNotice
from domain.intake.formats.shopify.values import amount

COMES_BACK = ("return", "legacy_restock")
NEVER_SENT = "cancel"
SHIPPING = "shipping_refund"


def read(field: Field) -> Iterator[ReturnNotice]:
    """The refund of a Shopify object, if it is one."""
    external_id = field.text("id")
    if external_id is None or not field.has("refund_line_items"):
        return
    adjustments = field.rows("order_adjustments")
    yield ReturnNotice(
        format="shopify.refund",
        path=field.path,
        external_id=external_id,
        order_id=field.text("order_id"),
        currency=_currency(field),
        rows=tuple(_row(row) for row in field.rows("refund_line_items")),
        shipping=_paid(adjustments, of_shipping=True),
        other=_paid(adjustments, of_shipping=False),
        pays=True,
        reason=field.note("note"),
    )


def _row(row: Field) -> ReturnedRow:
    kind = row.text("restock_type")
    return ReturnedRow(
        path=row.path,
        quantity=row.quantity("quantity") or Decimal(0),
        line=row.text("line_item_id"),
        code=row.within("line_item").text("sku"),
        net=amount(row, "subtotal"),
        tax=amount(row, "total_tax"),
        comes_back=kind in COMES_BACK,
        was_cancelled=kind == NEVER_SENT,
    )


def _paid(adjustments: list[Field], *, of_shipping: bool) -> Decimal:
    """What was paid back; Shopify tells it as less than nothing."""
    rows = [row for row in adjustments if (row.text("kind") == SHIPPING) == of_shipping]
    return -sum((amount(row, "amount") or Decimal(0) for row in rows), Decimal(0))


def _currency(field: Field) -> str | None:
    for row in field.rows("refund_line_items"):
        told = row.member("subtotal_set").member("shop_money").currency("currency_code")
        if told is not None:
            return told
    for row in field.rows("transactions"):
        told = row.currency("currency")
        if told is not None:
            return told
    return None
