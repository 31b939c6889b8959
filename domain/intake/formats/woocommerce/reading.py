"""WooCommerce documents: which are orders, which are something else."""

from collections.abc import Iterator

from domain.intake.document import ParsedOrder, Reading
from domain.intake.formats.json_fields import Field
from domain.intake.formats.recognition import (
    Received,
    Shape,
    first_shape,
    not_an_order,
    orders_reading,
)
from domain.intake.formats.woocommerce.legacy_order import parse_legacy_order
from domain.intake.formats.woocommerce.order import FORMAT, parse_order

_MODERN_MARKS = (
    "order_key",
    "billing",
    "date_created",
    "prices_include_tax",
    "payment_method",
    "number",
)
_LEGACY_MARKS = (
    "total_line_items_quantity",
    "view_order_url",
    "shipping_methods",
    "cart_discount",
    "order_key",
    "total_shipping",
)
_SHAPES = (
    Shape("woocommerce.refund", "a WooCommerce refund", ("refunded_by", "amount")),
    Shape("woocommerce.refund", "a WooCommerce refund", ("amount", "reason", "line_items")),
    Shape("woocommerce.webhook", "a WooCommerce webhook", ("topic", "delivery_url")),
    Shape("woocommerce.product", "a WooCommerce product", ("permalink", "regular_price")),
    Shape("woocommerce.coupon", "a WooCommerce coupon", ("discount_type", "code", "amount")),
    Shape("woocommerce.customer", "a WooCommerce customer", ("billing", "username", "email")),
    Shape("woocommerce.order_note", "a WooCommerce order note", ("note", "customer_note")),
    Shape("woocommerce.error", "an error of the WooCommerce API", ("code", "message", "data")),
    Shape("woocommerce.ping", "a WooCommerce webhook's test call", ("webhook_id",)),
)
_REQUEST_MARKS = ("payment_method", "set_paid", "billing", "shipping", "payment_method_title")


def read(received: Received) -> Reading | None:
    """The reading of a WooCommerce document (REST, webhook, batch); None if it is none."""
    if received.text is not None and received.text.strip().startswith("webhook_id="):
        return not_an_order("woocommerce.ping", "a WooCommerce webhook's test call")
    root = received.root()
    orders = [*_modern(root), *_legacy(root)]
    if orders:
        return orders_reading(FORMAT, orders)
    return _something_else(root, received.topic or "")


def is_order(field: Field) -> bool:
    """Whether a JSON object is an order of wc/v1 to wc/v3."""
    if not field.has("id") or field.has_any("total_price", "financial_status"):
        return False
    if field.has("refunded_by") or field.has("entity_id"):
        return False
    return field.has("line_items", "total") and field.has_any(*_MODERN_MARKS)


def is_legacy_order(field: Field) -> bool:
    """Whether a JSON object is an order of the legacy API (wc-api/v1 to v3)."""
    return (
        field.has("id", "line_items", "total")
        and field.has_any("order_number", "billing_address")
        and field.has_any(*_LEGACY_MARKS)
        and not field.has("total_price")
    )


def _modern(root: Field) -> Iterator[ParsedOrder]:
    for field in (root, *root.each()):
        if is_order(field) and not is_legacy_order(field):
            yield parse_order(field.afresh())
    for key in ("create", "update", "delete"):
        for field in root.within(key).each():
            if is_order(field):
                yield parse_order(
                    field.afresh(), purpose="cancel" if key == "delete" else "original"
                )


def _legacy(root: Field) -> Iterator[ParsedOrder]:
    for field in (root, root.within("order"), *root.within("orders").each(), *root.each()):
        if is_legacy_order(field):
            yield parse_legacy_order(field.afresh())


def _something_else(root: Field, topic: str) -> Reading | None:
    field = next(root.each(), root)
    batches = (next(root.within(key).each(), root) for key in ("create", "update", "delete"))
    for candidate in (field, *_members(root), *batches):
        shape = first_shape(_SHAPES, candidate)
        if shape is not None:
            return not_an_order(shape.format, shape.what)
    if topic == "order.deleted" and field.has("id"):
        return not_an_order("woocommerce.order_deleted", "notice of a deleted WooCommerce order")
    for inner in (field, root.within("order"), next(root.within("create").each(), root)):
        if _is_request(inner):
            what = "a request to create or change a WooCommerce order (it has no id and no totals)"
            return not_an_order("woocommerce.order_request", what)
    return None


def _members(root: Field) -> Iterator[Field]:
    """What the legacy API wraps in one member, such as {"product": {…}} or {"products": […]}."""
    if isinstance(root.value, dict) and len(root.value) == 1:
        member = root.within(next(iter(root.value)))
        yield next(member.each(), member)


def _is_request(field: Field) -> bool:
    if field.has_any("id", "total_price", "AmazonOrderId"):
        return False
    return field.has("line_items") and field.has_any(*_REQUEST_MARKS)
