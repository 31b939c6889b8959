"""The door to documents of returns and refunds: bytes in, notices out."""

from collections.abc import Iterator
from typing import Any

from domain.intake.formats.json_decoding import decode_json
from domain.intake.formats.json_fields import Field
from domain.intake.formats.registry import MAX_BYTES, decoded
from domain.intake.formats.returned import amazon, magento, shopify, walmart, woocommerce
from domain.intake.formats.returned.notice import ReturnNotice

READERS = {
    "shopify.refund": shopify.read,
    "woocommerce.refund": woocommerce.read,
    "amazon.external_return": amazon.read,
    "magento.credit_memo": magento.read,
    "walmart.return": walmart.read,
}


def read_returns(format: str, raw: bytes) -> list[ReturnNotice]:
    """What a document that was recognised as of this format tells of returns; nothing when it is
    none, or broken. It never raises: what no reader understands is no return."""
    reader = READERS.get(format)
    text = decoded(raw) if reader is not None and len(raw) <= MAX_BYTES else None
    if reader is None or text is None:
        return []
    value, problem = decode_json(text.lstrip("\ufeff"))
    if problem is not None:
        return []
    try:
        return [notice for field in _members(value) for notice in reader(field)]
    except (ValueError, ArithmeticError, LookupError, TypeError):
        return []


def _members(value: Any) -> Iterator[Field]:
    """The document's own objects: itself, or those of its list."""
    root = Field(value, "", [])
    searched = ("items",) if root.has("search_criteria") else ()
    for key in ("refund", "refunds", "returns", "returnOrders", "creditmemo", *searched):
        member = root.within(key)
        if member.value is not None:
            root = member
            break
    rows = list(root.each())
    yield from rows or ([root] if root.is_object else [])
