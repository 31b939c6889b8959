"""Codes and parties as an order keeps them, from the words of a document in XML."""

from collections.abc import Iterable

from domain.intake.document import ItemCode, Notes, PartyCode
from domain.intake.formats.excerpts import is_storable
from domain.intake.formats.invoiced.invoice import Adjustment

# What our SKU most likely is, first: the seller's own code, then what all the world knows.
_PREFERENCE = ("vendor", "gtin", "buyer", "manufacturer", "other")
# How documents name the scheme of a GTIN (ISO 6523: 0160); without a scheme it is meant to be one.
_GTIN_SCHEMES = frozenset({"", "0160", "160", "GTIN", "EAN", "EAN-13", "EAN13", "UPC", "SRV"})
BY_NAME = "name"
BUYER = "the buyer"
"""Whom to ask to correct an order."""

LONGEST_NOTE = 2_000


def item_code(kind: str, value: str, scheme: str | None) -> ItemCode:
    """A code of an item; a standard one of another scheme than GTIN is some other code."""
    is_other = kind == "gtin" and (scheme or "").upper() not in _GTIN_SCHEMES
    return ItemCode("other" if is_other else kind, value, scheme)


def first_code(codes: Iterable[ItemCode]) -> str | None:
    """The code by which a mapper should look first."""
    by_kind = {code.kind: code.value for code in reversed(tuple(codes))}
    return next((by_kind[kind] for kind in _PREFERENCE if kind in by_kind), None)


def party_codes(
    role: str, codes: Iterable[tuple[str, str | None]], name: str | None
) -> tuple[PartyCode, ...]:
    """A party by each of its codes (with their schemes), and last by what it is called."""
    once = dict.fromkeys(codes)
    found = [PartyCode(role, code, scheme, name) for code, scheme in once]
    if name is not None:
        found.append(PartyCode(role, name, BY_NAME, name))
    return tuple(found)


def external_id(buyer: str | None, number: str | None) -> str | None:
    """What an order is told from others by: a number is the buyer's own."""
    return None if number is None else "/".join(part for part in (buyer, number) if part)


def joined(parts: Iterable[str | None], between: str = ", ") -> str | None:
    """What is there of the parts, one after the other."""
    return between.join(part for part in parts if part) or None


def told_beside(beside: Iterable[Adjustment]) -> Notes:
    """Allowances and charges, as they are told to people."""
    return storable(
        (
            "Charge" if each.is_charge else "Allowance",
            f"{each.amount:f} {each.reason or each.code or ''}".strip(),
        )
        for each in beside
    )


def storable(notes: Iterable[tuple[str, str]]) -> Notes:
    """Notes as they can be kept."""
    return tuple((name, text[:LONGEST_NOTE]) for name, text in notes if is_storable(text))
