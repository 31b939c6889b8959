"""Documents of Mirakl marketplaces: which are orders, which are something else."""

from collections.abc import Iterator

from domain.intake.document import Reading
from domain.intake.formats.json_fields import Field
from domain.intake.formats.mirakl.order import FORMAT, is_order, parse_order
from domain.intake.formats.recognition import (
    Received,
    Shape,
    first_shape,
    not_an_order,
    orders_reading,
)

_SHAPES = (
    Shape(
        "mirakl.order", "an order of Mirakl, without its lines", ("commercial_id", "order_state")
    ),
    Shape("mirakl.return", "a return of a Mirakl marketplace", ("rma", "return_lines")),
    Shape("mirakl.refund", "refunds of a Mirakl marketplace", ("refunds", "order_tax_mode")),
    Shape("mirakl.cancellation", "cancellations to a Mirakl marketplace", ("cancelations",)),
    Shape("mirakl.acceptance", "an acceptance to a Mirakl marketplace", ("order_lines",)),
    Shape("mirakl.shipment", "a shipment of a Mirakl marketplace", ("shipment_lines", "order_id")),
    Shape("mirakl.offer", "an offer on a Mirakl marketplace", ("offer_id", "shop_sku")),
)


def read(received: Received) -> Reading | None:
    """The reading of a document of a Mirakl marketplace; None if it is none."""
    root = received.root()
    orders = [field for field in _candidates(root) if is_order(field)]
    if orders:
        return orders_reading(FORMAT, [parse_order(field.afresh()) for field in orders])
    listings = [root.within(key) for key in ("orders", "shipments", "offers", "data")]
    for field in (root, *(next(listing.each(), listing) for listing in listings)):
        shape = first_shape(_SHAPES, field)
        if shape is not None:
            return not_an_order(shape.format, shape.what)
    if root.has("total_count") and root.within("orders").value == []:
        return not_an_order("mirakl.orders", "a list of Mirakl orders without any order")
    return None


def _candidates(root: Field) -> Iterator[Field]:
    """Where orders stand: alone, wrapped, in a list, in the event of a webhook (`payload`)."""
    for listing in (root, root.within("order"), root.within("orders"), root.within("payload")):
        if listing.is_object:
            yield listing
        yield from listing.each()
