"""Amounts as people give them, in major units, and as they are kept."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from domain.finance.open_items import ITEMS, NAMES
from domain.kernel import iso
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.money import to_major, to_minor
from domain.kernel.reading import Reader
from domain.procurement.models import PurchaseOrder

LARGEST = 10**15


def exact_minor(amount: Decimal, currency: str, *, path: tuple[str | int, ...]) -> int:
    """Major units to minor ones, exactly. Raises InvalidInput for parts of a minor unit."""
    currency = iso.currency(currency)
    minor = to_minor(amount, currency)
    if to_major(minor, currency) != amount or abs(minor) > LARGEST:
        raise InvalidInput(f"This is no amount in {currency}.", path=path)
    return minor


async def minor_of(
    reader: Reader, kind: str, row_id: int, amount: Decimal | None, *, path: tuple[str | int, ...]
) -> int | None:
    """An amount in the currency of a document (invoice, credit_note, payment, supplier_invoice) in
    minor units; None stays None. Raises NotFound, InvalidInput."""
    if amount is None:
        return None
    return exact_minor(amount, await currency_of(reader, kind, row_id), path=path)


async def currency_of(reader: Reader, kind: str, row_id: int) -> str:
    """The currency of a document. Raises NotFound."""
    table: Any = ITEMS[kind]
    currency = await reader.value(
        select(table.currency).where(table.tenant_id == reader.tenant_id, table.id == row_id)
    )
    if currency is None:
        raise NotFound(NAMES[kind])
    return str(currency)


async def order_currency(reader: Reader, order_id: int | None) -> str:
    """The currency of a purchase order. Raises NotFound, and InvalidInput where there is none."""
    if order_id is None:
        raise InvalidInput("Name the currency.", path=("currency",))
    currency = await reader.value(
        select(PurchaseOrder.currency).where(
            PurchaseOrder.tenant_id == reader.tenant_id, PurchaseOrder.id == order_id
        )
    )
    if currency is None:
        raise NotFound("purchase order")
    return str(currency)
