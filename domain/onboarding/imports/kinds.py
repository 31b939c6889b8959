"""What kinds of master data can be imported, and how each goes about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from domain.kernel.work import Work
from domain.onboarding.imports import item_columns, items, locations, parties, party_columns, prices
from domain.onboarding.imports.headers import Column
from domain.onboarding.imports.records import Faults, Record
from domain.onboarding.imports.written import Written


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportKind:
    """A kind of master data: its columns, how rows are checked, and how they are written.

    `check` notes every fault and gives a plan of the rows without; `write` carries it out."""

    name: str
    says: str
    columns: tuple[Column, ...]
    check: Callable[[Work, list[Record], Faults], Awaitable[Any]]
    write: Callable[[Work, Any], Awaitable[Written]]


KINDS: dict[str, ImportKind] = {
    kind.name: kind
    for kind in (
        ImportKind(
            name="items",
            says="Items with their units, GTINs and channel codes.",
            columns=item_columns.COLUMNS,
            check=items.check_items,
            write=items.write_items,
        ),
        ImportKind(
            name="parties",
            says="Customers, suppliers and carriers with their addresses and codes.",
            columns=party_columns.COLUMNS,
            check=parties.check_parties,
            write=parties.write_parties,
        ),
        ImportKind(
            name="locations",
            says="Warehouses, stores and other places.",
            columns=locations.COLUMNS,
            check=locations.check_locations,
            write=locations.write_locations,
        ),
        ImportKind(
            name="prices",
            says="Prices of price lists.",
            columns=prices.COLUMNS,
            check=prices.check_prices,
            write=prices.write_listed_prices,
        ),
    )
}
