"""A sandbox has the tenant's set-up and none of its orders, money and secrets."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import metadata
from domain.channels.models import Channel
from domain.channels.operations import set_channel_secret
from domain.entities.models import Location, Party
from domain.entities.operations.parties import create_party, update_party
from domain.kernel.reading import reading
from domain.onboarding.models import Sandbox, Tour
from domain.onboarding.readiness.outcomes import NotOfASandbox
from domain.onboarding.sandbox.advancing import advance_sandbox
from domain.onboarding.sandbox.entering import require_person
from domain.onboarding.sandbox.operations import create_sandbox, refresh_sandbox, remove_sandbox
from domain.onboarding.sandbox.outcomes import NoSandbox, SandboxBusy
from domain.onboarding.sandbox.tables import COPIED, steps, table_named
from domain.onboarding.touring.operations import run_tour
from domain.onboarding.touring.outcomes import OnlyInASandbox, TourUnderWay
from tenancy.accounts import tenant_of_slug
from tenancy.models import Tenant, UserAccount
from tenancy.principals import HOUSE, Principal, PrincipalKind, system_principal
from tests.factories.delivering import deliver_all
from tests.factories.keys import KEYS
from tests.factories.sign_ups import founded
from tests.factories.templated import staff, stock_up, template
from tests.factories.tenants import TenantUnderTest

# Business, money, secrets, and what belongs to one tenant's life alone.
LEFT = {
    *("tenant", "tenant_plan", "oidc_issuer", "operator_key", "api_key", "user_session"),
    *("sign_up", "invitation", "letter", "sandbox", "tour", "tenant_deletion"),
    *("event", "outbox", "audit_entry", "audit_seal", "idempotency_record", "document_counter"),
    *("governance_setting", "change_request", "configuration_version"),
    *("approval_request", "approval_step", "approval_step_approver", "approval_decision"),
    *("approval_delegation",),
    *("webhook_subscription", "webhook_delivery", "webhook_attempt", "webhook_replay"),
    *("intake_message", "intake_document"),
    *("stored_file", "stored_chunk", "export_job"),
    *("import_job", "import_row", "import_claim", "import_fault", "import_change"),
    *("journal", "journal_line", "item_cost", "journal_counter", "manual_journal", "revaluation"),
    *("closing_signature", "period_reopening", "group_adjustment", "group_adjustment_line"),
    *("cost_layer", "cost_issue", "cost_taking", "cost_change"),
    *("landed_cost", "landed_charge", "landed_share", "stock_revaluation", "revaluation_line"),
    *("stock_balance", "stock_movement", "stock_reservation", "stock_document", "stock_hold"),
    *("stock_pool", "stock_pool_item", "lot", "serial_number", "serial_movement", "picked_serial"),
    *("stock_count", "stock_count_line", "requested_adjustment"),
    *("expected_supply", "expected_supply_receipt", "promise_peg"),
    *("transfer_order", "transfer_line", "transfer_serial"),
    *("purchase_order", "purchase_order_line", "purchase_receipt", "purchase_receipt_line"),
    *("purchase_confirmation", "purchase_confirmation_line", "ship_notice", "ship_notice_line"),
    *("sales_order", "sales_order_line", "sales_order_kit"),
    *("allocation", "allocation_decision", "allocation_rejection"),
    *("allocation_run", "allocation_run_line"),
    *("fulfilment_order", "fulfilment_line", "carton", "carton_line"),
    *("shipment", "shipment_line"),
    *("intercompany_trade", "intercompany_trade_line", "intercompany_settlement"),
    *("intercompany_entry", "intercompany_entry_line", "intercompany_balance"),
    *("return_request", "return_line", "return_authorization", "return_receipt", "return_unit"),
    *("return_inspection", "return_disposition", "return_credit", "return_credit_line"),
    *("return_replacement", "return_replacement_line", "order_line_return", "order_return"),
    *("invoice", "invoice_line", "tax_amount", "credit_note", "credit_note_line"),
    *("payment", "payment_allocation", "refund_part", "write_off"),
    *("settlement", "settlement_line", "settlement_match", "settlement_difference"),
    *("supplier_invoice", "supplier_invoice_line", "payment_run", "payment_run_line"),
    *("stored_file", "stored_chunk", "import_job", "import_row", "import_claim"),
    *("import_fault", "import_change", "export_job"),
}


@pytest.fixture
async def company(engine: AsyncEngine, now: datetime) -> TenantUnderTest:
    """A tenant with goods, stock and a second user."""
    made = await founded(engine, now=now)
    company = TenantUnderTest(
        engine, made.tenant_id, made.slug, now, system_principal(made.tenant_id)
    )
    await template(company)
    await stock_up(company)
    return company


async def _sandbox(company: TenantUnderTest) -> TenantUnderTest:
    async with company.work() as work:
        await create_sandbox(work, confirm=True)
    await deliver_all(company)
    found = await tenant_of_slug(company.engine, f"{company.slug}-sandbox")
    assert found is not None
    assert found[1] == "active"
    return TenantUnderTest(
        company.engine, found[0], f"{company.slug}-sandbox", company.now, system_principal(found[0])
    )


async def _count(tenant: TenantUnderTest, name: str) -> int:
    table = metadata().tables[name]
    async with tenant.read() as reader:
        counted = select(func.count()).where(table.c.tenant_id == tenant.id)
        return int(await reader.value(counted.select_from(table)))


def test_every_table_is_either_copied_or_left() -> None:
    known = COPIED | LEFT
    assert {name for name in metadata().tables if name not in known} == set()
    assert set() == COPIED & LEFT


def test_a_table_comes_after_all_that_it_refers_to() -> None:
    order = list(steps())
    for name in COPIED:
        for key in table_named(name).foreign_key_constraints:
            if key.referred_table.name != name:
                assert order.index(key.referred_table.name) < order.index(name), name


async def test_the_set_up_is_copied_whole_and_the_business_not_at_all(
    company: TenantUnderTest,
) -> None:
    sandbox = await _sandbox(company)
    copied = {name: await _count(sandbox, name) for name in COPIED}
    assert copied == {name: await _count(company, name) for name in COPIED}
    assert copied["item"] == 1
    for name in ("stock_balance", "stock_movement", "journal", "sales_order", "letter"):
        assert await _count(sandbox, name) == 0, name
    async with company.read() as reader:
        row = await reader.row(select(Sandbox).with_only_columns(Sandbox.status, Sandbox.copied))
    assert tuple(row or ()) == ("ready", sum(copied.values()))


class _Killed(Exception):
    """The worker ends here, its transaction with it."""


async def test_a_copy_goes_on_where_a_killed_worker_stopped(company: TenantUnderTest) -> None:
    """Each step is done and lost, then done: so when it is copied, thrown away, copied anew and
    removed."""
    async with company.work() as work:
        await create_sandbox(work, confirm=True)
    assert await _advanced_killed(company) == "ready"
    found = await tenant_of_slug(company.engine, f"{company.slug}-sandbox")
    assert found is not None
    sandbox = replace(company, id=found[0], principal=system_principal(found[0]))
    async with company.work() as work:
        await refresh_sandbox(work, confirm=True)
    assert await _advanced_killed(company) == "ready"
    copied = {name: await _count(sandbox, name) for name in COPIED}
    assert copied == {name: await _count(company, name) for name in COPIED}
    async with company.work() as work:
        await remove_sandbox(work, confirm=True)
    assert await _advanced_killed(company) == "removed"
    assert await tenant_of_slug(company.engine, f"{company.slug}-sandbox") is None
    assert {name for name in COPIED if await _count(sandbox, name)} == set()


async def _advanced_killed(company: TenantUnderTest) -> str:
    """What has become of the sandbox, each step of whose work was lost once."""
    while True:
        async with company.read() as reader:
            row = await reader.row(select(Sandbox.id, Sandbox.status))
        assert row is not None
        if row.status in ("ready", "removed"):
            return str(row.status)
        with pytest.raises(_Killed):
            async with company.work() as work:
                await advance_sandbox(work, sandbox_id=row.id)
                raise _Killed
        async with company.work() as work:
            await advance_sandbox(work, sandbox_id=row.id)


async def test_ids_stay_the_same_and_what_is_made_later_never_meets_them(
    company: TenantUnderTest,
) -> None:
    sandbox = await _sandbox(company)
    async with company.read() as reader:
        mine = await reader.values(select(Location.id).where(Location.tenant_id == company.id))
    async with sandbox.read() as reader:
        its = await reader.values(select(Location.id).where(Location.tenant_id == sandbox.id))
    assert sorted(mine) == sorted(its)
    async with sandbox.work() as work:
        made = await create_party(work, code="NEW", name="New", is_customer=True)
    async with company.read() as reader:
        assert made not in await reader.values(select(Party.id))


async def test_no_secret_is_copied(company: TenantUnderTest) -> None:
    async with company.work() as work:
        channel_id = await work.value(select(Channel.id).where(Channel.code == "us1-edi"))
        await set_channel_secret(
            work, keys=KEYS, channel_id=channel_id, secret="a secret of the shop's own"
        )
    sandbox = await _sandbox(company)
    async with sandbox.read() as reader:
        assert set(await reader.values(select(Channel.signing_secret))) == {None}
        assert set(await reader.values(select(UserAccount.password_hash))) == {None}


async def test_links_within_a_table_are_copied_whichever_came_first(
    company: TenantUnderTest,
) -> None:
    async with company.work() as work:
        child = await create_party(work, code="CHILD", name="Child", is_customer=True)
        parent = await create_party(work, code="PARENT", name="Parent", is_customer=True)
        await update_party(work, party_id=child, parent_id=parent)
    sandbox = await _sandbox(company)
    async with sandbox.read() as reader:
        assert await reader.value(select(Party.parent_id).where(Party.id == child)) == parent


async def test_a_refresh_throws_away_what_was_done_and_copies_anew(
    company: TenantUnderTest,
) -> None:
    sandbox = await _sandbox(company)
    async with sandbox.work() as work:
        await create_party(work, code="TRIED", name="Tried out", is_customer=True)
    async with company.work() as work:
        await create_party(work, code="LATER", name="Came later", is_customer=True)
        await refresh_sandbox(work, confirm=True)
        with pytest.raises(SandboxBusy):
            await refresh_sandbox(work, confirm=True)
    await deliver_all(company)
    async with sandbox.read() as reader:
        codes = await reader.values(select(Party.code).where(Party.tenant_id == sandbox.id))
    assert sorted(codes) == ["LATER", "US1-BUYER"]
    assert await tenant_of_slug(company.engine, sandbox.slug) == (sandbox.id, "active")


async def test_a_removed_sandbox_leaves_nothing_and_may_be_made_again(
    company: TenantUnderTest,
) -> None:
    sandbox = await _sandbox(company)
    async with company.work() as work:
        await remove_sandbox(work, confirm=True)
    await deliver_all(company)
    assert await tenant_of_slug(company.engine, sandbox.slug) is None
    left = {name: await _count(sandbox, name) for name in metadata().tables if name != "tenant"}
    assert {name for name, count in left.items() if count} == set()
    async with company.work() as work:
        with pytest.raises(NoSandbox):
            await refresh_sandbox(work, confirm=True)
    again = await _sandbox(company)
    assert again.id != sandbox.id


async def test_a_sandbox_has_no_sandbox(company: TenantUnderTest) -> None:
    sandbox = await _sandbox(company)
    async with sandbox.work() as work:
        with pytest.raises(NotOfASandbox):
            await create_sandbox(work, confirm=True)


async def test_only_people_that_were_there_enter(company: TenantUnderTest) -> None:
    (known,) = await staff(company, "known")
    sandbox = await _sandbox(company)
    (late,) = await staff(company, "late")

    def person(user_id: int) -> Principal:
        return company.user("onboarding.read", id=user_id)

    await require_person(company.engine, person(known), sandbox.id)
    with pytest.raises(NoSandbox):
        await require_person(company.engine, person(late), sandbox.id)
    key = Principal(tenant_id=company.id, kind=PrincipalKind.API_KEY, id=known, name="key")
    with pytest.raises(NoSandbox):
        await require_person(company.engine, key, sandbox.id)


async def test_a_tenant_cannot_make_itself_another_ones_sandbox(
    company: TenantUnderTest,
) -> None:
    with pytest.raises(Exception, match="permission denied"):
        async with company.work() as work:
            await work.execute(text("UPDATE tenant SET sandbox_of = 1"))


async def test_a_tour_takes_a_real_order_until_it_has_left(company: TenantUnderTest) -> None:
    sandbox = await _sandbox(company)
    async with sandbox.work() as work:
        tour_id = await run_tour(work)
        with pytest.raises(TourUnderWay):
            await run_tour(work)
    await deliver_all(sandbox)
    async with sandbox.read() as reader:
        tour = await reader.row(
            select(*Tour.__table__.c).where(Tour.tenant_id == sandbox.id, Tour.id == tour_id)
        )
    assert tour is not None
    assert [(step["name"], step["status"]) for step in tour.steps] == [
        (name, "done")
        for name in ("choose", "receive", "place", "release", "pick", "pack", "ship", "check")
    ], tour.steps
    assert (tour.status, tour.problem) == ("done", None)
    assert await _count(sandbox, "shipment") == 1
    assert await _count(company, "shipment") == 0


async def test_a_tour_tells_what_the_set_up_lacks(company: TenantUnderTest) -> None:
    sandbox = await _sandbox(company)
    async with sandbox.work() as work:
        await work.execute(text("DELETE FROM price"))
        await run_tour(work)
    await deliver_all(sandbox)
    async with sandbox.read() as reader:
        row = await reader.row(
            select(Tour.status, Tour.problem).where(Tour.tenant_id == sandbox.id)
        )
    assert row is not None
    assert (row.status, "price" in row.problem) == ("failed", True)
    assert await _count(sandbox, "sales_order") == 0


async def test_a_tour_never_books_in_the_tenant_itself(company: TenantUnderTest) -> None:
    with pytest.raises(OnlyInASandbox):
        async with company.work() as work:
            await run_tour(work)


async def test_the_house_sees_whose_sandbox_it_is(company: TenantUnderTest) -> None:
    sandbox = await _sandbox(company)
    async with reading(company.engine, system_principal(HOUSE)) as reader:
        of = await reader.value(
            text("SELECT sandbox_of FROM house_tenants() WHERE id = :id"), {"id": sandbox.id}
        )
    assert of == company.id
    async with company.read() as reader:
        assert await reader.values(select(Tenant.id)) == [company.id]
