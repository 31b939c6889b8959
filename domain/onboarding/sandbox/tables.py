"""Which tables a sandbox is copied from, in which order, and what is left out of them.

The ids stay the same: a row's key is its tenant and its id, and an id is given once for a table.
So references need no translation, whatever document they are written in."""

import importlib
from collections.abc import Mapping
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

from sqlalchemy import ColumnElement, Table, select

from tenancy.base import Base

_AREAS = (
    *("kernel", "entities", "ledger", "approvals", "governance", "catalog", "channels"),
    *("pricing", "inventory", "promise", "orders", "allocation", "fulfilment", "returns", "intake"),
    *("integration", "onboarding", "finance", "intercompany"),
)
# Set-up and master data.
COPIED = frozenset(
    {
        *("legal_entity", "location", "party", "party_address", "party_identifier"),
        *("working_calendar", "calendar_closed_day", "transit_time"),
        *("account", "posting_rule", "posting_rule_version", "entity_book", "ledger_setting"),
        *("fiscal_period", "exchange_rate"),
        *("approval_policy", "approval_policy_content", "process_owner", "closing_owner"),
        *("custom_field", "custom_field_value", "rush_service_level", "price_override_limit"),
        *("item", "item_unit", "item_identifier", "kit_component", "supplier_item"),
        *("channel", "price_list", "price", "promise_rule", "stock_tolerance"),
        *("costing_method", "costing_rule"),
        *("return_reason", "return_policy"),
        *("allocation_policy", "allocation_policy_content", "allocation_policy_location"),
        *("lane_cost", "backorder_priority", "assortment", "assortment_item", "import_mapping"),
        *("role", "role_permission", "user_account", "user_role"),
        *("client_app", "registered_document", "door_settings", "tenant_quota"),
        *("payment_term", "tax_code", "tax_rate", "tax_rule", "party_finance", "entity_finance"),
        "settlement_terms",
        *("customer_credit", "trade_agreement", "trade_agreement_price"),
        *("consolidation_group", "group_holding", "affiliate_account"),
    }
)
# What signs somebody in, or in somebody's name, is not copied.
WITHOUT: Mapping[str, tuple[str, ...]] = {
    "channel": ("signing_secret",),
    "user_account": ("password_hash",),
}
LINKS = "links:"


@cache
def steps() -> tuple[str, ...]:
    """The tables in an order in which every reference finds its row; at last, for tables that
    refer to themselves, their links."""
    for area in _AREAS:
        importlib.import_module(f"domain.{area}.models")
    tables = {name: Base.metadata.tables[name] for name in sorted(COPIED)}
    order = TopologicalSorter({name: _referred(table) for name, table in tables.items()})
    linked = [f"{LINKS}{name}" for name, table in tables.items() if links_of(table)]
    return (*order.static_order(), *linked)


def table_named(step: str) -> Table:
    """The table of a step."""
    return Base.metadata.tables[step.removeprefix(LINKS)]


def links_of(table: Table) -> list[str]:
    """The columns by which rows of a table refer to others of it."""
    return [
        key.column_keys[1] for key in table.foreign_key_constraints if key.referred_table is table
    ]


def columns_of(table: Table) -> list[Any]:
    """The columns that are copied."""
    left = {"tenant_id", *links_of(table), *WITHOUT.get(table.name, ())}
    return [c for c in table.columns if c.name not in left and c.computed is None]


def wanted_rows(table: Table, tenant_id: int) -> list[ColumnElement[bool]]:
    """Which rows of the table are copied: not the values that hang on a business document, which
    is not copied itself."""
    conditions = [table.c.tenant_id == tenant_id]
    if table.name == "custom_field_value":
        fields = Base.metadata.tables["custom_field"]
        of_orders = select(fields.c.id).where(
            fields.c.tenant_id == tenant_id, fields.c.subject == "order"
        )
        conditions.append(table.c.field_id.not_in(of_orders))
    return conditions


def _referred(table: Table) -> set[str]:
    referred = {key.referred_table.name for key in table.foreign_key_constraints}
    return referred - {table.name}
