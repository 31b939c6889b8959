"""What can be exported."""

from collections.abc import Awaitable, Callable

from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.models import LegalEntity, Location, Party
from domain.fulfilment.models import Shipment
from domain.inventory.models import StockBalance, StockMovement
from domain.kernel.errors import InvalidInput
from domain.kernel.models import AuditEntry
from domain.kernel.reading import Reader
from domain.ledger.models import Account, Journal, JournalLine
from domain.onboarding.exports import books, group_books, masters, reports
from domain.onboarding.exports.shapes import Columns, ExportKind, Part, WholeTable
from domain.onboarding.imports.kinds import KINDS as IMPORTS
from domain.orders.models import SalesOrder, SalesOrderLine


def _again(name: str, permission: str, columns: Columns) -> ExportKind:
    """A kind that an import reads back: its headers are the statement's columns."""
    headers = tuple(str(c["name"]) for c in columns.statement(0).column_descriptions)[1:]
    return _records(name, permission, headers, columns.read)


def _only(name: str, says: str, permission: str, table: WholeTable) -> ExportKind:
    return ExportKind(
        name=name, says=says, headers=table.headers, permission=permission, read=table.read
    )


def _report(
    name: str, says: str, permission: str, headers: tuple[str, ...], read: reports.Read
) -> ExportKind:
    """A report of the books, of a span of days."""
    return ExportKind(name=name, says=says, headers=headers, permission=permission, report=read)


def _records(
    name: str,
    permission: str,
    headers: tuple[str, ...],
    read: Callable[[Reader, int, int], Awaitable[Part]],
) -> ExportKind:
    """A kind that an import reads back, of several tables."""
    kind = IMPORTS[name]
    return ExportKind(
        name=name,
        says=kind.says,
        headers=headers,
        permission=permission,
        read=read,
        subject=kind.subject,
    )


_ITEM, _LOCATION = ("item_id", Item.sku), ("location_id", Location.code)
_ALL = (
    _records("items", "catalog.read", masters.ITEM_HEADERS, masters.read_items),
    _records("parties", "entities.read", masters.PARTY_HEADERS, masters.read_parties),
    _again("locations", "entities.read", masters.LOCATIONS),
    _again("channels", "channels.read", masters.CHANNELS),
    _again("price_lists", "pricing.read", masters.PRICE_LISTS),
    _again("prices", "pricing.read", masters.PRICES),
    _again("supplier_items", "catalog.read", masters.SUPPLIER_ITEMS),
    _again("kits", "catalog.read", masters.KITS),
    _again("opening_stock", "inventory.read", masters.OPENING_STOCK),
    _again("accounts", "ledger.read", books.ACCOUNTS),
    _again("exchange_rates", "ledger.read", books.EXCHANGE_RATES),
    _report(
        "trial_balance",
        "What stands on each account, by currency.",
        "ledger.read",
        reports.TRIAL_BALANCE,
        reports.read_trial_balance,
    ),
    _report(
        "consolidated_trial_balance",
        "The consolidated trial balance of each group, column by column.",
        "consolidation.read",
        group_books.HEADERS,
        group_books.read_consolidated,
    ),
    _report(
        "general_ledger",
        "Every line of the books, with its account and its document.",
        "ledger.read",
        reports.GENERAL_LEDGER,
        reports.read_general_ledger,
    ),
    _report(
        "aged_receivables",
        "What customers owe, by how long it is overdue.",
        "finance.read",
        reports.AGED,
        reports.aged_of("receivables"),
    ),
    _report(
        "aged_payables",
        "What suppliers are owed, by how long it is overdue.",
        "finance.read",
        reports.AGED,
        reports.aged_of("payables"),
    ),
    _report(
        "stock_values",
        "What stock is worth, item by item.",
        "inventory.value",
        reports.STOCK_VALUES,
        reports.read_stock_values,
    ),
    _report(
        "margins", "What each channel earned.", "ledger.read", reports.MARGINS, reports.read_margins
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
