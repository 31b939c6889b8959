"""For every kind of import a file with sound rows and faulty ones, and what is to become of it."""

from dataclasses import dataclass, replace
from datetime import date, time
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from domain.catalog.models import Item, KitComponent, SupplierItem
from domain.channels.models import Channel
from domain.entities.models import Location, Party
from domain.inventory.models import StockBalance
from domain.kernel.quantity import plain
from domain.ledger.models import Account, ExchangeRate
from domain.onboarding.imports.kinds import KINDS
from domain.pricing.models import Price, PriceList
from tests.factories.masters import (
    new_entity,
    new_item,
    new_location,
    new_party,
    new_price_list,
)
from tests.factories.tables import csv_of
from tests.factories.tenants import TenantUnderTest

D = Decimal
Fault = tuple[int, str | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCase:
    """A kind; its header, sound rows (each a record of its own, or `records` says how many they
    are) and faulty ones with their faults as if they stood alone from line 2 on; and what the
    columns of the new rows hold afterwards."""

    kind: str
    header: str
    sound: tuple[str, ...]
    faulty: tuple[str, ...]
    faults: tuple[Fault, ...]
    columns: tuple[Any, ...]
    expected: tuple[tuple[Any, ...], ...]
    records: int = 0

    @property
    def count(self) -> int:
        """How many records the sound rows are."""
        return self.records or len(self.sound)

    def good(self) -> bytes:
        """The file of the sound rows alone."""
        return csv_of(self.header, *self.sound)

    def mixed(self) -> tuple[bytes, list[Fault]]:
        """The faulty rows, then the sound ones; and the faults."""
        return csv_of(self.header, *self.faulty, *self.sound), list(self.faults)

    async def rows(self, tenant: TenantUnderTest, *, after: int = 0) -> list[tuple[Any, ...]]:
        """What the columns hold in the rows whose ids are above one."""
        table = self.columns[0].class_
        async with tenant.read() as reader:
            rows = await reader.rows(
                select(*self.columns).where(table.tenant_id == tenant.id, table.id > after)
            )
        return sorted((tuple(map(_plain, row)) for row in rows), key=str)

    def rows_expected(self) -> list[tuple[Any, ...]]:
        """What they are to hold after the sound rows came in."""
        return sorted((tuple(map(_plain, row)) for row in self.expected), key=str)


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, Decimal) else value


CASES = (
    ImportCase(
        kind="items",
        header="sku,name,base_unit,barcode,unit:case",
        sound=("N1,Bolt,EA,036000291452,12", "N2,Nut,EA,,", "N3,Pin,kg,,0.5"),
        faulty=("N4,,EA,,", "N5,Five,EA,12345,", ",Nameless,EA,,", "N6,Six,EA,,some"),
        faults=(
            (2, "name", "MISSING"),
            (3, "barcode", "BAD_VALUE"),
            (4, "sku", "MISSING"),
            (5, "unit:case", "BAD_VALUE"),
        ),
        columns=(Item.sku, Item.name, Item.base_unit),
        expected=(("N1", "Bolt", "EA"), ("N2", "Nut", "EA"), ("N3", "Pin", "kg")),
    ),
    ImportCase(
        kind="parties",
        header="code,name,is_customer,is_supplier,currency,parent",
        sound=("P1,One,yes,no,EUR,", "P2,Two,no,yes,,", "P3,Three,yes,,usd,P1"),
        faulty=("P4,,yes,,,", "P5,Five,maybe,,,", "P6,Six,yes,,ZZZ,", "P7,Seven,yes,,,NOBODY"),
        faults=(
            (2, "name", "MISSING"),
            (3, "is_customer", "BAD_VALUE"),
            (4, "currency", "BAD_VALUE"),
            (5, "parent", "UNKNOWN_PARTY"),
        ),
        columns=(Party.code, Party.name, Party.is_customer, Party.is_supplier, Party.currency),
        expected=(
            ("P1", "One", True, False, "EUR"),
            ("P2", "Two", False, True, None),
            ("P3", "Three", True, False, "USD"),
        ),
    ),
    ImportCase(
        kind="locations",
        header="code,name,kind,entity,cut_off_time",
        sound=("L1,One,owned,DE,15:30", "L2,Two,store,DE,", "L3,Three,third_party,DE,"),
        faulty=("L4,,owned,DE,", "L5,Five,castle,DE,", "L6,Six,owned,FR,", "L7,S,owned,DE,25:00"),
        faults=(
            (2, "name", "MISSING"),
            (3, "kind", "BAD_VALUE"),
            (4, "entity", "UNKNOWN_ENTITY"),
            (5, "cut_off_time", "BAD_VALUE"),
        ),
        columns=(Location.code, Location.name, Location.kind, Location.cut_off_time),
        expected=(
            ("L1", "One", "owned", time(15, 30)),
            ("L2", "Two", "store", None),
            ("L3", "Three", "third_party", None),
        ),
    ),
    ImportCase(
        kind="channels",
        header="code,name,kind,source,entity,split_allowed",
        sound=(
            "C1,One,storefront,shopify,DE,no",
            "C2,Two,edi,x12,DE,",
            "C3,Three,portal,generic,DE,",
        ),
        faulty=(
            "C4,,edi,x12,DE,",
            "C5,Five,shoe shop,x12,DE,",
            "C6,Six,edi,x12,FR,",
            "C7,Seven,edi,x12,DE,perhaps",
        ),
        faults=(
            (2, "name", "MISSING"),
            (3, "kind", "BAD_VALUE"),
            (4, "entity", "UNKNOWN_LEGAL_ENTITY"),
            (5, "split_allowed", "BAD_VALUE"),
        ),
        columns=(Channel.code, Channel.kind, Channel.source, Channel.split_allowed),
        expected=(
            ("C1", "storefront", "shopify", False),
            ("C2", "edi", "x12", True),
            ("C3", "portal", "generic", True),
        ),
    ),
    ImportCase(
        kind="price_lists",
        header="code,name,currency,party,valid_from",
        sound=("R1,One,EUR,,", "R2,Two,usd,ACME,2026-01-01"),
        faulty=("R3,Three,,,", "R4,Four,EUR,NOBODY,", "R5,Five,EUR,,01/02/2026"),
        faults=(
            (2, "currency", "MISSING"),
            (3, "party", "UNKNOWN_PARTY"),
            (4, "valid_from", "BAD_VALUE"),
        ),
        columns=(PriceList.code, PriceList.currency, PriceList.valid_from),
        expected=(("R1", "EUR", date(2026, 3, 2)), ("R2", "USD", date(2026, 1, 1))),
    ),
    ImportCase(
        kind="prices",
        header="price_list,sku,unit,minimum_quantity,unit_price",
        sound=("LIST,FLOUR,kg,,1.50", "LIST,BREAD,EA,,2", "LIST,BREAD,EA,10,1.875"),
        faulty=("NONE,FLOUR,kg,,1", "LIST,NONE,kg,,1", "LIST,FLOUR,ton,,1", "LIST,FLOUR,kg,,-1"),
        faults=(
            (2, "price_list", "UNKNOWN_PRICE_LIST"),
            (3, "sku", "UNKNOWN_ITEM"),
            (4, "unit", "UNKNOWN_UNIT"),
            (5, "unit_price", "BAD_VALUE"),
        ),
        columns=(Price.unit, Price.minimum_quantity, Price.unit_price),
        expected=(("kg", D(1), D("1.5")), ("EA", D(1), D(2)), ("EA", D(10), D("1.875"))),
    ),
    ImportCase(
        kind="supplier_items",
        header="sku,supplier,lead_days,minimum_quantity,pack_size",
        sound=("FLOUR,MILL,7,10,2.5", "BREAD,MILL,1,,"),
        faulty=("NONE,MILL,1,,", "CUP,NOBODY,1,,", "CUP,MILL,soon,,", "CUP,MILL,,,"),
        faults=(
            (2, "sku", "UNKNOWN_ITEM"),
            (3, "supplier", "UNKNOWN_SUPPLIER"),
            (4, "lead_days", "BAD_VALUE"),
            (5, "lead_days", "MISSING"),
        ),
        columns=(SupplierItem.lead_days, SupplierItem.minimum_quantity, SupplierItem.pack_size),
        expected=((7, D(10), D("2.5")), (1, D(0), D(1))),
    ),
    ImportCase(
        kind="kits",
        header="sku,component,quantity",
        sound=("SET,CUP,2", "SET,LID,2", "BREAD,FLOUR,0.5"),
        faulty=("NONE,CUP,1", "LID,NONE,1", "CUP,CUP,1", "BOX,LID,none"),
        faults=(
            (2, "sku", "UNKNOWN_ITEM"),
            (3, "component", "UNKNOWN_ITEM"),
            (4, "component", "KIT_OF_ITSELF"),
            (5, "quantity", "BAD_VALUE"),
        ),
        columns=(KitComponent.quantity,),
        expected=((D(2),), (D(2),), (D("0.5"),)),
        records=2,
    ),
    ImportCase(
        kind="opening_stock",
        header="location,sku,quantity,unit_cost,lot",
        sound=("HAM,FLOUR,10,2.50,", "HAM,BREAD,3,1,", "HAM,TIN,4,1,L1"),
        faulty=("NONE,CUP,1,,", "HAM,NONE,1,,", "HAM,CUP,many,,", "HAM,TIN,1,,"),
        faults=(
            (2, "location", "UNKNOWN_LOCATION"),
            (3, "sku", "UNKNOWN_ITEM"),
            (4, "quantity", "BAD_VALUE"),
            (5, "lot", "BAD_VALUE"),
        ),
        columns=(StockBalance.on_hand, StockBalance.lot),
        expected=((D(10), ""), (D(3), ""), (D(4), "L1")),
    ),
    ImportCase(
        kind="accounts",
        header="entity,code,name,kind,role",
        sound=(
            "DE,8400,Erlöse,income,",
            "DE,1410,Vorräte,asset,inventory",
            "DE,6300,Miete,expense,",
        ),
        faulty=(
            "DE,8500,,income,",
            "DE,8501,Five,coin,",
            "FR,8502,Six,income,",
            "DE,8503,S,income,bank",
        ),
        faults=(
            (2, "name", "MISSING"),
            (3, "kind", "BAD_VALUE"),
            (4, "entity", "UNKNOWN_ENTITY"),
            (5, "role", "BAD_VALUE"),
        ),
        columns=(Account.code, Account.name, Account.kind, Account.role),
        expected=(
            ("8400", "Erlöse", "income", None),
            ("1410", "Vorräte", "asset", "inventory"),
            ("6300", "Miete", "expense", None),
        ),
    ),
    ImportCase(
        kind="exchange_rates",
        header="from,to,date,rate,kind",
        sound=(
            "usd,EUR,2026-01-31,0.9237,",
            "USD,EUR,2026-01-31,0.93,average",
            "GBP,EUR,2026-01-31,1.2,",
        ),
        faulty=(
            "USD,ABC,2026-02-01,1,",
            "USD,USD,2026-02-01,1,",
            "USD,EUR,soon,1,",
            "USD,EUR,2026-02-01,-1,",
        ),
        faults=(
            (2, "to", "BAD_VALUE"),
            (3, "to", "BAD_VALUE"),
            (4, "date", "BAD_VALUE"),
            (5, "rate", "BAD_VALUE"),
        ),
        columns=(ExchangeRate.from_currency, ExchangeRate.kind, ExchangeRate.rate),
        expected=(
            ("USD", "spot", D("0.9237")),
            ("USD", "average", D("0.93")),
            ("GBP", "spot", D("1.2")),
        ),
    ),
)


async def new_company(tenant: TenantUnderTest) -> None:
    """What the files of all kinds speak of beside their own records."""
    entity = await new_entity(tenant, code="DE")
    await new_location(tenant, entity_id=entity, code="HAM")
    await new_party(tenant, code="MILL", is_supplier=True)
    await new_party(tenant, code="ACME")
    await new_price_list(tenant, code="LIST")
    await new_item(tenant, sku="FLOUR", base_unit="kg")
    await new_item(tenant, sku="TIN", base_unit="EA", tracking="lot")
    for sku in ("BREAD", "CUP", "LID", "SET", "BOX"):
        await new_item(tenant, sku=sku, base_unit="EA")


def in_small_parts(kind: str) -> dict[str, Any]:
    """The kinds, of which this one is done a record at a time."""
    return {**KINDS, kind: replace(KINDS[kind], part_rows=1)}
