"""Every permission there is, and the roles that a new tenant begins with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

ALL_PERMISSIONS: Mapping[str, str] = MappingProxyType(
    {
        "approvals.read": "See what was asked for and decided",
        "approvals.request": "Ask for approval, and take one's own request back",
        "approvals.decide": "Approve and reject what others ask for",
        "approvals.manage": "Set what needs whose approval, and who stands in for others",
        "audit.read": "See who changed what, and prove that the log is whole",
        "governance.read": "See change requests, versions of configuration and process owners",
        "governance.propose": "Draft and submit changes of configuration",
        "governance.approve": "Approve changes of configuration",
        "governance.manage": "Say what is governed, and who owns a process",
        "custom_fields.read": "See custom fields and their values",
        "custom_fields.set": "Set custom fields of objects that one may change",
        "custom_fields.manage": "Register and change custom fields",
        "entities.read": "See legal entities, locations and parties",
        "entities.manage": "Create and change legal entities, locations and parties",
        "catalog.read": "See items, units and identifiers",
        "catalog.manage": "Create and change items, units and identifiers",
        "channels.read": "See channels",
        "channels.manage": "Create and change channels",
        "pricing.read": "See price lists and prices",
        "pricing.manage": "Create and change price lists and prices",
        "pricing.approve": "Approve prices of orders other than the list's",
        "inventory.read": "See balances, movements and availability",
        "inventory.receive": "Receive stock",
        "inventory.adjust": "Adjust stock with a reason",
        "inventory.expect": "Announce and change supply that is to come",
        "inventory.count": "Count stock",
        "inventory.report": "Tell what a location has in stock, as of a moment",
        "inventory.transfer": "Transfer stock between locations",
        "inventory.approve": "Approve corrections of stock above tolerance",
        "inventory.manage": "See and set tolerances of stock",
        "inventory.value": "See what stock cost, layer by layer",
        "inventory.revalue": "Spread landed cost, price receipts, revalue and write down stock",
        "procurement.read": "See purchase orders and how suppliers do",
        "procurement.manage": "Order from suppliers, decide what they propose, cancel and close",
        "procurement.confirm": "Confirm purchase orders, as their supplier",
        "procurement.ship": "Send goods of purchase orders, as their supplier",
        "procurement.bill": "Send invoices and other documents, as their supplier",
        "procurement.receive": "Receive goods of purchase orders",
        "procurement.approve": "Approve that more comes than was ordered",
        "orders.read": "See orders",
        "orders.place": "Place orders",
        "orders.amend": "Amend orders",
        "orders.manage": "Hold orders and let them go, tell of payments and renew promises",
        "orders.cancel": "Cancel orders",
        "orders.approve": "Approve the release of orders that are held for credit",
        "allocation.read": "See allocations and why they were made",
        "allocation.manage": "Create and activate allocation policies",
        "allocation.run": "Allocate and re-allocate orders",
        "allocation.override": "Ask for stock against the rules",
        "allocation.approve": "Approve stock against the rules",
        "promise.read": "See from when on items are available, and promises",
        "promise.manage": "Set the rules of promises, and look promises through again",
        "fulfilment.read": "See fulfilment orders and shipments",
        "fulfilment.release": "Release work to a location",
        "fulfilment.pick": "Pick",
        "fulfilment.pack": "Pack",
        "fulfilment.ship": "Ship",
        "fulfilment.approve": "Approve rush shipments",
        "returns.read": "See returns, and what became of the goods",
        "returns.request": "Ask to send goods back, and take that back",
        "returns.approve": "Approve returns that the policy leaves to somebody",
        "returns.receive": "Receive goods that come back, announced or not",
        "returns.inspect": "Inspect goods that came back",
        "returns.dispose": "Decide what is done with goods that came back",
        "returns.credit": "Grant credits, refunds and other goods for returns",
        "returns.manage": "Set the return policy and the reasons of returns",
        "finance.read": "See invoices, credit notes, payments, supplier invoices and their terms",
        "finance.invoice": "Bill customers, give credit, ask for write-offs, take in bills",
        "finance.pay": "Record payments and refunds, settle with them, propose payment runs",
        "finance.approve": "Approve write-offs, bills that were not borne out, payment runs",
        "finance.manage": "Set payment terms, taxes, tolerances and limits of credit",
        "settlement.read": "See payouts of channels, and what of them is not explained",
        "settlement.manage": "Explain differences of payouts, and say what is expected of them",
        "ledger.read": "See accounts and journals",
        "ledger.post": "Write journals by hand and reverse them, revalue foreign balances",
        "ledger.manage": "Set accounts, fiscal calendars, posting rules and exchange rates",
        "ledger.approve": "Approve journals written by hand above the entity's limit",
        "close.read": "See how far a period is from being closed",
        "close.run": "Close periods, sign for what stays open, ask to open one again",
        "close.reopen": "Agree to opening a closed period again",
        "consolidation.read": "See groups of legal entities and their consolidated trial balance",
        "consolidation.manage": "Set up groups, and enter adjustments of their consolidation",
        "intercompany.read": "See how entities trade with each other, and what they owe",
        "intercompany.manage": "Make trade agreements, correct their prices, settle debts",
        "intake.read": "See messages and exceptions of the intake",
        "intake.ingest": "Put documents in",
        "intake.manage": "Resolve exceptions and replay messages",
        "webhooks.read": "See webhook subscriptions and deliveries",
        "webhooks.manage": "Create and change webhook subscriptions, replay deliveries",
        "events.read": "See what happened: the log of events",
        "users.read": "See users, roles, API keys and issuers",
        "users.manage": "Create and change users, roles, API keys and issuers",
        "apps.read": "See client apps, their documents, the door's settings and the plan",
        "apps.manage": "Create and change client apps, their documents and the door's settings",
        "onboarding.import": "Import master data",
        "onboarding.read": "See what is missing before going live, the sandbox and the tour",
        "onboarding.manage": "Apply templates, go live, run the sandbox, close the tenant",
        "schema.introspect": "See the API's schema by introspection",
    }
)

# The most that a partner's user or key may hold, whatever its role says: only behind these does
# the database narrow the rows to the partner. The first is for a customer or supplier (a party),
# the second for a third-party warehouse (a location).
_OF_EVERY_PARTNER = frozenset({"users.read", "users.manage"})
OF_PARTY = _OF_EVERY_PARTNER | frozenset(
    {
        "events.read",
        "webhooks.read",
        "webhooks.manage",
        "entities.read",
        "catalog.read",
        "channels.read",
        "pricing.read",
        "orders.read",
        "orders.place",
        "orders.amend",
        "orders.cancel",
        "promise.read",
        "fulfilment.read",
        "procurement.read",
        "procurement.confirm",
        "procurement.ship",
        "procurement.bill",
        "finance.read",
        "returns.read",
        "returns.request",
    }
)
OF_LOCATION = _OF_EVERY_PARTNER | frozenset(
    {
        "entities.read",
        "catalog.read",
        "inventory.read",
        "inventory.report",
        "fulfilment.read",
        "fulfilment.pick",
        "fulfilment.pack",
        "fulfilment.ship",
        "returns.read",
        "returns.receive",
        "returns.inspect",
    }
)


def most_permissions(*, party_id: int | None, location_id: int | None) -> frozenset[str]:
    """The most that a caller of this scope may hold: everything for the tenant's own people."""
    most = frozenset(ALL_PERMISSIONS)
    if party_id is not None:
        most &= OF_PARTY
    if location_id is not None:
        most &= OF_LOCATION
    return most


@dataclass(frozen=True, slots=True)
class RoleTemplate:
    """A role that a new tenant begins with, and may change."""

    name: str
    description: str
    permissions: frozenset[str]


def _template(name: str, description: str, *permissions: str) -> RoleTemplate:
    return RoleTemplate(name, description, frozenset(permissions))


def _reads(*areas: str) -> Iterable[str]:
    return (f"{area}.read" for area in areas)


_MASTER_DATA = ("entities", "catalog", "channels", "pricing")

ROLE_TEMPLATES: tuple[RoleTemplate, ...] = (
    _template("admin", "Everything", *ALL_PERMISSIONS),
    _template(
        "planner",
        "Orders, allocation and the intake",
        *_reads(*_MASTER_DATA, "inventory", "orders", "allocation", "fulfilment", "intake"),
        *(f"orders.{verb}" for verb in ("place", "amend", "cancel", "manage")),
        *("allocation.manage", "allocation.run", "fulfilment.release"),
        *("allocation.override", "approvals.read", "approvals.request"),
        *("promise.read", "promise.manage", "inventory.expect"),
        *("intake.ingest", "intake.manage"),
        *("governance.read", "governance.propose", "custom_fields.read", "custom_fields.set"),
        *("catalog.manage", "pricing.manage", "onboarding.import"),
        *("procurement.read", "procurement.manage"),
        *("returns.read", "returns.request"),
    ),
    _template(
        "warehouse",
        "Receiving, stock, picking, packing and shipping",
        *_reads("entities", "catalog", "inventory", "orders", "allocation", "fulfilment"),
        "promise.read",
        *(
            f"inventory.{verb}"
            for verb in ("expect", "receive", "adjust", "count", "report", "transfer")
        ),
        *("approvals.read", "approvals.request", "custom_fields.read", "custom_fields.set"),
        *(f"fulfilment.{verb}" for verb in ("release", "pick", "pack", "ship")),
        *("procurement.read", "procurement.receive"),
        *(f"returns.{verb}" for verb in ("read", "receive", "inspect", "dispose")),
    ),
    _template(
        "finance",
        "The books, and what stands behind them",
        *_reads(*_MASTER_DATA, "inventory", "orders", "fulfilment", "intake", "ledger"),
        "procurement.read",
        *("ledger.post", "ledger.manage", "ledger.approve"),
        *("inventory.value", "inventory.revalue"),
        *("approvals.read", "approvals.request", "approvals.decide"),
        *("orders.approve", "pricing.approve", "procurement.approve"),
        *(f"finance.{verb}" for verb in ("read", "invoice", "pay", "approve", "manage")),
        *("intercompany.read", "intercompany.manage"),
        *("settlement.read", "settlement.manage"),
        *("close.read", "close.run", "close.reopen"),
        *("consolidation.read", "consolidation.manage"),
        *(f"returns.{verb}" for verb in ("read", "approve", "credit")),
        *("audit.read", "governance.read", "custom_fields.read"),
    ),
    _template(
        "customer",
        "A customer's own orders and shipments",
        *_reads("entities", "catalog", "channels", "pricing", "orders", "promise", "fulfilment"),
        *(f"orders.{verb}" for verb in ("place", "amend", "cancel")),
        "finance.read",
        *("returns.read", "returns.request"),
    ),
    _template(
        "supplier",
        "A supplier's own record, the catalogue, its purchase orders and ratings",
        *_reads("entities", "catalog", "procurement", "finance"),
        *("procurement.confirm", "procurement.ship", "procurement.bill"),
    ),
    _template(
        "third_party",
        "A third-party warehouse's own stock and work (3PL)",
        *_reads("entities", "catalog", "inventory", "fulfilment"),
        "inventory.report",
        *(f"fulfilment.{verb}" for verb in ("pick", "pack", "ship")),
        *(f"returns.{verb}" for verb in ("read", "receive", "inspect")),
    ),
)
