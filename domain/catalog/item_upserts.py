"""Items are written many at a time, by SKU, with their units and codes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain.catalog.events import ItemChanged, ItemCreated
from domain.catalog.models import Item, ItemIdentifier, ItemUnit
from domain.catalog.policy import IdentifierKey
from domain.catalog.units import fold_unit
from domain.kernel.errors import Conflict
from domain.kernel.quantity import Conversion
from domain.kernel.reading import Reader
from domain.kernel.upserts import Upserted, upsert_records
from domain.kernel.work import Work

_ONE = Conversion(Decimal(1))


@dataclass(slots=True, kw_only=True)
class WantedItem:
    """An item as it shall be: sound fields, further units, and codes with the unit they name."""

    fields: dict[str, Any]
    units: dict[str, Conversion] = field(default_factory=dict)
    codes: dict[IdentifierKey, str | None] = field(default_factory=dict)


async def upsert_items(work: Work, wanted: Mapping[str, WantedItem]) -> Upserted:
    """Make or change items by SKU; units and codes are added or changed, none is taken away.

    New items need name and base_unit among their fields; base units of others must not differ.
    `before` tells units and identifiers only by name. Raises Conflict when another item got one
    of the codes meanwhile."""
    done = await upsert_records(
        work, Item, {sku: item.fields for sku, item in wanted.items()}, code="sku"
    )
    new_units = await _write_units(work, done, wanted)
    new_codes = await _write_codes(work, done, wanted)
    touched: dict[str, dict[str, Any]] = {sku: dict(was) for sku, was in done.before.items()}
    for name, skus in (("units", new_units), ("identifiers", new_codes)):
        for sku in skus - done.created:
            touched.setdefault(sku, {})[name] = None
    _note(work, done, touched, wanted)
    return Upserted(done.ids, done.created, touched)


async def units_of_items(
    reader: Reader, ids: Iterable[int]
) -> dict[int, dict[str, tuple[str, Conversion]]]:
    """The units of each item by their folded word: their own spelling and conversion."""
    rows = await reader.rows(
        select(ItemUnit.item_id, ItemUnit.unit, ItemUnit.numerator, ItemUnit.denominator).where(
            ItemUnit.tenant_id == reader.tenant_id,
            ItemUnit.item_id == any_(literal(list(ids), ARRAY(BigInteger))),
        )
    )
    units: dict[int, dict[str, tuple[str, Conversion]]] = {}
    for row in rows:
        conversion = Conversion(row.numerator, row.denominator)
        units.setdefault(row.item_id, {})[fold_unit(row.unit)] = (row.unit, conversion)
    return units


async def _write_units(
    work: Work, done: Upserted, wanted: Mapping[str, WantedItem]
) -> frozenset[str]:
    standing = await units_of_items(work, done.ids.values())
    rows: list[dict[str, Any]] = []
    skus: set[str] = set()
    for sku, item in wanted.items():
        known = standing.get(done.ids[sku], {})
        units = dict(item.units)
        if sku in done.created:
            units[item.fields["base_unit"]] = _ONE
        for unit, conversion in units.items():
            spelling, is_now = known.get(fold_unit(unit), (unit, None))
            if is_now != conversion:
                rows.append(_unit_row(work, done.ids[sku], spelling, conversion))
                skus.add(sku)
    if rows:
        statement = insert(ItemUnit)
        upsert = statement.on_conflict_do_update(
            index_elements=["tenant_id", "item_id", "unit"],
            set_={n: statement.excluded[n] for n in ("numerator", "denominator")},
        )
        await work.rows(upsert.returning(ItemUnit.id), rows)
    return frozenset(skus)


def _unit_row(work: Work, item_id: int, unit: str, conversion: Conversion) -> dict[str, Any]:
    return {
        "tenant_id": work.tenant_id,
        "item_id": item_id,
        "unit": unit,
        "numerator": conversion.numerator,
        "denominator": conversion.denominator,
    }


async def _write_codes(
    work: Work, done: Upserted, wanted: Mapping[str, WantedItem]
) -> frozenset[str]:
    standing = await _codes_of_items(work, done.ids.values())
    rows: list[dict[str, Any]] = []
    skus: set[str] = set()
    for sku, item in wanted.items():
        for key, unit in item.codes.items():
            row = _code_row(work, done.ids[sku], key, unit)
            if standing.get((done.ids[sku], key), False) != unit:
                rows.append(row)
                skus.add(sku)
    if rows:
        await _insert_codes(work, rows)
    return frozenset(skus)


async def _insert_codes(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    statement = insert(ItemIdentifier)
    written = await work.values(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "scheme", "channel_id", "party_id", "value"],
            set_={"unit": statement.excluded.unit},
            where=(ItemIdentifier.item_id == statement.excluded.item_id),
        ).returning(ItemIdentifier.id),
        rows,
    )
    if len(written) < len(rows):
        raise Conflict("Another item was given one of these codes just now; try again.")


async def _codes_of_items(
    reader: Reader, ids: Iterable[int]
) -> dict[tuple[int, IdentifierKey], str | None]:
    rows = await reader.rows(
        select(*ItemIdentifier.__table__.c).where(
            ItemIdentifier.tenant_id == reader.tenant_id,
            ItemIdentifier.item_id == any_(literal(list(ids), ARRAY(BigInteger))),
        )
    )
    return {
        (
            row.item_id,
            IdentifierKey(
                scheme=row.scheme,
                value=row.value,
                channel_id=row.channel_id,
                party_id=row.party_id,
            ),
        ): row.unit
        for row in rows
    }


def _code_row(work: Work, item_id: int, key: IdentifierKey, unit: str | None) -> dict[str, Any]:
    return {
        "tenant_id": work.tenant_id,
        "item_id": item_id,
        "scheme": key.scheme,
        "value": key.value,
        "channel_id": key.channel_id,
        "party_id": key.party_id,
        "unit": unit,
    }


def _note(
    work: Work,
    done: Upserted,
    touched: Mapping[str, dict[str, Any]],
    wanted: Mapping[str, WantedItem],
) -> None:
    for sku in sorted(done.created):
        status = wanted[sku].fields.get("status", "active")
        work.record(ItemCreated(aggregate_id=done.ids[sku], sku=sku, status=status))
        _audit(work, "import_items", done.ids[sku], None, wanted[sku])
    for sku, before in sorted(touched.items()):
        work.record(ItemChanged(aggregate_id=done.ids[sku], changed=tuple(sorted(before))))
        _audit(work, "import_items", done.ids[sku], before, wanted[sku])


def _audit(
    work: Work, action: str, item_id: int, before: dict[str, Any] | None, item: WantedItem
) -> None:
    after = dict(item.fields)
    after["units"] = {u: [c.numerator, c.denominator] for u, c in item.units.items()}
    after["identifiers"] = [[k.scheme, k.channel_id, k.value, u] for k, u in item.codes.items()]
    if before is not None:
        after = {name: after[name] for name in before}
    work.audit(action, subject="item", subject_id=item_id, before=before, after=after)
