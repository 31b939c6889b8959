"""The documents of graphql/operations/governance.graphql, as somebody of the demo company sends
them: nothing is governed there, so that the other documents change what they like."""

import itertools
from typing import Any

from app.http.services import system_clock
from domain.governance.carrying_out import carry_out_next
from domain.kernel.audit_chain import seal_audit
from tests.factories.document_plays import Play, Scene, Variables, keyed

_serial = itertools.count(1)


def _list(scene: Scene) -> str:
    return scene.id("PriceList", "price_list", "LIST-USD")


async def draft(scene: Scene) -> Any:
    """A change of the price list's rank that nobody was asked about."""
    proposal = {"priceList": {"id": _list(scene), "rank": 10 + next(_serial)}}
    wanted = keyed(title="A rank", reason="to try", proposal=proposal)
    done = await scene.stage.play("planner", "DraftConfigurationChange", **wanted)
    return done.value["changeRequest"]


async def discarded(scene: Scene) -> Any:
    """The same, given up."""
    change = await draft(scene)
    await scene.stage.play("planner", "DiscardConfigurationChange", **keyed(id=change["id"]))
    return change


async def waiting(scene: Scene) -> Any:
    """The same, submitted."""
    change = await draft(scene)
    done = await scene.stage.play("planner", "SubmitConfigurationChange", **keyed(id=change["id"]))
    return done.value["changeRequest"]


async def changed_list(scene: Scene) -> str:
    """The price list, once a change request has changed it; another one waits."""
    request = (await waiting(scene))["approvalRequest"]["id"]
    await scene.stage.play("admin", "ApproveRequest", **keyed(id=request))
    await _carry_out(scene)
    await waiting(scene)
    return _list(scene)


async def _carry_out(scene: Scene) -> None:
    done = True
    while done:
        async with scene.stage.tenant.at(system_clock()).work() as work:
            done = await carry_out_next(work)


async def administrator(scene: Scene) -> str:
    """The administrator's id."""
    return await scene.first('{ users(filter: {username: "admin"}) { nodes { id } } }')


async def field(scene: Scene) -> Any:
    """A custom field of items."""
    wanted = keyed(subject="ITEM", code=f"size_{next(_serial)}", type="WHOLE_NUMBER")
    done = await scene.stage.play("admin", "RegisterCustomField", **wanted)
    return done.value["customField"]


async def filled_field(scene: Scene) -> Any:
    """The same, with a value on every item of the first page."""
    made = await field(scene)
    for place in range(5):
        values = [{"field": made["code"], "value": str(place)}]
        await scene.stage.play(
            "admin", "SetCustomFields", **keyed(id=scene.item(place), values=values)
        )
    return made


async def sealed(scene: Scene) -> int:
    """The log, sealed as far as it goes."""
    async with scene.stage.tenant.work() as work:
        await seal_audit(work)
    return 1


def _conditions(scene: Scene) -> Variables:
    return {"filter": {"customFields": [{"field": scene.prepared["code"], "from": "0"}]}}


GOVERNANCE = {
    "GovernedKinds": Play("admin"),
    "ProcessOwners": Play("admin"),
    "SetGovernance": Play("admin", lambda s: keyed(kind="GOVERNANCE", entityVariants=False)),
    "NameProcessOwner": Play(
        "admin", lambda s: keyed(process="CLOSE", userId=s.prepared), administrator
    ),
    "ChangeRequests": Play("planner", lambda s: {"first": 20}, draft),
    "ChangeRequestCompared": Play("planner", lambda s: {"id": s.prepared["id"]}, draft),
    "DraftConfigurationChange": Play(
        "planner",
        lambda s: keyed(
            title="A rank", reason="to try", proposal={"priceList": {"id": _list(s), "rank": 9}}
        ),
    ),
    "ReviseConfigurationChange": Play(
        "planner", lambda s: keyed(id=s.prepared["id"], title="Another"), draft
    ),
    "SubmitConfigurationChange": Play("planner", lambda s: keyed(id=s.prepared["id"]), draft),
    "DiscardConfigurationChange": Play("planner", lambda s: keyed(id=s.prepared["id"]), draft),
    "RedraftConfigurationChange": Play("planner", lambda s: keyed(id=s.prepared["id"]), discarded),
    "RollBackConfiguration": Play(
        "planner",
        lambda s: keyed(kind="PRICE_LIST", objectKey=s.prepared, version=0, reason="was better"),
        changed_list,
    ),
    "ConfigurationVersions": Play("planner", lambda s: {"first": 20}, changed_list),
    "CustomFields": Play("planner", lambda s: {"first": 20}, field),
    "RegisterCustomField": Play(
        "admin", lambda s: keyed(subject="ITEM", code="weight_class", type="TEXT")
    ),
    "ChangeCustomField": Play("admin", lambda s: keyed(id=s.prepared["id"], name="Size"), field),
    "SetCustomFields": Play(
        "admin",
        lambda s: keyed(id=s.item(), values=[{"field": s.prepared["code"], "value": "7"}]),
        field,
    ),
    "ItemsByCustomFields": Play("planner", _conditions, filled_field),
    "AuditLog": Play("admin", lambda s: {"first": 20}, sealed),
    "AuditChain": Play("admin", prepare=sealed),
    "AuditHash": Play("admin", lambda s: {"position": s.prepared}, sealed),
}
