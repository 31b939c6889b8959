"""Amazon documents: which are orders, which are something else."""

from collections.abc import Iterator

from domain.intake.document import ParsedOrder, Problem, Reading
from domain.intake.formats.amazon import notification, order_2026, vendor_order
from domain.intake.formats.amazon import order as order_v0
from domain.intake.formats.amazon.shapes import LISTED, SHAPES
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.json_fields import Field
from domain.intake.formats.recognition import Received, first_shape, not_an_order, orders_reading

MAX_SEARCH_DEPTH = 5
"""Levels below the top at which an order or its items may lie (payload, Orders, a wrapper)."""

_HEADER_MARKS = ("OrderStatus", "PurchaseDate", "FulfillmentChannel")
_ITEM_MARKS = ("QuantityOrdered", "SellerSKU")


def read(received: Received) -> Reading | None:
    """The reading of a document of the Selling Partner API; None if it is none.

    An order and its items may come in one document in any arrangement of the two responses: they
    are joined by AmazonOrderId. Either without the other is a faulty reading of what there is.
    """
    root = received.root()
    if not isinstance(root.value, dict | list):
        return None
    return notification.read(root) or _orders(root) or _error(root) or _something_else(root)


def _orders(root: Field) -> Reading | None:
    objects = list(_objects(root, MAX_SEARCH_DEPTH))
    vendor = [vendor_order.parse_order(f.afresh()) for f in objects if vendor_order.is_order(f)]
    if vendor:
        return orders_reading(vendor_order.FORMAT, vendor)
    orders = [order_2026.parse_order(f.afresh()) for f in objects if order_2026.is_order(f)]
    orders.extend(_orders_v0(objects))
    if not orders:
        return None
    kinds = {order.format for order in orders}
    format = order_v0.FORMAT if order_v0.FORMAT in kinds else order_v0.ITEMS_FORMAT
    return orders_reading(format, orders)


def _orders_v0(objects: list[Field]) -> list[ParsedOrder]:
    listings = {field.note("AmazonOrderId"): field for field in objects if _has_items(field)}
    headers = [field for field in objects if _is_header(field)]
    orders = []
    for header in headers:
        listing = listings.pop(header.note("AmazonOrderId"), None)
        own = header.afresh()
        orders.append(order_v0.parse_order(own, _items(own, listing)))
    orders.extend(order_v0.parse_items(listing.afresh()) for listing in listings.values())
    return orders


def _items(order: Field, listing: Field | None) -> list[Field] | None:
    if listing is None:
        return None
    return Field(listing.value, listing.path, order.problems).rows("OrderItems")


def _is_header(field: Field) -> bool:
    return field.has("AmazonOrderId") and field.has_any(*_HEADER_MARKS) and not _is_elsewhere(field)


def _is_elsewhere(field: Field) -> bool:
    return field.has_any(
        "OrderChangeType", "AmazonShipmentId", "ShipmentItems", "NotificationLevel"
    )


def _has_items(field: Field) -> bool:
    rows = field.within("OrderItems").value
    if not isinstance(rows, list):
        return False
    named = field.has("AmazonOrderId")
    marked = any(isinstance(row, dict) and all(k in row for k in _ITEM_MARKS[:1]) for row in rows)
    return named and (marked or (not rows and not _is_header(field)))


def _objects(field: Field, depth: int) -> Iterator[Field]:
    """The objects that may hold an order: this one, and those below that are not order lines."""
    if field.is_object:
        yield field
        assert isinstance(field.value, dict)
        if depth and not (order_2026.is_order(field) or vendor_order.is_order(field)):
            for key in field.value:
                if key not in ("OrderItems", "BuyerInfo"):
                    yield from _objects(field.within(key), depth - 1)
    elif depth:
        for row in field.each():
            yield from _objects(row, depth - 1)


def _error(root: Field) -> Reading | None:
    row = next(root.within("errors").each(), None)
    if row is None or not row.has("code", "message") or root.within("payload").value is not None:
        return None
    code = excerpt(row.note("code") or "", 40)
    told = Problem(
        "source_error", row.path, f"Amazon answered with an error ({code}).", "Fetch it again."
    )
    refused = not_an_order("amazon.error", "an error of the Amazon API")
    return Reading(refused.format, refused.kind, problems=(*refused.problems, told))


def _something_else(root: Field) -> Reading | None:
    payload = root.within("payload")
    inner = next(payload.each(), payload)
    for field in (inner, root):
        shape = first_shape(SHAPES, field)
        if shape is not None:
            return not_an_order(shape.format, shape.what)
    for field in (root.within("order"), next(root.within("orders").each(), root)):
        shape = first_shape(LISTED, field)
        if shape is not None:
            return not_an_order(shape.format, shape.what)
    return _loose(inner)


def _loose(inner: Field) -> Reading | None:
    if inner.has("AmazonOrderId"):
        return not_an_order("amazon.other", "a document about an Amazon order")
    return None
