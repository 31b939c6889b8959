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
    Shape("ebay.order", "an order of eBay", ("orderFulfillmentStatus", "lineItems")),
    Shape("etsy.order", "an order of Etsy", ("receipt_id", "transactions")),
)
_OTHERS = (Shape("easypost.list", "a list of EasyPost", ("has_more",)),)


def read(received: Received) -> Reading | None:
    """The refusal of a JSON document of a source that is known, if only by name; else None."""
    root = received.root()
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
    first_of = [root, root.within("orders"), root.within("items"), root.within("results")]
    listed = [next(field.each(), field) for field in first_of]
    return [*listed, root.within("order")]
