"""What kinds of data can be imported, and how each goes about it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.catalog.models import Item, ItemIdentifier, ItemUnit, KitComponent, SupplierItem
from domain.channels.models import Channel
from domain.entities.models import Location, Party, PartyAddress, PartyIdentifier
from domain.inventory.models import StockBalance
from domain.kernel.errors import InvalidInput
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.models import Account, ExchangeRate
from domain.onboarding.imports import (
    accounts,
    channels,
    custom_fields,
    exchange_rates,
    item_columns,
    items,
    kits,
    locations,
    opening_stock,
    opening_stock_columns,
    parties,
    party_columns,
    price_lists,
    prices,
    supplier_items,
)
from domain.onboarding.imports.custom_fields import Fielded
from domain.onboarding.imports.footprints import Footprint
from domain.onboarding.imports.headers import Column
from domain.onboarding.imports.records import Faults, Record
from domain.onboarding.imports.written import Written
from domain.pricing.models import Price, PriceList
from domain.pricing.policy import PRICE_LIST

SMALL_PART = 1_000
LARGE_PART = 5_000
# Kinds whose records refer to each other are checked as a whole.
WHOLE = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportKind:
    """A kind of data: its columns, how rows are checked, and how they are written.

    `check` notes every fault and gives a plan of the rows without; `write` carries it out, and
    `found` gives key and id of the records of a plan that stand. Rows with the same key are one
    record. A kind that is not `at_once` finds some faults only while it writes."""

    name: str
    says: str
    columns: tuple[Column, ...]
    check: Callable[[Work, list[Record], Faults], Awaitable[Any]]
    write: Callable[[Work, Any], Awaitable[Written]]
    found: Callable[[Reader, Any], Awaitable[Sequence[tuple[str, int]]]]
    footprint: Footprint
    key: tuple[str, ...]
    claims: Callable[[Record], list[str]] = field(default=lambda record: [])
    part_rows: int = LARGE_PART
    most_rows: int = 1_000_000
    at_once: bool = True
    # What the caller needs beside onboarding.import, and which configuration it changes.
    permission: str = "onboarding.import"
    governed: str | None = None
    # Told of every single record: kept from the outbox when nobody asks for them.
    events: tuple[str, ...] = ()
    take_back: Callable[[Work, Sequence[int]], Awaitable[None]] | None = None
    # As what its records have custom fields.
    subject: str | None = None

    def with_fields(self) -> "ImportKind":
        """The kind with the columns of its custom fields, if its records may have any."""
        if self.subject is None:
            return self
        footprint = replace(self.footprint, subject=self.subject)
        fielded = Fielded(
            subject=self.subject,
            key=self.key,
            footprint=footprint,
            own_check=self.check,
            own_write=self.write,
            own_found=self.found,
        )
        return replace(
            self,
            columns=(*self.columns, custom_fields.COLUMN),
            check=fielded.check,
            write=fielded.write,
            found=fielded.found,
            footprint=footprint,
            events=(*self.events, custom_fields.EVENT),
        )


_ALL = (
    ImportKind(
        name="items",
        subject="item",
        says="Items with their units, GTINs and channel codes.",
        columns=item_columns.COLUMNS,
        check=items.check_items,
        write=items.write_items,
        found=items.found_items,
        footprint=Footprint(Item, ((ItemUnit, "item_id"), (ItemIdentifier, "item_id"))),
        key=("sku",),
        claims=items.claims_of,
        events=("catalog.item_created", "catalog.item_changed"),
    ),
    ImportKind(
        name="parties",
        subject="party",
        says="Customers, suppliers and carriers with their addresses and codes.",
        columns=party_columns.COLUMNS,
        check=parties.check_parties,
        write=parties.write_parties,
        found=parties.found_parties,
        footprint=Footprint(Party, ((PartyAddress, "party_id"), (PartyIdentifier, "party_id"))),
        key=("code",),
        part_rows=WHOLE,
        most_rows=WHOLE,
        events=("entities.party_created", "entities.party_changed"),
    ),
    ImportKind(
        name="locations",
        subject="location",
        says="Warehouses, stores and other places.",
        columns=locations.COLUMNS,
        check=locations.check_locations,
        write=locations.write_locations,
        found=locations.found_locations,
        footprint=Footprint(Location),
        key=("code",),
    ),
    ImportKind(
        name="channels",
        subject="channel",
        says="Ways by which orders come in.",
        columns=channels.COLUMNS,
        check=channels.check_channels,
        write=channels.write_channels,
        found=channels.found_channels,
        footprint=Footprint(Channel, secret=("signing_secret",)),
        key=("code",),
        part_rows=SMALL_PART,
        at_once=False,
        permission="channels.manage",
    ),
    ImportKind(
        name="price_lists",
        says="Price lists, for everybody, a channel or a customer.",
        columns=price_lists.COLUMNS,
        check=price_lists.check_price_lists,
        write=price_lists.write_price_lists,
        found=price_lists.found_price_lists,
        footprint=Footprint(PriceList),
        key=("code",),
        part_rows=SMALL_PART,
        at_once=False,
        permission="pricing.manage",
        governed=PRICE_LIST,
    ),
    ImportKind(
        name="prices",
        says="Prices of price lists.",
        columns=prices.COLUMNS,
        check=prices.check_prices,
        write=prices.write_listed_prices,
        found=prices.found_prices,
        footprint=Footprint(Price),
        key=("price_list", "sku"),
        governed=PRICE_LIST,
    ),
    ImportKind(
        name="supplier_items",
        says="From whom items are bought, how fast, and in which quantities.",
        columns=supplier_items.COLUMNS,
        check=supplier_items.check_supplier_items,
        write=supplier_items.write_supplier_items,
        found=supplier_items.found_supplier_items,
        footprint=Footprint(SupplierItem),
        key=("sku", "supplier"),
        part_rows=SMALL_PART,
        at_once=False,
        permission="catalog.manage",
        events=("catalog.item_changed",),
    ),
    ImportKind(
        name="kits",
        says="What kits are made of: one row for each component.",
        columns=kits.COLUMNS,
        check=kits.check_kits,
        write=kits.write_kits,
        found=kits.found_kits,
        footprint=Footprint(Item, ((KitComponent, "kit_item_id"),)),
        key=("sku",),
        part_rows=SMALL_PART,
        at_once=False,
        permission="catalog.manage",
    ),
    ImportKind(
        name="opening_stock",
        says="What lies where on the first day, and what it cost.",
        columns=opening_stock_columns.COLUMNS,
        check=opening_stock.check_opening_stock,
        write=opening_stock.write_opening_stock,
        found=opening_stock.found_opening_stock,
        footprint=Footprint(StockBalance),
        key=opening_stock.KEY,
        claims=opening_stock.claims_of,
        part_rows=SMALL_PART,
        at_once=False,
        permission="inventory.receive",
        take_back=opening_stock.take_back,
    ),
    ImportKind(
        name="accounts",
        says="Accounts of legal entities' charts.",
        columns=accounts.COLUMNS,
        check=accounts.check_accounts,
        write=accounts.write_accounts,
        found=accounts.found_accounts,
        footprint=Footprint(Account),
        key=accounts.KEY,
        part_rows=SMALL_PART,
        at_once=False,
        permission="ledger.manage",
        events=("ledger.account_created", "ledger.account_changed"),
    ),
    ImportKind(
        name="exchange_rates",
        says="Exchange rates by day.",
        columns=exchange_rates.COLUMNS,
        check=exchange_rates.check_exchange_rates,
        write=exchange_rates.write_exchange_rates,
        found=exchange_rates.found_exchange_rates,
        footprint=Footprint(ExchangeRate),
        key=exchange_rates.KEY,
        part_rows=SMALL_PART,
        permission="ledger.manage",
    ),
)
KINDS: dict[str, ImportKind] = {kind.name: kind.with_fields() for kind in _ALL}


def kind_named(name: str) -> ImportKind:
    """The kind of this name. Raises InvalidInput."""
    if name not in KINDS:
        raise InvalidInput(f"Must be one of {', '.join(KINDS)}.", path=("kind",))
    return KINDS[name]
