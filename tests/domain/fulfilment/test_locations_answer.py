"""A location that is asked takes work on, in part or not at all, and lets go of it if it agrees."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.entities.operations.locations import update_location
from domain.fulfilment.models import FulfilmentLine, FulfilmentOrder
from domain.fulfilment.operations.answering import accept_fulfilment, answer_cancellation
from domain.fulfilment.operations.cancel_fulfilment import cancel_fulfilment_order
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.outcomes import NotThatMuch
from domain.fulfilment.policy import Handshake, WorkLine, actions
from domain.fulfilment.progress import LineQuantity
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.models import EventRecord
from tenancy.permissions import OF_LOCATION
from tenancy.principals import Principal
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


@dataclass(frozen=True, slots=True)
class Asked:
    """A shop whose first location is asked to do the work of an order of five."""

    shop: Shop
    order_id: int
    work_id: int
    line_id: int

    def eyes(self, location: int = 0) -> Principal:
        """Somebody of the location's third party."""
        user = self.shop.tenant.user(*OF_LOCATION)
        return replace(user, location_id=self.shop.setting.location_ids[location])

    async def do(self, step: Any, *, as_: Principal | None = None, **fields: Any) -> Any:
        """One step of the work, by the location unless told otherwise."""
        async with self.shop.tenant.work(as_=as_ or self.eyes()) as work:
            return await step(work, fulfilment_order_id=self.work_id, **fields)

    async def house(self, step: Any, **fields: Any) -> Any:
        """One step by the house."""
        return await self.do(step, as_=self.shop.tenant.principal, **fields)

    async def row(self) -> Any:
        """The fulfilment order."""
        async with self.shop.tenant.read() as reader:
            return await reader.row(
                select(*FulfilmentOrder.__table__.c).where(
                    FulfilmentOrder.tenant_id == reader.tenant_id,
                    FulfilmentOrder.id == self.work_id,
                )
            )

    async def told(self, kind: str) -> list[Any]:
        """The payloads of the events of a kind."""
        async with self.shop.tenant.read() as reader:
            rows = await reader.values(
                select(EventRecord.payload).where(
                    EventRecord.tenant_id == reader.tenant_id, EventRecord.type == kind
                )
            )
        return list(rows)


@pytest.fixture
async def asked(tenant: TenantUnderTest) -> Asked:
    """The location was asked, and has not answered."""
    shop = await new_shop(tenant, locations=2)
    await shop.stock(5)
    async with tenant.work() as work:
        place = shop.setting.location_ids[0]
        await update_location(work, location_id=place, asks_acceptance=True)
    placed = await shop.place(shop.line(5))
    async with tenant.work() as work:
        [work_id] = await release_order(work, order_id=placed.order_id)
    async with tenant.read() as reader:
        line_id = await reader.value(
            select(FulfilmentLine.id).where(FulfilmentLine.tenant_id == tenant.id)
        )
    return Asked(shop, placed.order_id, work_id, line_id)


async def test_nothing_is_picked_before_the_location_has_said_yes(asked: Asked) -> None:
    for step in (record_pick, pack_fulfilment_order, ship_fulfilment_order):
        with pytest.raises(InvalidState, match="not accepted") as refused:
            await asked.house(step)
        assert refused.value.fields["allowed"] == ["accept", "reject", "cancel"]
    assert (await asked.row()).acceptance == "requested"
    assert await asked.do(accept_fulfilment) == "released"
    row = await asked.row()
    assert (row.acceptance, row.answered_at, row.version) == ("accepted", asked.shop.tenant.now, 2)
    assert [told["location_id"] for told in await asked.told("order.fulfilment_accepted")] == [
        asked.shop.setting.location_ids[0]
    ]
    assert await asked.do(record_pick) == "picked"
    with pytest.raises(InvalidState, match="has answered"):
        await asked.do(accept_fulfilment)


async def test_what_is_not_taken_on_is_rejected_with_its_reason(asked: Asked) -> None:
    two = [LineQuantity(asked.line_id, Decimal(2))]
    with pytest.raises(InvalidInput, match="why"):
        await asked.do(accept_fulfilment, lines=two)
    with pytest.raises(NotThatMuch):
        await asked.do(
            accept_fulfilment, lines=[LineQuantity(asked.line_id, Decimal(6))], reason="capacity"
        )
    assert (await asked.row()).acceptance == "requested"
    assert await asked.do(accept_fulfilment, lines=two, reason="capacity") == "released"
    assert (await asked.row()).acceptance == "accepted"
    assert await asked.shop.figures(asked.order_id) == [(2, 0, 0, 3)]
    [told] = await asked.told("order.fulfilment_rejected")
    assert told["reason"] == "capacity"
    assert await violations(asked.shop.tenant) == {}


async def test_what_nobody_has_taken_on_is_called_off_at_once(asked: Asked) -> None:
    assert await asked.house(cancel_fulfilment_order) == "allocated"
    assert (await asked.row()).status == "cancelled"


async def test_work_that_is_taken_on_ends_when_the_location_agrees(asked: Asked) -> None:
    await asked.do(accept_fulfilment)
    await asked.do(record_pick)
    assert await asked.house(cancel_fulfilment_order) == "in_fulfilment"
    row = await asked.row()
    assert (row.status, row.cancellation) == ("picked", "requested")
    with pytest.raises(InvalidState, match="asked already"):
        await asked.house(cancel_fulfilment_order)
    assert await asked.do(answer_cancellation, accepted=True) == "allocated"
    row = await asked.row()
    assert (row.status, row.cancellation) == ("cancelled", "accepted")
    assert await asked.shop.figures(asked.order_id) == [(5, 0, 0, 0)]
    assert await violations(asked.shop.tenant) == {}


async def test_a_location_may_refuse_and_go_on(asked: Asked) -> None:
    await asked.do(accept_fulfilment)
    await asked.house(cancel_fulfilment_order)
    await asked.do(answer_cancellation, accepted=False, reason="On the truck")
    row = await asked.row()
    assert (row.status, row.cancellation) == ("released", "refused")
    assert row.cancellation_reason == "On the truck"
    answers = [told["answer"] for told in await asked.told("order.fulfilment_cancellation_changed")]
    assert answers == ["requested", "refused"]
    with pytest.raises(InvalidState, match="not asked"):
        await asked.do(answer_cancellation, accepted=True)


async def test_goods_that_leave_answer_the_question(asked: Asked) -> None:
    await asked.do(accept_fulfilment)
    await asked.do(record_pick)
    await asked.do(pack_fulfilment_order)
    await asked.house(cancel_fulfilment_order)
    await asked.do(ship_fulfilment_order)
    row = await asked.row()
    assert (row.status, row.cancellation) == ("shipped", "refused")
    assert await violations(asked.shop.tenant) == {}


async def test_another_location_has_no_say(asked: Asked) -> None:
    neighbour = asked.eyes(1)
    for step, fields in (
        (accept_fulfilment, {}),
        (answer_cancellation, {"accepted": True}),
        (record_pick, {}),
    ):
        with pytest.raises(NotFound):
            await asked.do(step, as_=neighbour, **fields)
    assert (await asked.row()).version == 1


@pytest.mark.parametrize(
    ("handshake", "expected"),
    [
        (Handshake(), ["pick", "reject", "cancel"]),
        (Handshake("requested"), ["accept", "reject", "cancel"]),
        (Handshake("accepted"), ["pick", "reject", "cancel"]),
        (Handshake("accepted", "requested"), ["pick", "reject", "answer_cancellation"]),
        (Handshake("accepted", "refused"), ["pick", "reject", "cancel"]),
    ],
)
def test_what_may_be_done_follows_from_the_answers(
    handshake: Handshake, expected: list[str]
) -> None:
    found = actions(
        status="released",
        lines=[WorkLine(Decimal(5))],
        permitted=lambda _: True,
        handshake=handshake,
    )
    assert found == expected
