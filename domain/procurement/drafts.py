"""A new order as its buyer tells it, checked and in base units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypedDict

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.catalog.models import ItemIdentifier, SupplierItem
from domain.entities.models import Party
from domain.inventory.goods import Goods, goods_of
from domain.inventory.sites import find_site
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.quantity import LARGEST, plain
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.procurement.outcomes import SupplierTermsNotMet
from domain.procurement.policies.receiving import HUNDRED, is_orderable


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPurchaseLine:
    """A quantity of a unit (the base unit if absent) at a price in major units for one of it.

    Without a day it is wanted when the supplier's lead time has passed."""

    item_id: int
    quantity: Decimal
    unit_price: Decimal
    unit: str | None = None
    wanted_on: date | None = None


class DraftFields(TypedDict, total=False):
    """What may be said of a draft beside its lines; what is missing is the standard, or stays.

    The currency is that of the lines' prices."""

    entity_id: int | None
    currency: str | None
    external_reference: str | None
    note_to_supplier: str | None
    over_percent: Decimal
    under_percent: Decimal


def sound_fields(fields: DraftFields) -> dict[str, Any]:
    """The columns that the fields fill, but for place and currency. Raises InvalidInput."""
    sound: dict[str, Any] = {}
    for name in ("over_percent", "under_percent"):
        if name in fields:
            if not 0 <= fields[name] <= HUNDRED:
                raise InvalidInput("Must be 0 to 100.", path=(name,))
            sound[name] = fields[name]
    if "external_reference" in fields:
        path = ("external_reference",)
        sound["external_reference"] = text.optional(fields["external_reference"], path=path)
    if "note_to_supplier" in fields:
        sound["note"] = text.prose(fields["note_to_supplier"], path=("note",))
    return sound


async def sound_place(
    work: Work, location_id: int, entity_id: int | None, currency: str | None
) -> dict[str, Any]:
    """Where the goods are to come, who buys, and in which currency. Raises NotFound,
    LocationClosed, InvalidInput."""
    site = await find_site(work, location_id=location_id, owner_id=entity_id)
    return {
        "location_id": location_id,
        "entity_id": site.owner_id,
        "currency": site.currency if currency is None else iso.currency(currency),
    }


async def require_supplier(reader: Reader, supplier_id: int) -> None:
    """Raise NotFound unless the party is a supplier, active."""
    found = await reader.value(
        select(Party.id).where(
            Party.tenant_id == reader.tenant_id,
            Party.id == supplier_id,
            Party.is_supplier,
            Party.status == "active",
        )
    )
    if found is None:
        raise NotFound("supplier")


async def sound_lines(
    work: Work, supplier_id: int, lines: Sequence[WantedPurchaseLine]
) -> list[dict[str, Any]]:
    """The lines as they are stored, but for their order.

    Raises NotFound, InvalidInput, QuantityNotExact, SupplierTermsNotMet."""
    items = {line.item_id for line in lines}
    goods = await goods_of(work, items)
    terms = await _terms(work, supplier_id, items)
    codes = await _codes(work, supplier_id, items)
    return [
        _sound(work, line, goods[line.item_id], terms.get(line.item_id), path=("lines", n))
        | {"line_number": n + 1, "supplier_code": codes.get(line.item_id)}
        for n, line in enumerate(lines)
    ]


def _sound(
    work: Work,
    line: WantedPurchaseLine,
    goods: Goods,
    terms: Row[Any] | None,
    *,
    path: tuple[str | int, ...],
) -> dict[str, Any]:
    if goods.kind == "kit":
        message = "A kit is not bought; its components are."
        raise InvalidInput(message, path=(*path, "item_id"))
    quantity = goods.in_base(line.quantity, line.unit, path=(*path, "quantity"))
    if quantity <= 0:
        raise InvalidInput("Must be more than zero.", path=(*path, "quantity"))
    if not 0 <= line.unit_price <= LARGEST:
        message = "Must be zero or more, and not too large."
        raise InvalidInput(message, path=(*path, "unit_price"))
    if terms is not None:
        _require_terms(quantity, terms, path=(*path, "quantity"))
    return {
        "item_id": line.item_id,
        "quantity_ordered": line.quantity,
        "unit": line.unit or goods.base_unit,
        "base_unit": goods.base_unit,
        "quantity": quantity,
        "unit_price": line.unit_price,
        "wanted_on": _wanted_on(work, line, terms, path=(*path, "wanted_on")),
    }


def _require_terms(quantity: Decimal, terms: Row[Any], *, path: tuple[str | int, ...]) -> None:
    minimum, pack = terms.minimum_quantity, terms.pack_size
    if not is_orderable(quantity, minimum, pack):
        raise SupplierTermsNotMet(
            f"The supplier sells {plain(minimum)} or more, in packs of {plain(pack)}.",
            path=path,
            item_id=terms.item_id,
            quantity=plain(quantity),
            minimum_quantity=plain(minimum),
            pack_size=plain(pack),
        )


def _wanted_on(
    work: Work,
    line: WantedPurchaseLine,
    terms: Row[Any] | None,
    *,
    path: tuple[str | int, ...],
) -> date:
    if line.wanted_on is not None:
        return line.wanted_on
    if terms is None:
        message = "The supplier's lead time is not known; say when it is wanted."
        raise InvalidInput(message, path=path)
    return work.now.date() + timedelta(days=terms.lead_days)


async def _terms(reader: Reader, supplier_id: int, items: set[int]) -> dict[int, Row[Any]]:
    rows = await reader.rows(
        select(
            SupplierItem.item_id,
            SupplierItem.lead_days,
            SupplierItem.minimum_quantity,
            SupplierItem.pack_size,
        ).where(
            SupplierItem.tenant_id == reader.tenant_id,
            SupplierItem.supplier_id == supplier_id,
            SupplierItem.item_id.in_(items),
            SupplierItem.status == "active",
        )
    )
    return {row.item_id: row for row in rows}


async def _codes(reader: Reader, supplier_id: int, items: set[int]) -> dict[int, str]:
    rows = await reader.rows(
        select(ItemIdentifier.item_id, ItemIdentifier.value)
        .where(
            ItemIdentifier.tenant_id == reader.tenant_id,
            ItemIdentifier.scheme == "supplier",
            ItemIdentifier.party_id == supplier_id,
            ItemIdentifier.item_id.in_(items),
        )
        .order_by(ItemIdentifier.id.desc())
    )
    return {row.item_id: row.value for row in rows}
