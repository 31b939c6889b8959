"""Code lists of ORDERS and ORDCHG (UN/EDIFACT directories D, EANCOM)."""

from domain.intake.changes import LineAction
from domain.intake.document import ItemCode, Purpose

PURPOSES: dict[str, Purpose] = {
    "": "original",
    "6": "original",
    "7": "original",
    "9": "original",
    "22": "original",
    "31": "original",
    "35": "original",
    "42": "original",
    "43": "original",
    "1": "cancel",
    "3": "cancel",
    "17": "cancel",
    "2": "change",
    "4": "change",
    "5": "change",
    "20": "change",
    "21": "change",
    "33": "change",
    "34": "change",
    "36": "change",
}
"""Message functions (1225)."""

REPLACES_LINES = frozenset({"5", "21"})
"""Message functions of a change whose lines are all that is left of the order's."""

HEADING_ONLY = frozenset({"20", "33"})

NO_ORDERS = {
    "221": "a blanket order, which orders nothing yet",
    "223": "an order to lease",
    "225": "an order to repair",
    "229": "an order to swap",
    "232": "an order to hire",
    "241": "a delivery schedule",
    "310": "an offer",
    "315": "a contract",
    "325": "a proforma invoice",
}
"""Kinds of documents (1001) that come as ORDERS and ask for nothing to be sold and sent."""

ACTIONS: dict[str, LineAction] = {
    "1": "add",
    "2": "remove",
    "3": "change",
    "4": "keep",
    "11": "keep",
    "5": "change",
    "7": "remove",
}
"""What is to be done with a line (1229)."""

_KINDS = {
    "EN": "ean",
    "EU": "ean",
    "SRV": "gtin",
    "SRW": "gtin",
    "GT": "gtin",
    "UP": "upc",
    "UA": "upc",
    "SA": "vendor",
    "VN": "vendor",
    "VP": "vendor",
    "SU": "vendor",
    "SK": "sku",
    "IN": "buyer",
    "BP": "buyer",
    "BI": "buyer",
    "PI": "buyer",
    "MF": "manufacturer",
    "MN": "manufacturer",
    "MP": "manufacturer",
    "IB": "isbn",
    "IS": "issn",
    "ST": "style",
}
"""Item number types (7143)."""

_ATTRIBUTES = frozenset(
    "AA AD CC CG CO CR DR EC EF GB GN GS HS HN LI LT NB PD PV RC RN RY SG SN SS TG TSG UO".split()
)
"""Those of what describes an item (group, customs code, batch, colour) and does not name it."""

_PREFERENCE = (
    ("SA", "VN", "VP", "SU", "SK"),
    ("EN", "SRV", "UP", "GT", "EU", "SRW", "UA", "IB", "IS"),
    ("IN", "BP", "BI", "PI"),
    ("MF", "MN", "MP", "ST"),
)

SUBSTITUTES = frozenset({"3", "4"})
"""Functions of PIA (4347) that name another item than the one that is ordered."""

ORDERED = ("21", "1", "113", "131", "99", "46", "47", "12")
"""Quantities (6063) that say how much is wanted, the best first."""

FREE_GOODS, UNITS_IN_EACH = "192", "59"

ORDERED_ON = ("4", "137")
REQUESTED_DELIVERY = ("2", "69", "76", "358", "63", "64", "17")
REQUESTED_SHIP = ("10", "11", "79", "38", "37", "81", "200")
CANCEL_AFTER = ("61", "54")
"""Dates (2005), the best first."""

NET_PRICES = ("AAA", "INV", "CAL", "NTP", "CT")
GROSS_PRICES = ("AAB", "GRP")
"""Prices (5125): net of allowances, and before them."""

LINE_AMOUNTS = ("203", "66", "38")
TAX_AMOUNTS = ("124", "150", "176")
ADJUSTED = ("8", "23", "204", "131", "25")
"""Amounts (5025)."""

FREIGHT = frozenset({"FC", "DL", "SH", "FR", "HD"})
"""Special services (7161) that are the cost of sending it."""

SHIP_TO = ("DP", "ST", "CN", "UC", "UD")
BILL_TO = ("IV", "BT", "PR")
"""Parties (3035), the best first."""


def item_code(qualifier: str, value: str) -> ItemCode:
    """The code with our word for its kind."""
    kind = _KINDS.get(qualifier, "attribute" if qualifier in _ATTRIBUTES else "other")
    return ItemCode(kind, value, qualifier or None)


def telling_code(codes: tuple[ItemCode, ...]) -> str | None:
    """The code that a mapper should look for: ours, then GTIN, the buyer's, others."""
    by_qualifier = {code.qualifier: code.value for code in reversed(codes)}
    for group in _PREFERENCE:
        for qualifier in group:
            if qualifier in by_qualifier:
                return by_qualifier[qualifier]
    return next((code.value for code in codes if code.kind == "other"), None)
