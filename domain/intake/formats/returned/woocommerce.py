"""Refunds of WooCommerce (REST API v3): amounts below nothing, the order in the links."""

from collections.abc import Iterator
from decimal import Decimal

from domain.intake.formats.json_fields import Field
from domain.intake.formats.returned.notice import ReturnedRow, ReturnNotice

REFUNDED_LINE = "_refunded_item_id"


def read(field: Field) -> Iterator[ReturnNotice]:
    """The refund of a WooCommerce object, if it is one."""
    external_id, paid = field.text("id"), field.number("amount")
    if external_id is None or paid is None or not field.has("line_items"):
        return
    rows = tuple(_row(row) for row in field.rows("line_items"))
    shipping = -sum(
        (row.number("total") or Decimal(0) for row in field.rows("shipping_lines")), Decimal(0)
    )
    told = sum(((row.net or 0) + (row.tax or 0) for row in rows), Decimal(0)) + shipping
    yield ReturnNotice(
        format="woocommerce.refund",
        path=field.path,
        external_id=external_id,
        order_id=field.text("parent_id") or _order_of(field),
        rows=rows,
        shipping=shipping,
        other=paid - told,
        pays=True,
        reason=field.note("reason"),
    )


def _row(row: Field) -> ReturnedRow:
    return ReturnedRow(
        path=row.path,
        quantity=abs(row.number("quantity") or Decimal(0)),
        line=_refunded(row),
        code=row.text("sku") or row.text("variation_id", "product_id"),
        net=abs(row.number("total") or Decimal(0)),
        tax=abs(row.number("total_tax") or Decimal(0)),
        comes_back=True,
    )


def _refunded(row: Field) -> str | None:
    for each in row.rows("meta_data"):
        if each.text("key") == REFUNDED_LINE:
            return each.text("value")
    return None


def _order_of(field: Field) -> str | None:
    """The last part of the address of what it is of: …/orders/723."""
    for link in field.member("_links").rows("up"):
        address = link.note("href") or ""
        return address.rstrip("/").rsplit("/", 1)[-1] or None
    return None
