"""Two partners of one tenant: neither sees, changes or guesses what is the other's; nor does a
branch what is its parent's, which sees the branch's."""

from collections import defaultdict
from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.http.services import system_clock
from domain.entities.operations.parties import update_party
from tenancy.permissions import OF_LOCATION, OF_PARTY
from tests.factories.api import Answer, ApiCaller, ApiUnderTest
from tests.factories.crawling import Findings, crawl
from tests.factories.hostility import (
    Attacker,
    Nobodys,
    id_attempts,
    leaked_ids,
    text_attempts,
    told,
)
from tests.factories.schema_walk import RootField, root_fields
from tests.factories.tenants import new_tenant
from tests.factories.worlds import World, new_world

MARK, NUMBERS = "QZD", "330"
FIELDS = [*root_fields("query"), *root_fields("mutation")]
PARTNERS = ("customer", "branch", "warehouse")
OF_A_PARTY = {
    "FulfilmentOrder",
    "Order",
    "OrderKit",
    "OrderLine",
    "PurchaseOrder",
    "Shipment",
    "StockHold",
}
THEIRS_ALONE = {
    "customer": OF_A_PARTY,
    "branch": OF_A_PARTY,
    "warehouse": {
        "ExpectedSupply",
        "FulfilmentOrder",
        "Location",
        "Lot",
        "SerialNumber",
        "Shipment",
        "StockBalance",
        "StockCount",
        "StockMovement",
    },
}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A partner, and what only its neighbour may see."""

    attacker: Attacker
    neighbour: ApiCaller
    theirs: Findings

    def shows(self, answer: Answer, sent: str) -> set[str]:
        """Texts of the neighbour alone that stand in an answer."""
        body = str(answer.body)
        texts = {t for texts in self.theirs.texts.values() for t in texts if _is_telling(t)}
        return {text for text in texts - {sent} if f"'{text}'" in body}


def _is_telling(text: str) -> bool:
    return MARK.lower() in text.lower() or NUMBERS in text


@pytest.fixture(scope="module")
async def shared(engine: AsyncEngine) -> World:
    """The tenant whose partners both are."""
    tenant = await new_tenant(engine, now=system_clock())
    return await new_world(tenant, MARK, numbers_from=330_001)


@pytest.fixture(scope="module", params=PARTNERS)
async def neighbours(
    request: pytest.FixtureRequest, api: ApiUnderTest, shared: World
) -> Neighbours:
    """Two customers, or two third-party warehouses, with all a partner may hold."""
    world = shared if request.param != "branch" else await _with_a_branch(shared)
    if request.param == "warehouse":
        callers = [await api.user(world.tenant, *OF_LOCATION, location_id=s) for s in world.sites]
    else:
        callers = [await api.user(world.tenant, *OF_PARTY, party_id=p) for p in world.parties]
    own, other = await crawl(callers[0]), await crawl(callers[1])
    alone = _without(other, own)
    if request.param != "warehouse":
        # The tenant's, not the neighbour's: a customer may see by id where its goods leave from.
        del alone.ids["Location"]
    assert alone.ids.keys() >= THEIRS_ALONE[request.param], "the neighbour must have something"
    return Neighbours(Attacker(callers[0], own), callers[1], alone)


async def _with_a_branch(shared: World) -> World:
    """Another tenant's world, in which the first customer is a branch of the second."""
    tenant = await new_tenant(shared.tenant.engine, now=system_clock())
    world = await new_world(tenant, MARK, numbers_from=330_001)
    branch, parent = world.parties
    async with tenant.work() as work:
        await update_party(work, party_id=branch, parent_id=parent)
    return world


def _without(findings: Findings, known: Findings) -> Findings:
    ids = {
        kind: [i for i in all_ if i not in known.ids[kind]] for kind, all_ in findings.ids.items()
    }
    texts = {
        name: [t for t in all_ if t not in known.texts[name]]
        for name, all_ in findings.texts.items()
    }
    return Findings(
        ids=defaultdict(list, {kind: found for kind, found in ids.items() if found}),
        texts=defaultdict(list, {name: found for name, found in texts.items() if found}),
        objects={i: o for i, o in findings.objects.items() if i not in known.objects},
    )


async def _attack_by_id(field: RootField, neighbours: Neighbours) -> None:
    attacker, theirs = neighbours.attacker, neighbours.theirs
    nobodys_answers = Nobodys(attacker)
    for attempt in id_attempts(field, theirs):
        nobodys = await nobodys_answers.answer(attempt)
        answer = await attacker.ask(attempt.slot, attempt.theirs, full=attempt.full)
        assert leaked_ids(answer, attempt.theirs, theirs) == set(), str(attempt)
        assert neighbours.shows(answer, attempt.theirs) == set(), str(attempt)
        assert told(answer, attempt.theirs) == told(nobodys, attempt.nobodys[0]), str(attempt)
        assert "INTERNAL" not in answer.error_codes, str(attempt)


async def _attack_by_text(field: RootField, neighbours: Neighbours) -> None:
    attacker, theirs = neighbours.attacker, neighbours.theirs
    for attempt in text_attempts(field, theirs, MARK, NUMBERS):
        tried = [
            (await attacker.ask(attempt.slot, value, full=False), value)
            for value in (attempt.nobodys[0], attempt.theirs, attempt.nobodys[1])
        ]
        assert leaked_ids(tried[1][0], attempt.theirs, theirs) == set(), str(attempt)
        first, second, third = (told(*each) for each in tried)
        assert second in (first, third), str(attempt)


async def test_a_neighbours_ids_and_codes_are_as_good_as_none(neighbours: Neighbours) -> None:
    for field in FIELDS:
        await _attack_by_id(field, neighbours)
        await _attack_by_text(field, neighbours)
    after = await crawl(neighbours.neighbour)
    # What happened stays as it was told; newer events push it off the first page of the log.
    gone = {each for each in neighbours.theirs.ids["Event"] if each not in after.objects}
    changed = [
        each
        for each, before in neighbours.theirs.objects.items()
        if each not in gone and after.objects[each] != before
    ]
    assert changed == []


async def test_a_partner_sees_nothing_that_names_the_neighbour(neighbours: Neighbours) -> None:
    seen = await crawl(neighbours.attacker.caller)
    theirs = {each for ids in neighbours.theirs.ids.values() for each in ids}
    assert theirs & {each for ids in seen.ids.values() for each in ids} == set()


async def test_a_partner_meets_no_fault_of_ours(neighbours: Neighbours) -> None:
    codes = {
        name: {error["extensions"]["code"] for error in errors}
        for name, errors in neighbours.attacker.seen.errors.items()
    }
    # NOT_FOUND: there is no id of its own to be put into a field that is not for partners.
    expected = {"FORBIDDEN", "NOT_FOUND"}
    assert {name: found for name, found in codes.items() if not found <= expected} == {}
