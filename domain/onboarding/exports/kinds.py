"""What can be exported."""

from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.models import LegalEntity, Location, Party
from domain.fulfilment.models import Shipment
from domain.inventory.models import StockBalance, StockMovement
from domain.kernel.errors import InvalidInput
from domain.kernel.models import AuditEntry
from domain.ledger.models import Account, Journal, JournalLine
from domain.onboarding.exports import books, masters
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
        headers=books.TRIAL_BALANCE_HEADERS,
        permission="ledger.read",
        read=books.read_trial_balance,
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
