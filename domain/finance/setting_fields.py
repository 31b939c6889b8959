"""The settings of parties and entities, as they are stored."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from domain.finance.models import PaymentTerm, TaxCode
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.records import require_record
from domain.kernel.work import Work

OCCASIONS, PERIODS, ROUNDINGS = (
    ("shipment", "delivery", "period"),
    ("day", "week", "month"),
    ("document", "line"),
)
OF_PARTY = (
    *("invoice_at", "invoice_every", "customer_term_id", "supplier_term_id", "tax_code_id"),
    *("tax_number", "quantity_percent", "price_percent", "price_minor"),
)
OF_ENTITY = (
    *("invoice_at", "invoice_every", "customer_term_id", "supplier_term_id", "tax_rounding"),
)
_REFERENCES = (
    ("customer_term_id", PaymentTerm, "payment term"),
    ("supplier_term_id", PaymentTerm, "payment term"),
    ("tax_code_id", TaxCode, "tax code"),
)


async def sound_fields(
    work: Work, fields: Mapping[str, Any], allowed: tuple[str, ...]
) -> dict[str, Any]:
    """The fields as they are stored. Raises InvalidInput, NotFound."""
    for name, value in fields.items():
        if name not in allowed:
            raise InvalidInput("There is no such setting.", path=(name,))
        if value is None:
            continue
        for choice, words in (
            ("invoice_at", OCCASIONS),
            ("invoice_every", PERIODS),
            ("tax_rounding", ROUNDINGS),
        ):
            if name == choice:
                text.choice(value, words, path=(name,))
        if name.endswith("_percent") and not 0 <= Decimal(value) <= 100:
            raise InvalidInput("Must be between 0 and 100.", path=(name,))
        if name == "price_minor" and value < 0:
            raise InvalidInput("Must not be negative.", path=(name,))
    for name, table, kind in _REFERENCES:
        await require_record(work, table.__table__, fields.get(name), kind=kind)
    sound = dict(fields)
    if "tax_number" in sound:
        sound["tax_number"] = text.optional(sound["tax_number"], path=("tax_number",))
    return sound
