"""Items: one row each, or several where an item has several units or codes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, any_, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row

from domain.catalog.item_upserts import WantedItem, units_of_items, upsert_items
from domain.catalog.models import Item, ItemIdentifier
from domain.catalog.policy import IdentifierKey
from domain.catalog.units import fold_unit
from domain.channels.models import Channel
from domain.kernel.quantity import Conversion
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.imports.drafts import (
    Draft,
    drafts_of,
    ids_by_code,
    require_fields,
    rows_by_code,
    sound_drafts,
)
from domain.onboarding.imports.records import Faults, Record
from domain.onboarding.imports.written import Written, counted

_FIELDS = ("name", "base_unit", "description", "tracking", "tax_code", "status")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the tenant has already."""

    items: Mapping[str, Row[Any]]
    units: Mapping[int, Mapping[str, tuple[str, Conversion]]]
    channels: Mapping[str, Row[Any]]


async def check_items(work: Work, records: list[Record], faults: Faults) -> dict[str, WantedItem]:
    """The items of the rows without faults, by SKU; every fault is noted."""
    drafts = drafts_of(records, faults, code="sku", fields=_FIELDS)
    items = await rows_by_code(work, Item, drafts, code="sku")
    channels = await rows_by_code(work, Channel, _channels_named(drafts))
    known = _Known(items, await units_of_items(work, (row.id for row in items.values())), channels)
    require_fields(drafts, items, ("name", "base_unit"), faults)
    wanted = {sku: WantedItem(fields=draft.fields) for sku, draft in drafts.items()}
    for sku, draft in drafts.items():
        _check_base_unit(draft, known, faults)
        _check_tracking(draft, known, faults)
        for record in draft.rows:
            _add_units(wanted[sku], draft, record, known, faults)
        for record in draft.rows:
            _add_codes(wanted[sku], record, known, faults, _unit_names(draft, wanted[sku], known))
    await _check_holders(work, drafts, wanted, faults)
    return {sku: wanted[sku] for sku in sound_drafts(drafts, faults)}


async def write_items(work: Work, wanted: dict[str, WantedItem]) -> Written:
    """Make and change the items."""
    return counted(await upsert_items(work, wanted))


def _channels_named(drafts: Mapping[str, Draft]) -> set[str]:
    records = [record for draft in drafts.values() for record in draft.rows]
    named = {name for r in records for field, name, _, _ in r.repeated if field == "channel"}
    return named | {r.values["channel"] for r in records if "channel" in r.values}


def _check_base_unit(draft: Draft, known: _Known, faults: Faults) -> None:
    item = known.items.get(draft.code)
    given = draft.fields.get("base_unit")
    if item is None or given is None:
        return
    # Another spelling of the same unit is no change.
    draft.fields["base_unit"] = item.base_unit
    if fold_unit(given) != fold_unit(item.base_unit):
        message = f"The item is counted in {item.base_unit}."
        remedy = "Leave the cell blank, or change the base unit of the item before."
        faults.add(draft.told_in["base_unit"], "base_unit", "BASE_UNIT_FIXED", message, remedy)


def _check_tracking(draft: Draft, known: _Known, faults: Faults) -> None:
    """Whether stock stands in the way is asked for one item at a time, not for a table."""
    item = known.items.get(draft.code)
    given = draft.fields.get("tracking")
    if item is not None and given is not None and given != item.tracking:
        message = f"The item is tracked by {item.tracking}."
        remedy = "Leave the cell blank, or change the tracking of the item before (updateItem)."
        faults.add(draft.told_in["tracking"], "tracking", "TRACKING_FIXED", message, remedy)


def _base_unit(draft: Draft, known: _Known) -> str:
    item = known.items.get(draft.code)
    return str(item.base_unit if item is not None else draft.fields.get("base_unit", ""))


def _unit_names(draft: Draft, item: WantedItem, known: _Known) -> dict[str, str]:
    """The item's units, those of the file among them, by their folded word."""
    row = known.items.get(draft.code)
    standing = known.units.get(row.id, {}) if row is not None else {}
    base = _base_unit(draft, known)
    return (
        {fold_unit(unit): unit for unit in item.units}
        | {folded: spelling for folded, (spelling, _) in standing.items()}
        | ({fold_unit(base): base} if base else {})
    )


def _add_units(
    item: WantedItem, draft: Draft, record: Record, known: _Known, faults: Faults
) -> None:
    ratio, unit = record.values.get("unit_quantity"), record.values.get("unit")
    if ratio is not None and unit is not None:
        _add_unit(item, draft, known, faults, (unit, ratio, record.row, "unit_quantity"))
    elif ratio is not None:
        remedy = "Fill both cells, or none."
        faults.add(record.row, "unit", "MISSING", "unit_quantity needs a unit.", remedy)
    elif unit is not None and "unit_gtin" not in record.values:
        message, remedy = "A unit needs unit_quantity.", "Fill both cells, or none."
        faults.add(record.row, "unit_quantity", "MISSING", message, remedy)
    for field, name, value, label in record.repeated:
        if field == "unit":
            _add_unit(item, draft, known, faults, (name, value, record.row, label))


def _add_unit(
    item: WantedItem,
    draft: Draft,
    known: _Known,
    faults: Faults,
    given: tuple[str, Conversion, int, str],
) -> None:
    unit, ratio, row, column = given
    if fold_unit(unit) == fold_unit(_base_unit(draft, known)):
        if ratio.numerator != ratio.denominator:
            message, remedy = f"{unit} is the base unit; one of it is 1.", "Write 1, or nothing."
            faults.add(row, column, "BASE_UNIT_IS_ONE", message, remedy)
        return
    spelling = next((u for u in item.units if fold_unit(u) == fold_unit(unit)), unit)
    if item.units.get(spelling, ratio) != ratio:
        message = f"Another cell says something else of the unit {unit}."
        faults.add(row, column, "CONTRADICTION", message, "Make both say the same.")
        return
    item.units[spelling] = ratio


def _add_codes(
    item: WantedItem, record: Record, known: _Known, faults: Faults, units: dict[str, str]
) -> None:
    values = record.values
    if "gtin" in values:
        item.codes.setdefault(IdentifierKey(scheme="gtin", value=values["gtin"]), None)
    if "unit_gtin" in values:
        named = (values.get("unit", ""), values["unit_gtin"], "unit_gtin")
        _add_gtin_of_unit(item, record, faults, units, named)
    if ("channel" in values) != ("channel_sku" in values):
        missing = "channel_sku" if "channel" in values else "channel"
        message, remedy = "channel and channel_sku go together.", "Fill both cells, or none."
        faults.add(record.row, missing, "MISSING", message, remedy)
    elif "channel" in values:
        named = (values["channel"], values["channel_sku"], "channel")
        _add_channel_code(item, record, faults, known, named)
    for field, name, value, label in record.repeated:
        if field == "gtin":
            _add_gtin_of_unit(item, record, faults, units, (name, value, label))
        elif field == "channel":
            _add_channel_code(item, record, faults, known, (name, value, label))


def _add_gtin_of_unit(
    item: WantedItem,
    record: Record,
    faults: Faults,
    units: dict[str, str],
    named: tuple[str, str, str],
) -> None:
    unit, value, column = named
    spelling = units.get(fold_unit(unit)) if unit else None
    if spelling is None:
        message = f"The item has no unit {unit}." if unit else "unit_gtin needs a unit."
        faults.add(record.row, column, "UNKNOWN_UNIT", message, "Give the unit and its quantity.")
        return
    item.codes[IdentifierKey(scheme="gtin", value=value)] = spelling


def _add_channel_code(
    item: WantedItem, record: Record, faults: Faults, known: _Known, named: tuple[str, str, str]
) -> None:
    code, value, column = named
    channel = known.channels.get(code)
    if channel is None:
        message = f"There is no channel {code}."
        faults.add(record.row, column, "UNKNOWN_CHANNEL", message, "Create the channel first.")
        return
    item.codes[IdentifierKey(scheme="channel", value=value, channel_id=channel.id)] = None


async def _check_holders(
    work: Work, drafts: Mapping[str, Draft], wanted: Mapping[str, WantedItem], faults: Faults
) -> None:
    """Note codes that another item has, in the tenant or in the file."""
    keys = {key for item in wanted.values() for key in item.codes}
    holders = await _holders(work, keys)
    first: dict[IdentifierKey, str] = {}
    for sku, item in wanted.items():
        for key in item.codes:
            holder = holders.get(key, sku)
            if holder == sku:
                holder = first.setdefault(key, sku)
            if holder != sku:
                message = f"{key.value} is the code of {holder}."
                column = "channel_sku" if key.scheme == "channel" else "gtin"
                row = drafts[sku].first_row
                faults.add(row, column, "CODE_TAKEN", message, "Give each code to one item.")


async def _holders(reader: Reader, keys: Iterable[IdentifierKey]) -> dict[IdentifierKey, str]:
    values = sorted({key.value for key in keys})
    rows = await reader.rows(
        select(*ItemIdentifier.__table__.c, Item.sku)
        .join(
            Item,
            (Item.tenant_id == ItemIdentifier.tenant_id) & (Item.id == ItemIdentifier.item_id),
        )
        .where(
            ItemIdentifier.tenant_id == reader.tenant_id,
            or_(ItemIdentifier.scheme == "gtin", ItemIdentifier.scheme == "channel"),
            ItemIdentifier.value == any_(literal(values, ARRAY(Text))),
        )
    )
    return {
        IdentifierKey(scheme=row.scheme, value=row.value, channel_id=row.channel_id): row.sku
        for row in rows
    }


async def found_items(
    reader: Reader, wanted: Mapping[str, WantedItem]
) -> Sequence[tuple[str, int]]:
    """SKU and id of the wanted items that stand."""
    return await ids_by_code(reader, Item, wanted, code="sku")


def claims_of(record: Record) -> list[str]:
    """The codes of a row that only one item of a file may have."""
    values = record.values
    claims = [f"gtin {values[name]}" for name in ("gtin", "unit_gtin") if name in values]
    if "channel" in values and "channel_sku" in values:
        claims.append(f"channel {values['channel']} {values['channel_sku']}")
    for name, channel, value, _ in record.repeated:
        if name == "gtin":
            claims.append(f"gtin {value}")
        elif name == "channel":
            claims.append(f"channel {channel} {value}")
    return claims
