"""Documents of Adobe Commerce (Magento 2): which are orders, which are something else."""

from collections.abc import Iterator

from domain.intake.document import Reading
from domain.intake.formats.json_fields import Field
from domain.intake.formats.magento.order import FORMAT, parse_order
from domain.intake.formats.recognition import (
    Received,
    Shape,
    first_shape,
    not_an_order,
    not_yet_read,
    orders_reading,
)

_ORDER_MARKS = ("total_qty_ordered", "total_item_count", "customer_is_guest", "protect_code")
_TOTALS = ("grand_total", "base_grand_total", "subtotal", "base_subtotal", "order_currency_code")
_OF_AN_ORDER = ("order_id", "creditmemo_status", "shipment_status")

_SHAPES = (
    Shape("magento.credit_memo", "a credit memo of Adobe Commerce", ("order_id", "adjustment")),
    Shape(
        "magento.credit_memo",
        "a credit memo of Adobe Commerce",
        ("order_id", "adjustment_positive"),
    ),
    Shape(
        "magento.credit_memo", "a credit memo of Adobe Commerce", ("order_id", "creditmemo_status")
    ),
    Shape("magento.shipment", "a shipment of Adobe Commerce", ("order_id", "tracks")),
    Shape("magento.shipment", "a shipment of Adobe Commerce", ("order_id", "packages", "items")),
    Shape(
        "magento.invoice",
        "an invoice of Adobe Commerce",
        ("increment_id", "base_grand_total", "order_id"),
    ),
    Shape("magento.return", "a return (RMA) of Adobe Commerce", ("rma_id", "order_increment_id")),
    Shape("magento.source", "an inventory source of Adobe Commerce", ("source_code", "postcode")),
    Shape("magento.cart", "a cart of Adobe Commerce", ("cartItem",)),
    Shape("magento.cart", "a cart item of Adobe Commerce", ("quote_id", "item_id")),
    Shape("magento.cart", "a cart of Adobe Commerce", ("reserved_order_id", "items_qty")),
    Shape("magento.cart", "a cart of Adobe Commerce", ("items_qty", "customer_is_guest")),
    Shape(
        "magento.checkout", "totals of an Adobe Commerce checkout", ("payment_methods", "totals")
    ),
    Shape(
        "magento.source_selection",
        "a source selection of Adobe Commerce",
        ("source_selection_items",),
    ),
    Shape(
        "magento.pickup_location",
        "pickup locations of Adobe Commerce",
        ("pickup_location_code", "country_id"),
    ),
    Shape(
        "magento.bundle_option",
        "the options of a bundle of Adobe Commerce",
        ("option_id", "product_links"),
    ),
    Shape("magento.product", "a product of Adobe Commerce", ("sku", "attribute_set_id")),
    Shape("magento.customer", "a customer of Adobe Commerce", ("group_id", "website_id", "email")),
    Shape("magento.error", "an error of Adobe Commerce", ("message", "parameters")),
)


def read(received: Received) -> Reading | None:
    """The reading of a document of Adobe Commerce; None if it is none.

    Orders come alone, as the result of a search, in a webhook or in an event."""
    root = received.root()
    orders = [field for field in _candidates(root) if is_order(field)]
    if orders:
        return orders_reading(FORMAT, [parse_order(field.afresh()) for field in orders])
    return _graphql(root) or _something_else(root)


def is_order(field: Field) -> bool:
    """Whether a JSON object is an order, complete or with selected fields."""
    if not field.has_any("increment_id", "entity_id") or field.has("AmazonOrderId"):
        return False
    rows = field.within("items")
    first = next(rows.each(), rows)
    if first.has("qty_ordered") and field.has_any("increment_id", *_TOTALS):
        return True
    if field.has_any(*_OF_AN_ORDER) or not field.has("increment_id"):
        return False
    return field.has_any(*_TOTALS) and (field.has("items") or field.has_any(*_ORDER_MARKS))


def _candidates(root: Field) -> Iterator[Field]:
    """Where an order may stand: alone, in a list, a search, a webhook's or an event's envelope."""
    event = root.within("event")
    data = (event if event.is_object else root).within("data")
    holders = [root, root.within("order"), root.within("entity"), root.within("value")]
    holders += [data, data.within("value"), data.within("order")]
    yield from (holder for holder in holders if holder.is_object)
    for listing in (root, root.within("items"), root.within("orders"), data.within("items")):
        yield from listing.each()


def _graphql(root: Field) -> Reading | None:
    data = root.within("data")
    listing = data.within("customer").within("orders").within("items")
    first = next(listing.each(), listing)
    if first.has("number", "total") or first.has("order_date", "items"):
        return not_yet_read("magento.graphql_order", "an order of Adobe Commerce's GraphQL API")
    return None


def _something_else(root: Field) -> Reading | None:
    items = root.within("items")
    is_search = root.has("search_criteria") or root.has("items", "total_count")
    found = [root, next(root.each(), root), root.within("source")]
    if is_search:
        found.append(next(items.each(), items))
    for field in found:
        shape = first_shape(_SHAPES, field)
        if shape is not None:
            return not_an_order(shape.format, shape.what)
    if root.has("search_criteria", "items"):
        return not_an_order("magento.search", "a search of Adobe Commerce without any order")
    return None
