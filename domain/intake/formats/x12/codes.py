"""Code lists of X12: item qualifiers, purposes, dates, charges, price bases."""

from decimal import Decimal

from domain.intake.changes import LineAction
from domain.intake.document import ItemCode, Purpose

PURPOSES: dict[str, Purpose] = {
    "00": "original",
    "06": "original",
    "07": "original",
    "18": "original",
    "22": "original",
    "24": "original",
    "01": "cancel",
    "03": "cancel",
    "02": "change",
    "04": "change",
    "05": "change",
}
"""BEG01, transaction set purpose (element 353)."""

CHANGE_PURPOSES: dict[str, Purpose] = {
    **dict.fromkeys(("00", "02", "04", "05", "06", "07", "18", "22"), "change"),
    **dict.fromkeys(("01", "03", "17"), "cancel"),
}
"""BCH01, of a change."""

REPLACES_LINES = frozenset({"05"})

ACTIONS: dict[str, LineAction] = {
    "AI": "add",
    "DI": "remove",
    "QD": "decrease",
    "QI": "increase",
    "RE": "replace_item",
    "RM": "replace_item",
    "NC": "keep",
    **dict.fromkeys("CA CB CC CE CG CH CI CT MU PC PQ PR QC RB RQ RS RZ".split(), "change"),
}
"""POC02, change or response type (element 670)."""

_KINDS = {
    "VN": "vendor",
    "VC": "vendor",
    "VP": "vendor",
    "VA": "vendor",
    "VS": "vendor",
    "VU": "vendor",
    "VX": "vendor",
    "SK": "sku",
    "UP": "upc",
    "UA": "upc",
    "UB": "upc",
    "UC": "upc",
    "UD": "upc",
    "UE": "upc",
    "UI": "upc",
    "UN": "upc",
    "U2": "upc",
    "UK": "gtin",
    "GT": "gtin",
    "UX": "gtin",
    "EN": "ean",
    "EO": "ean",
    "BP": "buyer",
    "IN": "buyer",
    "CB": "buyer",
    "PI": "buyer",
    "BC": "buyer",
    "IT": "buyer",
    "PN": "buyer",
    "MG": "manufacturer",
    "MF": "manufacturer",
    "MN": "manufacturer",
    "ST": "style",
    "IB": "isbn",
    "ND": "ndc",
}
"""Product/service ID qualifiers (element 235)."""

_ASKED_FOR = {"sku", "upc", "gtin", "ean", "buyer", "vendor"}
CATALOGUED = {name: kind for name, kind in _KINDS.items() if kind in _ASKED_FOR}
"""Those of codes that the catalogue keeps."""

_ATTRIBUTES = frozenset(
    (
        "PR BL CO CL CM SZ IZ PD PL CG CH C4 B3 B6 B8 BO DV F2 FS GC GE GQ LT LD L1 L8 MA MB OT PW "
        "PY RN RZ SN SP SR TP TY ZB"
    ).split()
)
"""Qualifiers of what describes an item (colour, size, brand, process, lot) and does not name it."""

_PREFERENCE = (
    ("VN", "VC", "VP", "VA", "VS", "VU", "VX"),
    ("SK",),
    (
        "UP",
        "UA",
        "UK",
        "GT",
        "EN",
        "UI",
        "UN",
        "UE",
        "UD",
        "UC",
        "UB",
        "U2",
        "UX",
        "EO",
        "IB",
        "ND",
    ),
    ("BP", "IN", "CB", "PI", "BC", "IT", "PN"),
    ("MG", "MF", "MN", "ST"),
)

_PLACEHOLDERS = frozenset({"UNKNOWN", "N/A", "NA", "NONE"})

REQUESTED_DELIVERY = ("002", "074", "106", "067", "017", "069")
REQUESTED_SHIP = ("010", "118", "037", "110", "038")
CANCEL_AFTER = ("001", "061", "177")
"""Date/time qualifiers (element 374), the best first."""

FREIGHT_CHARGES = frozenset("D240 D250 D260 D280 G821 G830 D500 D015".split())
TAX_CHARGES = frozenset("H700 H730 H740 H750 H770 H780 H800 H810 H850 H855 H860".split())
"""Service, promotion, allowance or charge codes (element 1300)."""

PRICE_PER: dict[str, Decimal] = {
    "HP": Decimal(100),
    "HF": Decimal(100),
    "TP": Decimal(1000),
    "TT": Decimal(1000),
    "PN": Decimal(10),
}
"""Bases of unit price (element 639) that are for more than one unit."""

UNIT_PRICE_TYPES = frozenset({"", "CON", "CUP", "DPR", "ICL", "INV", "NET", "UCP", "WHL", "PUR"})
"""Price identifiers (element 236) that are what the buyer pays for one unit."""


def item_code(qualifier: str, value: str) -> ItemCode:
    """The code with our word for its kind."""
    kind = _KINDS.get(qualifier, "attribute" if qualifier in _ATTRIBUTES else "other")
    return ItemCode(kind, value, qualifier)


def seller_code(codes: tuple[ItemCode, ...]) -> str | None:
    """The code that a mapper should look for: the vendor's, then SKU, GTIN, the buyer's, others."""
    usable = [code for code in codes if code.value.upper() not in _PLACEHOLDERS]
    by_qualifier = {code.qualifier: code.value for code in reversed(usable)}
    for group in _PREFERENCE:
        for qualifier in group:
            if qualifier in by_qualifier:
                return by_qualifier[qualifier]
    return next((code.value for code in usable if code.kind == "other"), None)
