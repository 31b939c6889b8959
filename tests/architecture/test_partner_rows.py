"""What a partner sees of every table is decided here, and the database holds to it.

What is named nowhere is hidden: a new table fails until its migration hides it, or it is decided
here how customers and warehouses see it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import text

from app.database import metadata
from tenancy.row_security import LOCATION_SETTING, PARTY_SETTING
from tests.factories.tenants import TenantUnderTest

TABLES = {*metadata().tables, "tenant"}
# No row of it exists for the partner.
HIDDEN = "hidden"
# Written by what the partner does, and never read by it.
WRITTEN = "written"
# The same for everybody of the tenant.
SHARED = "shared"


def own(column: str) -> str:
    """Where the column is the partner's party, one below it, or its location."""
    return f"own {column}"


def with_(parent: str) -> str:
    """Where the row that it hangs on is seen."""
    return f"with {parent}"


# Shared with a reason: what is in it is nobody's secret, or is found only by who knows it.
SHARED_BECAUSE = {
    "tenant": "The name and slug that the partner signs in to.",
    "legal_entity": "Whom the partner trades with.",
    "item": "The catalogue (a customer's is narrowed by its assortment).",
    "item_unit": "The catalogue.",
    "kit_component": "The catalogue.",
    "working_calendar": "The days on which the tenant works.",
    "calendar_closed_day": "The days on which the tenant works.",
    "document_counter": "Kinds and numbers only, drawn by what the partner does.",
    "idempotency_record": "Found by the caller's own name and key only.",
    "return_reason": "Why goods may come back: to be chosen from.",
    "location": "Where a customer's goods leave from; a warehouse sees itself.",
}

# What hangs on a purchase order, which its supplier sees once it was sent, and a warehouse never.
OF_PURCHASES = (
    "purchase_confirmation purchase_confirmation_line purchase_order_line purchase_receipt "
    "purchase_receipt_line ship_notice ship_notice_line"
).split()
CUSTOMERS: Mapping[str, Sequence[str]] = {
    own("party_id"): (
        "api_key fulfilment_order item_identifier party_address party_identifier price_list "
        "promise_peg return_request sales_order sales_order_kit sales_order_line shipment "
        "stock_hold user_account invoice credit_note payment webhook_subscription"
    ).split(),
    own("id"): ["party"],
    own("held"): ["role"],
    with_("role"): ["role_permission"],
    own("kind"): ["channel"],
    own("assortment"): ["item"],
    own("own"): ["assortment"],
    with_("assortment"): ["assortment_item"],
    with_("carton"): ["carton_line"],
    with_("fulfilment_order"): ["carton", "fulfilment_line"],
    with_("price_list"): ["price"],
    with_("purchase_order"): OF_PURCHASES,
    with_("return_request"): (
        "return_authorization return_credit return_credit_line return_line return_replacement "
        "return_replacement_line"
    ).split(),
    own("supplier_id"): ["purchase_order", "supplier_invoice"],
    own("settled"): ["payment_allocation"],
    with_("invoice"): ["invoice_line", "tax_amount"],
    with_("credit_note"): ["credit_note_line"],
    with_("supplier_invoice"): ["supplier_invoice_line"],
    with_("sales_order"): ["event"],
    with_("shipment"): ["shipment_line"],
    with_("webhook_delivery"): ["webhook_attempt"],
    with_("webhook_subscription"): ["webhook_delivery"],
    with_("user_account"): ["invitation", "user_role", "user_session"],
    WRITTEN: ["audit_entry", "audit_seal", "outbox"],
    SHARED: (
        "calendar_closed_day document_counter idempotency_record item_unit kit_component "
        "legal_entity location return_reason tenant working_calendar"
    ).split(),
}
WAREHOUSES: Mapping[str, Sequence[str]] = {
    own("location_id"): (
        "allocation allocation_rejection api_key approval_request expected_supply "
        "fulfilment_order requested_adjustment return_receipt return_unit shipment stock_balance "
        "stock_count stock_count_line stock_document transit_time user_account"
    ).split(),
    own("id"): ["location"],
    own("held"): ["role"],
    with_("role"): ["role_permission"],
    own("place"): ["return_request", "transfer_line", "transfer_order"],
    own("work"): ["sales_order"],
    own("balance"): ["lot"],
    own("customer"): ["item_identifier"],
    with_("carton"): ["carton_line"],
    with_("expected_supply"): ["expected_supply_receipt"],
    with_("fulfilment_line"): ["picked_serial"],
    with_("fulfilment_order"): ["carton", "fulfilment_line"],
    with_("purchase_order"): OF_PURCHASES,
    with_("return_request"): ["return_authorization", "return_line"],
    with_("return_unit"): ["return_disposition", "return_inspection"],
    with_("shipment"): ["shipment_line"],
    with_("stock_balance"): (
        "serial_movement serial_number stock_movement stock_reservation"
    ).split(),
    with_("user_account"): ["invitation", "user_role", "user_session"],
    WRITTEN: ["audit_entry", "audit_seal", "event", "outbox"],
    SHARED: (
        "calendar_closed_day document_counter idempotency_record item item_unit "
        "kit_component legal_entity return_reason tenant working_calendar"
    ).split(),
}

POLICIES = """
SELECT c.relname AS name, p.polname AS policy, p.polcmd = 'r' AS reads_only
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
WHERE NOT p.polpermissive AND c.relnamespace = 'public'::regnamespace
  AND position(:setting in pg_get_expr(p.polqual, p.polrelid)) > 0
"""
WRITTEN_WITH = {"customer_events": with_("sales_order")}


def _meaning(policy: str, reads_only: bool) -> str:
    if policy in WRITTEN_WITH:
        return WRITTEN_WITH[policy]
    if policy.startswith("partner_isolation_with_"):
        return with_(policy.removeprefix("partner_isolation_with_"))
    if policy.startswith("partner_isolation_"):
        return own(policy.removeprefix("partner_isolation_"))
    assert "exclusion" in policy, policy
    return WRITTEN if reads_only else HIDDEN


async def _found(tenant: TenantUnderTest, setting: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    async with tenant.read() as reader:
        for row in await reader.rows(text(POLICIES), {"setting": setting}):
            found[row.name].add(_meaning(row.policy, row.reads_only))
    return found


@pytest.mark.parametrize(
    ("decided", "setting"),
    [(CUSTOMERS, PARTY_SETTING), (WAREHOUSES, LOCATION_SETTING)],
    ids=["customers", "warehouses"],
)
async def test_the_database_shows_a_partner_of_every_table_what_is_decided(
    tenant: TenantUnderTest, decided: Mapping[str, Sequence[str]], setting: str
) -> None:
    named = {table: how for how, tables in decided.items() for table in tables}
    assert len(named) == sum(len(tables) for tables in decided.values()), "one is decided twice"
    assert set(named) <= TABLES
    found = await _found(tenant, setting)
    wrong = {}
    for table in TABLES:
        how = named.get(table, HIDDEN)
        stands = found.get(table, {SHARED})
        # Whatever else narrows it, what is not hidden must not be, and the other way round.
        if how not in stands or (how != HIDDEN and HIDDEN in stands):
            wrong[table] = (how, sorted(stands))
    assert wrong == {}


def test_whatever_is_shared_has_its_reason() -> None:
    assert {*CUSTOMERS[SHARED], *WAREHOUSES[SHARED]} == SHARED_BECAUSE.keys()
