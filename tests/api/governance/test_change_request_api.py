"""A policy changed by change request over HTTP: compared, approved, effective later, undone."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from api.ids import global_id
from app.http.services import system_clock
from domain.kernel.models import AuditEntry
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.changes import carried_out, go_live
from tests.factories.client import first_field, operations
from tests.factories.masters import new_entity, new_location
from tests.factories.tenants import TenantUnderTest

PLANS = (
    "governance.propose",
    "governance.read",
    "allocation.manage",
    "allocation.read",
    "approvals.read",
    "approvals.request",
)
DECIDES = ("approvals.decide", "approvals.read", "governance.approve", "governance.read")


async def _send(caller: ApiCaller, name: str, /, **variables: Any) -> Any:
    document = operations()[name]
    if "$key:" in document:
        variables.setdefault("key", f"{name}-{id(variables)}")
    answer = await caller.ask(document, **variables)
    return first_field(name, answer.body)


async def _refused(caller: ApiCaller, name: str, /, **input: Any) -> list[dict[str, Any]]:
    answer = await caller.ask(operations()[name], input=input, key=f"{name}-{id(input)}")
    (value,) = answer.data.values()
    errors: list[dict[str, Any]] = value["userErrors"]
    return errors


@pytest.fixture
async def live(tenant: TenantUnderTest) -> TenantUnderTest:
    """The tenant at the application's own time, live: everything is governed."""
    moved = tenant.at(system_clock())
    await go_live(moved)
    return moved


async def _draft_policy(planner: ApiCaller, locations: list[str], name: str) -> str:
    done = await _send(
        planner,
        "CreateAllocationPolicy",
        input={"code": "MAIN", "name": name, "locationIds": locations},
    )
    return str(done["allocationPolicy"]["id"])


async def _changed(
    planner: ApiCaller, boss: ApiCaller, proposal: dict[str, Any], **fields: Any
) -> dict[str, Any]:
    wanted = {"title": "Main", "reason": "Better", "proposal": proposal, **fields}
    drafted = (await _send(planner, "DraftConfigurationChange", input=wanted))["changeRequest"]
    return await _approved(planner, boss, drafted)


async def _approved(planner: ApiCaller, boss: ApiCaller, drafted: Any) -> dict[str, Any]:
    done = await _send(planner, "SubmitConfigurationChange", input={"id": drafted["id"]})
    assert done["changeRequest"]["status"] == "WAITING"
    request = done["changeRequest"]["approvalRequest"]["id"]
    await _send(boss, "ApproveRequest", input={"id": request, "comment": "fine"})
    return await _compared(planner, drafted["id"])


async def _compared(caller: ApiCaller, change: str) -> dict[str, Any]:
    found: dict[str, Any] = await _send(caller, "ChangeRequestCompared", id=change)
    return found


async def test_a_policy_is_changed_by_request_effective_later_and_rolled_back(
    api: ApiUnderTest, live: TenantUnderTest
) -> None:
    entity = await new_entity(live)
    near, far = [
        global_id("Location", await new_location(live, entity_id=entity)) for _ in range(2)
    ]
    planner, boss = await api.user(live, *PLANS), await api.user(live, *DECIDES)
    first = await _draft_policy(planner, [near, far], "Near first")
    (refusal,) = await _refused(planner, "ActivateAllocationPolicy", id=first)
    assert refusal["code"] == "CHANGE_REQUEST_REQUIRED"
    await _changed(planner, boss, {"allocationPolicy": {"draftId": first}})
    await carried_out(live.at(system_clock()))

    second = await _draft_policy(planner, [far, near], "Far first")
    later = system_clock() + timedelta(days=3)
    proposal = {"allocationPolicy": {"draftId": second}}
    change = await _changed(planner, boss, proposal, effectiveFrom=later.isoformat())
    _compare(change)
    assert await carried_out(live.at(later - timedelta(minutes=1))) == 0
    assert (await _versions(planner))[0]["version"] == 1
    assert await carried_out(live.at(later)) == 1
    effective = await _compared(planner, change["id"])
    assert (effective["status"], effective["made"]["version"]) == ("EFFECTIVE", 2)

    back = await _rolled_back(planner, version=1)
    await _approved(planner, boss, back)
    assert await carried_out(live.at(later + timedelta(hours=1))) == 1
    latest, *_ = await _versions(planner)
    assert latest["version"] == 3
    assert latest["differences"][0]["after"] == '"Near first"'
    assert (await _compared(planner, back["id"]))["failure"] is None


def _compare(change: dict[str, Any]) -> None:
    """The approved change against what is in effect: its name, and the order of the locations."""
    assert (change["status"], change["supportedActions"]) == ("APPROVED", ["DISCARD_CHANGE"])
    named, *others = change["differences"]
    assert named == {"path": ["name"], "before": '"Near first"', "after": '"Far first"'}
    places = [["0", "location_id"], ["1", "location_id"]]
    assert [each["path"][-2:] for each in others] == places


async def _rolled_back(planner: ApiCaller, *, version: int) -> dict[str, Any]:
    wanted = {"kind": "ALLOCATION_POLICY", "objectKey": "MAIN", "version": version, "reason": "No"}
    done = await _send(planner, "RollBackConfiguration", input=wanted)
    back: dict[str, Any] = done["changeRequest"]
    assert back["rollsBackTo"] == version
    return back


async def _versions(caller: ApiCaller) -> list[dict[str, Any]]:
    found = await _send(
        caller, "ConfigurationVersions", kind="ALLOCATION_POLICY", objectKey="MAIN", first=10
    )
    nodes: list[dict[str, Any]] = found["nodes"]
    return nodes


@pytest.mark.parametrize(
    ("proposal", "name"),
    [
        ({"priceList": {"code": "NEW", "name": "New", "currency": "EUR"}}, "CreatePriceList"),
        ({"role": {"name": "new", "permissions": ["orders.read"]}}, None),
        ({"customField": {"subject": "ITEM", "code": "colour", "type": "TEXT"}}, None),
        ({"governance": {"kind": "ROLE", "mode": "OPEN"}}, None),
    ],
)
async def test_every_kind_is_changed_over_http(
    api: ApiUnderTest, live: TenantUnderTest, proposal: dict[str, Any], name: str | None
) -> None:
    planner, boss = await api.user(live, "*"), await api.user(live, *DECIDES)
    if name is not None:
        (refusal,) = await _refused(planner, name, **proposal["priceList"])
        assert refusal["code"] == "CHANGE_REQUEST_REQUIRED"
    change = await _changed(planner, boss, proposal)
    assert await carried_out(live.at(system_clock())) == 1
    done = await _compared(planner, change["id"])
    assert (done["status"], done["made"]["version"]) == ("EFFECTIVE", 1)
    assert all(each["before"] is None or each["path"] == ["mode"] for each in done["differences"])


@pytest.mark.parametrize(
    ("proposal", "code"),
    [
        ({}, "BAD_INPUT"),
        ({"role": {"permissions": []}, "governance": {"kind": "ROLE"}}, "BAD_INPUT"),
        ({"allocationPolicy": {}}, "BAD_INPUT"),
        ({"role": {"id": "Um9sZTo5OTk5OTk", "permissions": []}}, "NOT_FOUND"),
        ({"priceList": {"id": "Um9sZTo5OTk5OTk"}}, "NOT_FOUND"),
    ],
)
async def test_a_proposal_that_is_none_is_refused(
    api: ApiUnderTest, live: TenantUnderTest, proposal: dict[str, Any], code: str
) -> None:
    caller = await api.user(live, "*")
    wanted = {"title": "x", "reason": "y", "proposal": proposal}
    answer = await caller.ask(operations()["DraftConfigurationChange"], input=wanted, key="k")
    assert answer.error_codes == [code]


async def test_the_standards_and_the_owners_are_shown_and_set(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    caller = await api.user(tenant, "*")
    me = (await caller.ask("{ users(first: 1) { nodes { id } } }")).data["users"]["nodes"][0]["id"]
    done = await _send(caller, "NameProcessOwner", input={"process": "ORDER_TO_CASH", "userId": me})
    assert done["processOwner"]["ownerId"] == me
    owners = await _send(caller, "ProcessOwners")
    assert [each["process"] for each in owners if each["ownerId"]] == ["ORDER_TO_CASH"]
    done = await _send(caller, "SetGovernance", input={"kind": "PRICE_LIST", "mode": "GOVERNED"})
    modes = {each["kind"]: each["mode"] for each in done["governedKinds"]}
    assert modes["PRICE_LIST"] == "GOVERNED"
    assert set(modes.values()) == {"OPEN", "GOVERNED"}
    kinds = await _send(caller, "GovernedKinds")
    processes = {each["kind"]: each["process"] for each in kinds}
    assert (processes["PRICE_LIST"], processes["ROLE"]) == ("ORDER_TO_CASH", None)


async def test_who_may_not_see_governance_is_told_so(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    caller = await api.user(tenant, "catalog.read")
    for name, variables in (
        ("GovernedKinds", {}),
        ("ProcessOwners", {}),
        ("ChangeRequests", {}),
        ("ConfigurationVersions", {}),
        ("CustomFields", {}),
        ("AuditLog", {}),
        ("AuditChain", {}),
        ("AuditHash", {"position": 1}),
    ):
        answer = await caller.ask(operations()[name], **variables)
        assert answer.error_codes == ["FORBIDDEN"], name


async def test_a_change_sent_twice_under_one_key_is_drafted_once(
    api: ApiUnderTest, live: TenantUnderTest
) -> None:
    caller = await api.user(live, "*")
    proposal = {"role": {"name": "new", "permissions": ["orders.read"]}}
    wanted = {"title": "x", "reason": "y", "proposal": proposal}
    sent = [
        await _send(caller, "DraftConfigurationChange", input=wanted, key="same") for _ in range(2)
    ]
    assert sent[0] == sent[1]
    async with live.read() as reader:
        count = await reader.value(
            select(func.count())
            .select_from(AuditEntry)
            .where(AuditEntry.tenant_id == live.id, AuditEntry.action == "draft_change")
        )
    assert count == 1
