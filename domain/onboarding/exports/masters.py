"""What is exported so that it can be imported again unchanged."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from sqlalchemy import BigInteger, Select, any_, case, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from domain.catalog.models import Item, ItemIdentifier, ItemUnit, KitComponent, SupplierItem
from domain.channels.models import Channel
from domain.entities.models import (
    LegalEntity,
    Location,
    Party,
    PartyAddress,
    PartyIdentifier,
    WorkingCalendar,
)
from domain.inventory.models import Lot, SerialNumber, StockBalance
from domain.kernel.quantity import Conversion, plain
from domain.kernel.reading import Reader
from domain.onboarding.exports.shapes import Columns, Part, page
from domain.onboarding.imports.locations import ADDRESS_COLUMNS
from domain.pricing.models import Price, PriceList

_ADDRESS = tuple(column.field for column in ADDRESS_COLUMNS)
ITEM_HEADERS = (
    *("sku", "name", "base_unit", "description", "tracking", "tax_code", "status", "gtin"),
    *("unit", "unit_quantity", "unit_gtin", "channel", "channel_sku"),
)
_ITEM_FIELDS = ITEM_HEADERS[:7]
PARTY_HEADERS = (
    *("code", "name", "is_customer", "is_supplier", "is_carrier", "parent", "bill_to", "currency"),
    *("email", "status", "address_kind", "address_code", *_ADDRESS),
    *("channel", "channel_identifier"),
)


async def read_items(reader: Reader, after_id: int, most: int) -> Part:
    """Items: the first line says all of an item's fields, further ones its other units and
    codes."""
    own = select(Item.id.label("row_id"), *(getattr(Item, name) for name in _ITEM_FIELDS))
    items = await page(
        reader, own.where(Item.tenant_id == reader.tenant_id), Item.id, after_id, most
    )
    ids = [item.row_id for item in items]
    units = await _of(reader, select(*ItemUnit.__table__.c), ItemUnit, ItemUnit.item_id, ids)
    codes = await _of(
        reader,
        select(*ItemIdentifier.__table__.c, Channel.code.label("channel")).outerjoin(
            Channel, _linked(ItemIdentifier, Channel, ItemIdentifier.channel_id)
        ),
        ItemIdentifier,
        ItemIdentifier.item_id,
        ids,
    )
    lines: list[Sequence[Any]] = []
    first_lines: dict[int, int] = {}
    for item in items:
        fields = tuple(item)[1:]
        first_lines[item.row_id] = len(lines)
        lines += _item_lines(fields, units.get(item.row_id, []), codes.get(item.row_id, []))
    return Part(lines, ids[-1] if ids else None, first_lines)


def _item_lines(fields: tuple[Any, ...], units: list[Any], codes: list[Any]) -> list[Sequence[Any]]:
    base = fields[2]
    gtins = [c for c in codes if c.scheme == "gtin"]
    own = [(c.value,) for c in gtins if c.unit in (None, base)]
    packed: list[tuple[Any, ...]] = []
    for unit in units:
        if unit.unit != base:
            named = [c.value for c in gtins if c.unit == unit.unit] or [None]
            packed += [(unit.unit, _ratio(unit), gtin) for gtin in named]
    channels = [(c.channel, c.value) for c in codes if c.scheme == "channel"]
    blank = (fields[0], *(None for _ in fields[1:]))
    rows = list(zip_longest(own, packed, channels)) or [(None, None, None)]
    return [
        (
            *(fields if n == 0 else blank),
            *(gtin or (None,)),
            *(pack or (None, None, None)),
            *(channel or (None, None)),
        )
        for n, (gtin, pack, channel) in enumerate(rows)
    ]


def _ratio(unit: Any) -> str:
    conversion = Conversion(unit.numerator, unit.denominator)
    numerator = format(plain(conversion.numerator), "f")
    denominator = format(plain(conversion.denominator), "f")
    return numerator if denominator == "1" else f"{numerator}/{denominator}"


async def read_parties(reader: Reader, after_id: int, most: int) -> Part:
    """Parties: the first line says all of a party's fields, further ones its other addresses and
    codes."""
    parties = await page(reader, _parties(reader.tenant_id), Party.id, after_id, most)
    ids = [party.row_id for party in parties]
    addresses = await _of(
        reader, select(*PartyAddress.__table__.c), PartyAddress, PartyAddress.party_id, ids
    )
    codes = await _of(
        reader,
        select(*PartyIdentifier.__table__.c, Channel.code.label("channel")).outerjoin(
            Channel, _linked(PartyIdentifier, Channel, PartyIdentifier.channel_id)
        ),
        PartyIdentifier,
        PartyIdentifier.party_id,
        ids,
    )
    lines: list[Sequence[Any]] = []
    first_lines: dict[int, int] = {}
    for party in parties:
        fields = tuple(party)[1:]
        first_lines[party.row_id] = len(lines)
        lines += _party_lines(fields, addresses.get(party.row_id, []), codes.get(party.row_id, []))
    return Part(lines, ids[-1] if ids else None, first_lines)


def _parties(tenant_id: int) -> Any:
    parent, payer = aliased(Party), aliased(Party)
    return (
        select(
            Party.id.label("row_id"),
            *(Party.code, Party.name, Party.is_customer, Party.is_supplier, Party.is_carrier),
            *(parent.code.label("parent"), payer.code.label("bill_to")),
            *(Party.currency, Party.email, Party.status),
        )
        .outerjoin(parent, _linked(Party, parent, Party.parent_id))
        .outerjoin(payer, _linked(Party, payer, Party.bill_to_id))
        .where(Party.tenant_id == tenant_id)
    )


def _party_lines(
    fields: tuple[Any, ...], addresses: list[Any], codes: list[Any]
) -> list[Sequence[Any]]:
    told = [(a.kind, a.code, *(getattr(a, name) for name in _ADDRESS)) for a in addresses]
    known = [(code.channel, code.value) for code in codes]
    blank = (fields[0], *(None for _ in fields[1:]))
    rows = list(zip_longest(told, known)) or [(None, None)]
    return [
        (
            *(fields if n == 0 else blank),
            *(address or [None] * (2 + len(_ADDRESS))),
            *(code or (None, None)),
        )
        for n, (address, code) in enumerate(rows)
    ]


async def _of(
    reader: Reader, statement: Select[Any], table: Any, owner: Any, ids: Sequence[int]
) -> Mapping[int, list[Any]]:
    """Rows that belong to records, by the record's id, in the order of their own."""
    found: dict[int, list[Any]] = {}
    rows = await reader.rows(
        statement.where(
            table.tenant_id == reader.tenant_id,
            owner == any_(literal(list(ids), ARRAY(BigInteger))),
        ).order_by(table.id)
    )
    for row in rows:
        found.setdefault(getattr(row, owner.key), []).append(row)
    return found


def _linked(table: Any, other: Any, column: Any) -> Any:
    return (other.tenant_id == table.tenant_id) & (other.id == column)


def _locations(tenant_id: int) -> Any:
    x = Location
    return (
        select(
            x.id.label("row_id"),
            *(x.code, x.name, x.kind, LegalEntity.code.label("entity"), x.time_zone),
            *(x.cut_off_time, x.status, *(getattr(x, name) for name in _ADDRESS)),
        )
        .join(LegalEntity, _linked(x, LegalEntity, x.entity_id))
        .where(x.tenant_id == tenant_id)
    )


def _channels(tenant_id: int) -> Any:
    x = Channel
    return (
        select(
            x.id.label("row_id"),
            *(x.code, x.name, x.kind, x.source, LegalEntity.code.label("entity"), x.currency),
            *(Party.code.label("default_party"), x.on_unknown_item, x.on_unknown_party),
            *(x.price_source, x.split_allowed, x.availability_shown, x.availability_cap),
            *(x.low_below, x.status),
        )
        .join(LegalEntity, _linked(x, LegalEntity, x.entity_id))
        .outerjoin(Party, _linked(x, Party, x.default_party_id))
        .where(x.tenant_id == tenant_id)
    )


def _price_lists(tenant_id: int) -> Any:
    x = PriceList
    return (
        select(
            x.id.label("row_id"),
            *(x.code, x.name, x.currency, Channel.code.label("channel")),
            *(Party.code.label("party"), x.rank, x.valid_from, x.valid_until),
        )
        .outerjoin(Channel, _linked(x, Channel, x.channel_id))
        .outerjoin(Party, _linked(x, Party, x.party_id))
        .where(x.tenant_id == tenant_id)
    )


def _prices(tenant_id: int) -> Any:
    x = Price
    return (
        select(
            x.id.label("row_id"),
            *(PriceList.code.label("price_list"), Item.sku, x.unit, x.minimum_quantity),
            x.unit_price,
        )
        .join(PriceList, _linked(x, PriceList, x.price_list_id))
        .join(Item, _linked(x, Item, x.item_id))
        .where(x.tenant_id == tenant_id)
    )


def _supplier_items(tenant_id: int) -> Any:
    x = SupplierItem
    return (
        select(
            x.id.label("row_id"),
            *(Item.sku, Party.code.label("supplier"), x.lead_days, x.minimum_quantity),
            *(x.pack_size, WorkingCalendar.code.label("calendar"), x.status),
        )
        .join(Item, _linked(x, Item, x.item_id))
        .join(Party, _linked(x, Party, x.supplier_id))
        .outerjoin(WorkingCalendar, _linked(x, WorkingCalendar, x.calendar_id))
        .where(x.tenant_id == tenant_id)
    )


def _kits(tenant_id: int) -> Any:
    x, part = KitComponent, aliased(Item)
    return (
        select(x.id.label("row_id"), Item.sku, part.sku.label("component"), x.quantity)
        .join(Item, _linked(x, Item, x.kit_item_id))
        .join(part, _linked(x, part, x.component_item_id))
        .where(x.tenant_id == tenant_id)
    )


def _opening_stock(tenant_id: int) -> Any:
    """What lies where now. What it cost is not told: it is the average of all that an owner has."""
    x = StockBalance
    pieces = (
        select(func.string_agg(SerialNumber.code, ";"))
        .where(
            SerialNumber.tenant_id == tenant_id,
            SerialNumber.balance_id == x.id,
            SerialNumber.state == "available",
        )
        .scalar_subquery()
    )
    return (
        select(
            x.id.label("row_id"),
            *(Location.code.label("location"), Item.sku, x.on_hand.label("quantity")),
            case((x.lot != "", x.lot)).label("lot"),
            *(Lot.manufactured_on, Lot.expires_on, pieces.label("serials"), x.condition),
            LegalEntity.code.label("owner"),
        )
        .join(Location, _linked(x, Location, x.location_id))
        .join(Item, _linked(x, Item, x.item_id))
        .join(LegalEntity, _linked(x, LegalEntity, x.owner_id))
        .outerjoin(
            Lot,
            (Lot.tenant_id == x.tenant_id) & (Lot.item_id == x.item_id) & (Lot.code == x.lot),
        )
        .where(x.tenant_id == tenant_id, x.on_hand > 0, Location.kind != "in_transit")
    )


LOCATIONS = Columns(_locations, Location.id)
CHANNELS = Columns(_channels, Channel.id)
PRICE_LISTS = Columns(_price_lists, PriceList.id)
PRICES = Columns(_prices, Price.id)
SUPPLIER_ITEMS = Columns(_supplier_items, SupplierItem.id)
KITS = Columns(_kits, KitComponent.id)
OPENING_STOCK = Columns(_opening_stock, StockBalance.id)
