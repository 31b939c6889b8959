"""Documents of Walmart Marketplace: which are orders, which are something else."""

from collections.abc import Iterator

from domain.intake.document import Reading
from domain.intake.formats.json_fields import Field
from domain.intake.formats.recognition import (
    Received,
    Shape,
    first_shape,
    not_an_order,
    orders_reading,
)
from domain.intake.formats.walmart.order import FORMAT, is_order, parse_order

_SHAPES = (
    Shape("walmart.shipment", "a shipment notice to Walmart", ("orderShipment",)),
    Shape("walmart.refund", "a refund to Walmart", ("orderRefund",)),
    Shape("walmart.cancellation", "a cancellation to Walmart", ("orderCancellation",)),
    Shape("walmart.return", "returns of Walmart Marketplace", ("returnOrders",)),
    Shape("walmart.return", "a return of Walmart Marketplace", ("returnOrderId",)),
    Shape("walmart.inventory", "an inventory of Walmart Marketplace", ("inventoryHeader",)),
    Shape("walmart.inventory", "inventories of Walmart Marketplace", ("meta", "elements")),
    Shape("walmart.inbound", "an inbound order to Walmart Fulfillment", ("inboundOrderId",)),
    Shape("walmart.fulfillment", "a message of Walmart Fulfillment", ("header", "payload")),
    Shape("walmart.fulfillment", "a message of Walmart Fulfillment", ("headers", "payload")),
    Shape("walmart.feed", "an item feed to Walmart", ("SupplierItemFeedHeader",)),
)
_PREVIEW = Shape(
    "walmart.inbound", "a preview of an inbound order to Walmart Fulfillment", ("inboundOrderId",)
)


def read(received: Received) -> Reading | None:
    """The reading of a document of Walmart Marketplace; None if it is none.

    Orders come alone, in a list, or as one page of a list: each page is read by itself, and the
    next one has to be fetched by its cursor."""
    root = received.root()
    orders = [field for field in _candidates(root) if is_order(field)]
    if orders:
        return orders_reading(FORMAT, [parse_order(field.afresh()) for field in orders])
    if _is_page(root):
        return not_an_order("walmart.orders", "a page of Walmart orders without any order")
    for field in (root, next(root.each(), root)):
        shape = first_shape(_SHAPES, field)
        if shape is not None:
            return not_an_order(shape.format, shape.what)
    if root.within("source").has("eventType"):
        return not_an_order("walmart.event", "an event of Walmart Marketplace without an order")
    payload = root.within("payload")
    if _PREVIEW.keys[0] in _keys(next(payload.each(), payload)):
        return not_an_order(_PREVIEW.format, _PREVIEW.what)
    return None


def _keys(field: Field) -> list[str]:
    return list(field.value) if isinstance(field.value, dict) else []


def _candidates(root: Field) -> Iterator[Field]:
    """Where orders stand: alone, wrapped, in a list, in a page (`list.elements.order`)."""
    page = root.within("list")
    elements = [each.within("elements") for each in (page, root)]
    listings = [root, root.within("order"), root.within("orders"), root.within("payload")]
    listings += [each.within("order") for each in elements]
    for listing in listings:
        if listing.is_object:
            yield listing
        yield from listing.each()


def _is_page(root: Field) -> bool:
    page = root.within("list")
    return page.has("meta", "elements") and page.within("meta").has_any("nextCursor", "totalCount")
