"""JSON documents of other sources: orders in formats not read yet, and what is no order at all."""

from domain.intake.document import Problem, Reading
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.json_fields import Field
from domain.intake.formats.recognition import (
    Received,
    Shape,
    first_shape,
    not_an_order,
    not_yet_read,
)

_ORDERS = (
    Shape(
        "magento.order",
        "an order of Adobe Commerce (Magento)",
        ("increment_id", "base_grand_total", "items"),
    ),
    Shape("mirakl.order", "an order of a Mirakl marketplace", ("commercial_id", "created_date")),
    Shape("mirakl.order", "an order of a Mirakl marketplace", ("order_lines", "order_state")),
    Shape(
        "walmart.order",
        "an order of Walmart Marketplace",
        ("purchaseOrderId", "customerOrderId", "orderLines"),
    ),
    Shape("ebay.order", "an order of eBay", ("orderFulfillmentStatus", "lineItems")),
    Shape("etsy.order", "an order of Etsy", ("receipt_id", "transactions")),
)
_OTHERS = (
    Shape("magento.source", "an inventory source of Adobe Commerce", ("source",)),
    Shape("magento.cart", "a cart of Adobe Commerce", ("cartItem",)),
    Shape("magento.cart", "a cart item of Adobe Commerce", ("quote_id", "item_id")),
    Shape(
        "magento.checkout", "totals of an Adobe Commerce checkout", ("payment_methods", "totals")
    ),
    Shape(
        "magento.source_selection",
        "a source selection of Adobe Commerce",
        ("source_selection_items",),
    ),
    Shape("walmart.shipment", "a shipment notice to Walmart", ("orderShipment",)),
    Shape("walmart.refund", "a refund to Walmart", ("orderRefund",)),
    Shape("walmart.return", "returns of Walmart Marketplace", ("returnOrders",)),
    Shape("walmart.inventory", "an inventory of Walmart Marketplace", ("inventoryHeader",)),
    Shape("walmart.inventory", "inventories of Walmart Marketplace", ("meta", "elements")),
    Shape("walmart.inbound", "an inbound order to Walmart Fulfillment", ("inboundOrderId",)),
    Shape("walmart.fulfillment", "a message of Walmart Fulfillment", ("header", "payload")),
    Shape("walmart.fulfillment", "a message of Walmart Fulfillment", ("headers", "payload")),
    Shape("walmart.feed", "an item feed to Walmart", ("SupplierItemFeedHeader",)),
    Shape("easypost.list", "a list of EasyPost", ("has_more",)),
)


def read(received: Received) -> Reading | None:
    """The refusal of a JSON document of a source that is known, if only by name; else None."""
    root = received.root()
    if root.has("increment_id", "base_grand_total", "order_id"):
        return not_an_order("magento.invoice", "an invoice of Adobe Commerce")
    for field in _candidates(root):
        shape = first_shape(_ORDERS, field)
        if shape is not None:
            return not_yet_read(shape.format, shape.what)
    for field in (root, next(root.each(), root)):
        shape = first_shape(_OTHERS, field)
        if shape is not None:
            return not_an_order(shape.format, shape.what)
        if field.has("id", "object") and field.has_any("mode", "created_at"):
            name = excerpt(field.note("object") or "", 30)
            return not_an_order(f"easypost.{name.lower()}", f"an EasyPost {name}")
    return None


def read_rest(received: Received) -> Reading | None:
    """The refusal of any JSON document; None if it is no JSON."""
    if not received.is_json:
        return None
    return unrecognised("json", "JSON", "No kind of document that is known has this shape.")


def unrecognised(format: str, name: str, why: str) -> Reading:
    """Refused, because nothing tells what it is."""
    problem = Problem(
        "not_recognised",
        "",
        f"This is {name}, but not an order that can be recognised. {why}",
        "Send the order as the source makes it, whole and unedited.",
    )
    return Reading(format, "not_an_order", problems=(problem,))


def _candidates(root: Field) -> list[Field]:
    listing = root.within("list").within("elements")
    first_of = [root, root.within("orders"), root.within("items"), root.within("results")]
    listed = [next(field.each(), field) for field in first_of]
    return [*listed, root.within("order"), next(listing.within("order").each(), listing)]
