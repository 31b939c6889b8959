"""Configuration changes by change request: drafted, approved, effective at its moment, undone."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain.approvals.operations.decisions import approve, reject, withdraw
from domain.approvals.outcomes import OwnRequest
from domain.governance.operations.change_requests import (
    discard_change,
    redraft_change,
    revise_change,
    submit_change,
)
from domain.governance.operations.rolling_back import roll_back_configuration
from domain.governance.outcomes import ChangeStale, NoSuchVersion, NothingChanges, NotReversible
from domain.kernel.errors import InvalidInput, InvalidState, NotFound, NotPermitted, StaleVersion
from domain.kernel.models import AuditEntry, EventRecord
from domain.pricing.models import PriceList
from domain.pricing.operations.price_lists import update_price_list
from tests.factories.changes import (
    DECIDES,
    PROPOSES,
    approved,
    carried_out,
    change,
    changed,
    decider,
    drafted,
    proposer,
    submitted,
    versions,
)
from tests.factories.masters import new_price_list
from tests.factories.tenants import TenantUnderTest


@pytest.fixture
async def price_list(tenant: TenantUnderTest) -> str:
    """The key of a list called Prices, of rank 0."""
    return str(await new_price_list(tenant))


async def _list(tenant: TenantUnderTest, key: str) -> tuple[str, int]:
    async with tenant.read() as reader:
        row = await reader.row(
            select(PriceList.name, PriceList.rank).where(
                PriceList.tenant_id == tenant.id, PriceList.id == int(key)
            )
        )
    assert row is not None
    return row.name, row.rank


async def test_a_change_takes_effect_once_after_its_approval(
    tenant: TenantUnderTest, price_list: str
) -> None:
    change_id = await drafted(tenant, "price_list", price_list, name="New", rank=3)
    assert await _list(tenant, price_list) == ("Prices", 0)
    await approved(tenant, change_id)
    assert (await change(tenant, change_id)).status == "approved"
    assert [await carried_out(tenant), await carried_out(tenant)] == [1, 0]
    assert await _list(tenant, price_list) == ("New", 3)
    assert (await change(tenant, change_id)).status == "effective"
    before, after = {"name": "Prices", "rank": 0}, {"name": "New", "rank": 3}
    assert await versions(tenant, "price_list", price_list) == [(1, before, after)]


async def test_a_change_waits_for_its_moment(tenant: TenantUnderTest, price_list: str) -> None:
    later = tenant.now + timedelta(days=2)
    change_id = await drafted(tenant, "price_list", price_list, name="New", effective_from=later)
    await approved(tenant, change_id)
    assert await carried_out(tenant) == 0
    assert await carried_out(tenant.at(later - timedelta(seconds=1))) == 0
    assert await carried_out(tenant.at(later)) == 1
    assert await _list(tenant, price_list) == ("New", 0)


async def test_it_is_told_and_audited_who_did_what_for_whom_and_through_what(
    tenant: TenantUnderTest, price_list: str
) -> None:
    change_id = await changed(tenant, "price_list", price_list, name="New")
    async with tenant.read() as reader:
        events = await reader.values(
            select(EventRecord.type)
            .where(EventRecord.tenant_id == tenant.id, EventRecord.aggregate == "change_request")
            .order_by(EventRecord.id)
        )
        update = await reader.row(
            select(*AuditEntry.__table__.c).where(
                AuditEntry.tenant_id == tenant.id, AuditEntry.action == "update_price_list"
            )
        )
        actions = await reader.values(
            select(AuditEntry.action)
            .where(AuditEntry.tenant_id == tenant.id, AuditEntry.subject == "change_request")
            .order_by(AuditEntry.id)
        )
    assert [each.removeprefix("governance.change_") for each in events] == [
        "drafted",
        "submitted",
        "approved",
        "took_effect",
    ]
    assert list(actions) == [
        "draft_change",
        "submit_change",
        "approve_change",
        "carry_out_change",
    ]
    assert update is not None
    assert (update.actor, update.behalf_kind, update.behalf_id, update.behalf_of) == (
        "system",
        "user",
        1,
        "proposer",
    )
    assert update.document == f"change_request:{change_id}"
    assert (update.before, update.after) == ({"name": "Prices"}, {"name": "New"})


async def test_who_asks_never_approves(tenant: TenantUnderTest, price_list: str) -> None:
    request_id = await submitted(tenant, await drafted(tenant, "price_list", price_list, rank=3))
    both = tenant.user(*PROPOSES, *DECIDES, id=1, name="proposer")
    with pytest.raises(OwnRequest):
        async with tenant.work(as_=both) as work:
            await approve(work, request_id=request_id)


async def test_to_approve_needs_the_permission(tenant: TenantUnderTest, price_list: str) -> None:
    request_id = await submitted(tenant, await drafted(tenant, "price_list", price_list, rank=3))
    lacking = tenant.user("approvals.decide", id=3)
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=lacking) as work:
            await approve(work, request_id=request_id)


@pytest.mark.parametrize(("verdict", "status"), [("reject", "rejected"), ("withdraw", "withdrawn")])
async def test_what_is_rejected_or_withdrawn_never_happens(
    tenant: TenantUnderTest, price_list: str, verdict: str, status: str
) -> None:
    change_id = await drafted(tenant, "price_list", price_list, rank=3)
    request_id = await submitted(tenant, change_id)
    if verdict == "reject":
        async with tenant.work(as_=decider(tenant)) as work:
            await reject(work, request_id=request_id, comment="no")
    else:
        asking = tenant.user(*PROPOSES, "approvals.request", id=1)
        async with tenant.work(as_=asking) as work:
            await withdraw(work, request_id=request_id)
    assert (await change(tenant, change_id)).status == status
    assert await carried_out(tenant) == 0
    assert await _list(tenant, price_list) == ("Prices", 0)


async def test_what_moved_since_the_draft_cannot_be_approved(
    tenant: TenantUnderTest, price_list: str
) -> None:
    request_id = await submitted(tenant, await drafted(tenant, "price_list", price_list, rank=3))
    async with tenant.work() as work:
        await update_price_list(work, price_list_id=int(price_list), rank=9)
    with pytest.raises(ChangeStale) as stale:
        async with tenant.work(as_=decider(tenant)) as work:
            await approve(work, request_id=request_id)
    assert stale.value.fields["place"] == "rank"


async def test_of_two_approved_changes_of_one_place_the_second_is_stale(
    tenant: TenantUnderTest, price_list: str
) -> None:
    first = await approved(tenant, await drafted(tenant, "price_list", price_list, rank=3))
    second = await approved(tenant, await drafted(tenant, "price_list", price_list, rank=5))
    assert await carried_out(tenant) == 2
    assert await _list(tenant, price_list) == ("Prices", 3)
    assert (await change(tenant, first)).status == "effective"
    stale = await change(tenant, second)
    assert (stale.status, stale.failure) == ("stale", "rank changed since this was drafted.")


async def test_two_changes_of_different_places_both_take_effect(
    tenant: TenantUnderTest, price_list: str
) -> None:
    await approved(tenant, await drafted(tenant, "price_list", price_list, rank=3))
    await approved(tenant, await drafted(tenant, "price_list", price_list, name="New"))
    assert await carried_out(tenant) == 2
    assert await _list(tenant, price_list) == ("New", 3)


async def test_workers_at_the_same_time_carry_a_change_out_once(
    tenant: TenantUnderTest, price_list: str
) -> None:
    for rank in (3, 4, 5):
        await approved(tenant, await drafted(tenant, "price_list", price_list, rank=rank))
    await asyncio.gather(*(carried_out(tenant) for _ in range(4)))
    assert await _list(tenant, price_list) == ("Prices", 3)
    assert len(await versions(tenant, "price_list", price_list)) == 1


async def test_what_its_kind_refuses_has_failed_and_left_nothing(
    tenant: TenantUnderTest, price_list: str
) -> None:
    taken = await new_price_list(tenant, code="TAKEN")
    change_id = await drafted(tenant, "price_list", price_list, code="TAKEN", rank=3)
    await approved(tenant, change_id)
    await carried_out(tenant)
    failed = await change(tenant, change_id)
    assert (failed.status, failed.failure) == (
        "failed",
        "There is already a price list with the code TAKEN.",
    )
    assert await _list(tenant, price_list) == ("Prices", 0)
    assert await versions(tenant, "price_list", price_list) == []
    assert taken


async def test_what_went_stale_is_drafted_anew_upon_what_stands(
    tenant: TenantUnderTest, price_list: str
) -> None:
    await approved(tenant, await drafted(tenant, "price_list", price_list, rank=3))
    stale = await approved(tenant, await drafted(tenant, "price_list", price_list, rank=5))
    await carried_out(tenant)
    async with tenant.work(as_=proposer(tenant)) as work:
        again = await redraft_change(work, change_id=stale)
    assert (await change(tenant, again)).base == {"rank": 3}
    await approved(tenant, again)
    await carried_out(tenant)
    assert await _list(tenant, price_list) == ("Prices", 5)


async def test_a_draft_is_revised_by_its_own_author(
    tenant: TenantUnderTest, price_list: str
) -> None:
    change_id = await drafted(tenant, "price_list", price_list, rank=3)
    other = tenant.user("governance.propose", id=9)
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=other) as work:
            await revise_change(work, change_id=change_id, title="Mine")
    with pytest.raises(StaleVersion):
        async with tenant.work(as_=proposer(tenant)) as work:
            await revise_change(work, change_id=change_id, expected_version=7, title="Mine")
    async with tenant.work(as_=proposer(tenant)) as work:
        await revise_change(
            work, change_id=change_id, expected_version=1, proposal={"rank": 8}, title="Eight"
        )
    row = await change(tenant, change_id)
    assert (row.title, row.proposal, row.version) == ("Eight", {"rank": 8}, 2)
    await submitted(tenant, change_id)
    with pytest.raises(InvalidState):
        async with tenant.work(as_=proposer(tenant)) as work:
            await revise_change(work, change_id=change_id, title="Later")


async def test_an_approved_change_can_be_given_up_before_its_moment(
    tenant: TenantUnderTest, price_list: str
) -> None:
    later = tenant.now + timedelta(days=2)
    change_id = await approved(
        tenant, await drafted(tenant, "price_list", price_list, rank=3, effective_from=later)
    )
    async with tenant.work(as_=proposer(tenant)) as work:
        await discard_change(work, change_id=change_id, reason="not needed")
    assert await carried_out(tenant.at(later)) == 0
    row = await change(tenant, change_id)
    assert (row.status, row.failure) == ("withdrawn", "not needed")


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"rank": 0}, NothingChanges),
        ({"colour": "red"}, InvalidInput),
        ({}, InvalidInput),
        ({"rank": 10**9}, InvalidInput),
    ],
)
async def test_what_is_no_change_is_not_drafted(
    tenant: TenantUnderTest, price_list: str, wanted: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await drafted(tenant, "price_list", price_list, **wanted)


async def test_neither_kind_nor_object_of_a_change_may_be_unknown(tenant: TenantUnderTest) -> None:
    for kind, key in (("nonsense", "1"), ("price_list", "999999"), ("price_list", "x")):
        with pytest.raises(NotFound):
            await drafted(tenant, kind, key, rank=3)


async def test_an_object_goes_back_to_an_earlier_version_by_a_change_request(
    tenant: TenantUnderTest, price_list: str
) -> None:
    await changed(tenant, "price_list", price_list, rank=3)
    await changed(tenant, "price_list", price_list, name="New", rank=5)
    async with tenant.work(as_=proposer(tenant)) as work:
        back = await roll_back_configuration(
            work, kind="price_list", key=price_list, version=1, reason="was better"
        )
    row = await change(tenant, back)
    assert (row.proposal, row.rolls_back_to) == ({"name": "Prices", "rank": 3}, 1)
    await approved(tenant, back)
    await carried_out(tenant)
    assert await _list(tenant, price_list) == ("Prices", 3)
    async with tenant.work(as_=proposer(tenant)) as work:
        first = await roll_back_configuration(
            work, kind="price_list", key=price_list, version=0, reason="all of it"
        )
    await approved(tenant, first)
    await carried_out(tenant)
    assert await _list(tenant, price_list) == ("Prices", 0)
    assert [each[0] for each in await versions(tenant, "price_list", price_list)] == [1, 2, 3, 4]


async def test_only_a_version_before_the_last_can_be_gone_back_to(
    tenant: TenantUnderTest, price_list: str
) -> None:
    await changed(tenant, "price_list", price_list, rank=3)
    for version in (-1, 1, 2):
        with pytest.raises(NoSuchVersion):
            async with tenant.work(as_=proposer(tenant)) as work:
                await roll_back_configuration(
                    work, kind="price_list", key=price_list, version=version, reason="why not"
                )


async def test_what_a_change_made_is_not_unmade(tenant: TenantUnderTest) -> None:
    made = await changed(tenant, "price_list", None, code="NEW", name="New", currency="EUR")
    key = (await change(tenant, made)).object_key
    assert await _list(tenant, key) == ("New", 0)
    with pytest.raises(NotReversible):
        async with tenant.work(as_=proposer(tenant)) as work:
            await roll_back_configuration(
                work, kind="price_list", key=key, version=0, reason="away with it"
            )


async def test_a_submitted_change_is_not_submitted_twice(
    tenant: TenantUnderTest, price_list: str
) -> None:
    change_id = await drafted(tenant, "price_list", price_list, rank=3)

    async def submit() -> str:
        try:
            async with tenant.work(as_=proposer(tenant)) as work:
                await submit_change(work, change_id=change_id)
        except InvalidState:
            return "refused"
        return "submitted"

    assert sorted(await asyncio.gather(*(submit() for _ in range(4)))) == [
        "refused",
        "refused",
        "refused",
        "submitted",
    ]
