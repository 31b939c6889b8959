"""Shopify documents: which are orders, which are something else."""

from collections.abc import Iterator

from domain.intake.document import Reading
from domain.intake.formats.json_fields import Field
from domain.intake.formats.recognition import (
    Received,
    Shape,
    first_shape,
    not_an_order,
    not_yet_read,
    orders_reading,
)
from domain.intake.formats.shopify.order import FORMAT, parse_order
from domain.intake.formats.shopify.shapes import FRAGMENTS, SHAPES, WRAPPERS
from domain.intake.formats.shopify.values import line_properties, requested_service

MAX_WRAPPER_KEYS = 3
"""At the top level of an answer of the REST API (a move answers with three fulfilment orders)."""

_ORDER_MARKS = (
    "total_price",
    "current_total_price",
    "total_line_items_price",
    "financial_status",
    "order_status_url",
    "total_price_set",
    "subtotal_price",
)
_OTHER_MARKS = (
    "abandoned_checkout_url",
    "invoice_url",
    "invoice_sent_at",
    "payment_due",
    "refund_line_items",
    "purchaseOrderId",
    "order_lines",
    "payment_details",
    "completed_at",
)


def read(received: Received) -> Reading | None:
    """The reading of a Shopify document (REST Admin API, webhook); None if it is none."""
    root = received.root()
    orders = list(_orders(root))
    if orders:
        return orders_reading(FORMAT, [parse_order(field) for field in orders])
    if received.topic == "orders/delete" and root.has("id"):
        return not_an_order("shopify.order_deleted", "notice of a deleted Shopify order")
    return _wrapped(root) or _graphql(root) or _bare(root)


def _orders(root: Field) -> Iterator[Field]:
    candidates = [root, root.within("order")] if root.is_object else []
    for listing in (root.within("orders"), root):
        candidates.extend(listing.each())
    for field in candidates:
        if is_order(field):
            yield field.afresh()


def is_order(field: Field) -> bool:
    """Whether a JSON object is an order of Shopify's REST API, complete or with selected fields."""
    if field.has_any(*_OTHER_MARKS) and not field.has("financial_status"):
        return False
    if not field.has_any("id", "admin_graphql_api_id"):
        return False
    if field.has("line_items"):
        return field.has_any(*_ORDER_MARKS)
    named = field.within("name").value
    is_named = isinstance(named, str) and named.startswith("#")
    return field.has_any(*_ORDER_MARKS) and (is_named or field.has("order_number"))


def _wrapped(root: Field) -> Reading | None:
    if not isinstance(root.value, dict) or len(root.value) > MAX_WRAPPER_KEYS:
        return None
    for key, (format, what) in WRAPPERS.items():
        inner = root.value.get(key)
        if isinstance(inner, dict | list) and _looks_shopify(inner):
            member = root.within(key)
            shape = first_shape(SHAPES, next(member.each(), member))
            return not_an_order(shape.format, shape.what) if shape else not_an_order(format, what)
    return None


def _looks_shopify(inner: dict[str, object] | list[object] | object) -> bool:
    sample = inner[0] if isinstance(inner, list) and inner else inner
    if not isinstance(sample, dict):
        return False
    marks = {"id", "inventory_item_id", "admin_graphql_api_id", "token", "line_items", "code"}
    return bool(marks & sample.keys())


def _graphql(root: Field) -> Reading | None:
    order = root.within("data").within("order")
    node = order if order.is_object else root.within("data").within("node")
    identity = node.within("id").value
    if isinstance(identity, str) and identity.startswith("gid://shopify/Order/"):
        return not_yet_read("shopify.graphql_order", "an order of Shopify's GraphQL API")
    return None


def _bare(root: Field) -> Reading | None:
    field = next(root.each(), root)
    shape = first_shape(SHAPES, field)
    if shape is not None:
        return not_an_order(shape.format, shape.what)
    return _fragment(root)


def _fragment(root: Field) -> Reading | None:
    shape = first_shape(FRAGMENTS, root)
    return None if shape is None else _refused_fragment(root, shape)


def _refused_fragment(root: Field, shape: Shape) -> Reading:
    """A piece of an order, checked for what would make the whole order unreadable."""
    line_properties(root)
    requested_service(root)
    reading = not_an_order(shape.format, shape.what, problems=tuple(root.problems))
    if not root.problems:
        return reading
    return Reading(shape.format, "faulty", problems=(*root.problems, reading.problems[0]))
