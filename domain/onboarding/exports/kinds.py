"""What can be exported."""

from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.models import LegalEntity, Location, Party
from domain.fulfilment.models import Shipment
from domain.inventory.models import StockBalance, StockMovement
from domain.kernel.errors import InvalidInput
from domain.kernel.models import AuditEntry
from domain.ledger.models import Account, Journal, JournalLine
from domain.onboarding.exports import books, group_books, masters, reports
from domain.onboarding.exports.shapes import Columns, ExportKind, WholeTable
from domain.onboarding.imports.kinds import KINDS as IMPORTS
from domain.orders.models import SalesOrder, SalesOrderLine


def _again(name: str, permission: str, columns: Columns) -> ExportKind:
    """A kind that an import reads back: its headers are the statement's columns."""
    headers = tuple(str(c["name"]) for c in columns.statement(0).column_descriptions)[1:]
    return ExportKind(
        name=name,
        says=IMPORTS[name].says,
        headers=headers,
        permission=permission,
        read=columns.read,
        subject=IMPORTS[name].subject,
    )


def _only(name: str, says: str, permission: str, table: WholeTable) -> ExportKind:
    return ExportKind(
        name=name, says=says, headers=table.headers, permission=permission, read=table.read
    )


_ITEM, _LOCATION = ("item_id", Item.sku), ("location_id", Location.code)
_ALL = (
    ExportKind(
        name="items",
        says=IMPORTS["items"].says,
        headers=masters.ITEM_HEADERS,
        permission="catalog.read",
        read=masters.read_items,
        subject=IMPORTS["items"].subject,
    ),
    ExportKind(
        name="parties",
        says=IMPORTS["parties"].says,
        headers=masters.PARTY_HEADERS,
        permission="entities.read",
        read=masters.read_parties,
        subject=IMPORTS["parties"].subject,
    ),
    _again("locations", "entities.read", masters.LOCATIONS),
    _again("channels", "channels.read", masters.CHANNELS),
    _again("price_lists", "pricing.read", masters.PRICE_LISTS),
    _again("prices", "pricing.read", masters.PRICES),
    _again("supplier_items", "catalog.read", masters.SUPPLIER_ITEMS),
    _again("kits", "catalog.read", masters.KITS),
    _again("opening_stock", "inventory.read", masters.OPENING_STOCK),
    _again("accounts", "ledger.read", books.ACCOUNTS),
    _again("exchange_rates", "ledger.read", books.EXCHANGE_RATES),
    ExportKind(
        name="trial_balance",
        says="What stands on each account, by currency.",
        headers=reports.TRIAL_BALANCE,
        permission="ledger.read",
        report=reports.read_trial_balance,
    ),
    ExportKind(
        name="consolidated_trial_balance",
        says="The consolidated trial balance of each group, column by column.",
        headers=group_books.HEADERS,
        permission="consolidation.read",
        report=group_books.read_consolidated,
    ),
    ExportKind(
        name="general_ledger",
        says="Every line of the books, with its account and its document.",
        headers=reports.GENERAL_LEDGER,
        permission="ledger.read",
        report=reports.read_general_ledger,
    ),
    ExportKind(
        name="aged_receivables",
        says="What customers owe, by how long it is overdue.",
        headers=reports.AGED,
        permission="finance.read",
        report=reports.aged_of("receivables"),
    ),
    ExportKind(
        name="aged_payables",
        says="What suppliers are owed, by how long it is overdue.",
        headers=reports.AGED,
        permission="finance.read",
        report=reports.aged_of("payables"),
    ),
    ExportKind(
        name="stock_values",
        says="What stock is worth, item by item.",
        headers=reports.STOCK_VALUES,
        permission="inventory.value",
        report=reports.read_stock_values,
    ),
    ExportKind(
        name="margins",
        says="What each channel earned.",
        headers=reports.MARGINS,
        permission="ledger.read",
        report=reports.read_margins,
    ),
    _only(
        "orders",
        "Orders.",
        "orders.read",
        WholeTable(
            SalesOrder,
            {
                "channel": ("channel_id", Channel.code),
                "entity": ("entity_id", LegalEntity.code),
                "party": ("party_id", Party.code),
            },
        ),
    ),
    _only(
        "order_lines",
        "Lines of orders.",
        "orders.read",
        WholeTable(SalesOrderLine, {"order": ("order_id", SalesOrder.number), "sku": _ITEM}),
    ),
    _only(
        "shipments",
        "What was shipped.",
        "fulfilment.read",
        WholeTable(Shipment, {"order": ("order_id", SalesOrder.number), "location": _LOCATION}),
    ),
    _only(
        "balances",
        "What lies where, state by state.",
        "inventory.read",
        WholeTable(StockBalance, {"sku": _ITEM, "location": _LOCATION}),
    ),
    _only("movements", "Every change of stock.", "inventory.read", WholeTable(StockMovement)),
    _only(
        "journals",
        "Journals of the books.",
        "ledger.read",
        WholeTable(Journal, {"entity": ("entity_id", LegalEntity.code)}),
    ),
    _only(
        "journal_lines",
        "Lines of journals.",
        "ledger.read",
        WholeTable(
            JournalLine,
            {
                "journal": ("journal_id", Journal.number),
                "account": ("account_id", Account.code),
                "channel": ("channel_id", Channel.code),
                "location": ("location_id", Location.code),
                "party": ("party_id", Party.code),
            },
        ),
    ),
    _only("audit", "Who did what.", "audit.read", WholeTable(AuditEntry)),
)
KINDS: dict[str, ExportKind] = {kind.name: kind for kind in _ALL}


def export_kind_named(name: str) -> ExportKind:
    """The kind of this name. Raises InvalidInput."""
    if name not in KINDS:
        raise InvalidInput(f"Must be one of {', '.join(KINDS)}.", path=("kinds",))
    return KINDS[name]
