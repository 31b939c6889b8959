"""The checklist over HTTP: every line names a mutation that there is, and costs no more statements
the more there is to look at."""

from domain.onboarding.readiness.policy import Facts, checklist
from tests.factories.api import ApiUnderTest
from tests.factories.client import operations
from tests.factories.schema_walk import root_fields
from tests.factories.statements import counted_statements
from tests.factories.templated import stock_up, template
from tests.factories.tenants import TenantUnderTest


def test_every_line_names_a_mutation_that_mends_it() -> None:
    mutations = {field.name for field in root_fields("mutation")}
    assert {check.mended_by for check in checklist(Facts())} <= mutations


async def test_a_full_company_takes_as_many_statements_as_an_empty_one(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "*")
    await admin.ask("{ viewer { name } }")
    with counted_statements(tenant.engine) as empty:
        await admin.ask(operations()["Readiness"])
    await template(tenant)
    await stock_up(tenant)
    await admin.ask("{ viewer { name } }")
    with counted_statements(tenant.engine) as full:
        answer = await admin.ask(operations()["Readiness"])
    assert answer.data["readiness"]["isReady"] is True
    assert len(full) == len(empty) > 0


async def test_going_live_needs_a_yes_and_says_what_is_missing(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "*")
    unsure = await admin.ask(operations()["GoLive"], input={"confirm": False}, key="unsure")
    assert unsure.error_codes == ["BAD_INPUT"]
    refused = await admin.ask(operations()["GoLive"], input={"confirm": True}, key="too early")
    (error,) = refused.data["goLive"]["userErrors"]
    assert (error["code"], error["missing"]) == (
        "NOT_READY",
        ["legal_entity", "location", "channel", "item", "opening_stock"],
    )
    assert refused.data["goLive"]["readiness"] == {"isReady": False, "liveAt": None}
    await template(tenant)
    await stock_up(tenant)
    done = await admin.ask(operations()["GoLive"], input={"confirm": True}, key="now")
    assert done.data["goLive"]["readiness"]["liveAt"] is not None


async def test_who_may_only_look_does_not_take_it_live(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    onlooker = await api.user(tenant, "onboarding.read")
    shown = await onlooker.ask(operations()["Readiness"])
    assert shown.data["readiness"]["isReady"] is False
    for name, variables in (
        ("GoLive", {"input": {"confirm": True}, "key": "k"}),
        ("CreateSandbox", {"input": {"confirm": True}, "key": "k"}),
        ("RunTour", {"input": {}}),
        ("RequestTenantDeletion", {"input": {"slug": tenant.slug}, "key": "k"}),
        ("WithdrawTenantDeletion", {"input": {}}),
    ):
        assert (await onlooker.ask(operations()[name], **variables)).error_codes == ["FORBIDDEN"], (
            name
        )
