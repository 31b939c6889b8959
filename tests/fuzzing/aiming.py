"""Values that are likely to be there, so that what is made up reaches the domain: ids of the kind
that an argument's name asks for, and the demo company's codes."""

import re
import zlib
from dataclasses import replace
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    NameNode,
    ObjectFieldNode,
    StringValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from api.ids import global_id

KINDS = (
    *("AllocationPolicy", "WebhookSubscription", "WebhookDelivery", "FulfilmentOrder"),
    *("FulfilmentLine", "OrderLine", "JournalLine", "LegalEntity", "PriceList", "ParkedEvent"),
    *("IntakeMessage", "StockDocument", "OidcIssuer", "ApiKey", "Shipment", "Location", "Account"),
    *("Channel", "Journal", "Party", "Order", "Item", "Role", "User", "WebhookReplay", "Event"),
)
_OTHER_NAMES = {
    "entity": "LegalEntity",
    "customer": "Party",
    "supplier": "Party",
    "owner": "Party",
    "subscription": "WebhookSubscription",
    "delivery": "WebhookDelivery",
    "line": "OrderLine",
}
CODES = {
    "channelCode": "portal",
    "channel": "portal",
    "currency": "USD",
    "unit": "EA",
    "code": "TEA-GREEN",
    "country": "US",
    "carrier": "UPS",
}
_HALF, _FEW = 128, 48
# definitions, 0, selection_set, selections, 0
_AT_ROOT = 5


def kind_of(name: str, root: str) -> str:
    """The kind of object that an argument of this name below this root field most likely means."""
    word = re.sub(r"Ids?$", "", name) if name.lower() not in ("id", "ids") else root
    for other, kind in _OTHER_NAMES.items():
        if word.lower() == other:
            return kind
    return next((kind for kind in KINDS if kind.lower() in word.lower()), "Order")


def likely(name: str, root: str, number: int) -> str:
    """The id of one of the first rows of that kind, but not of those who ask."""
    kind = kind_of(name, root)
    return str(global_id(kind, 2 + number % (3 if kind in ("User", "Role") else 8)))


def aimed(document: str) -> str:
    """The document with about half of its ids and codes likely, few of its cursors left, and its
    mutations with a key of their own."""
    tree = parse(document)
    root = _Root()
    visit(tree, root)
    seed = zlib.crc32(document.encode())
    return print_ast(visit(tree, _Aiming(root.name, seed, document.startswith("mutation"))))


class _Root(Visitor):
    name = ""

    def enter_field(self, node: Any, *_: Any) -> None:
        self.name = self.name or node.name.value


class _Aiming(Visitor):
    def __init__(self, root: str, seed: int, is_mutation: bool) -> None:
        super().__init__()
        self._root, self._seed, self._is_mutation = root, seed, is_mutation

    def leave_argument(self, node: ArgumentNode, *_: Any) -> Any:
        """Paging that contradicts itself, or an argument of the root."""
        if node.name.value in ("after", "before", "last") and self._chance() > _FEW:
            return REMOVE
        return self._replaced(node)

    def leave_field(self, node: FieldNode, _key: Any, _parent: Any, path: Any, *_: Any) -> Any:
        """A mutation gets a key: without one nothing happens."""
        if self._is_mutation and len(path) == _AT_ROOT:
            key = StringValueNode(value=f"{self._seed:x}")
            argument = ArgumentNode(name=NameNode(value="key"), value=key)
            once = DirectiveNode(name=NameNode(value="idempotent"), arguments=(argument,))
            return replace(node, directives=(*(node.directives or ()), once))
        return None

    def leave_object_field(self, node: ObjectFieldNode, *_: Any) -> Any:
        """A field of an input."""
        return self._replaced(node)

    def _replaced(self, node: Any) -> Any:
        name, value = node.name.value, node.value
        if isinstance(value, StringValueNode) and self._chance() > _HALF:
            if name in CODES:
                value = StringValueNode(value=CODES[name])
            elif re.search(r"(?:^id|I[dD])s?$", name):
                value = StringValueNode(value=likely(name, self._root, self._chance()))
            return replace(node, value=value)
        return None

    def _chance(self) -> int:
        """The next of a row of numbers below 256, the same for the same document."""
        self._seed = (self._seed * 1_103_515_245 + 12_345) % 2**31
        return self._seed >> 16 & 255
