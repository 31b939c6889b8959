"""Counts of pieces with serial numbers: which are missing, which were found, and what of that is
booked."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.inventory.lines import AdjustmentLine
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.counting import CountEntry, record_stock_count
from domain.inventory.operations.snapshots import settle_stock_count
from domain.inventory.operations.states import change_stock_state
from domain.inventory.outcomes import StockChanged, StockPromised
from domain.inventory.policies.counting import Tolerance
from domain.inventory.policies.pieces import (
    KnownPiece,
    PieceDifference,
    compare_pieces,
    verdict_on_pieces,
)
from domain.inventory.policy import States
from domain.inventory.queries.counts import stock_count_lines
from domain.kernel.errors import InvalidInput
from domain.kernel.paging import PageRequest
from tests.factories.counting import allow, close, count_of, open_count, say_yes, told, waiting
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.pieces import history, pieces, receive_pieces, send
from tests.factories.tenants import TenantUnderTest
from tests.factories.transfers import released, stock_at

D = Decimal
HERE, THERE = 1, 2


async def _shop(tenant: TenantUnderTest, *serials: str, limit: int | None = 5) -> Shop:
    shop = await new_shop(tenant, locations=2, tracking="serial")
    await receive_pieces(shop, *serials)
    if limit is not None:
        await allow(tenant, quantity=D(limit))
    return shop


async def _record(shop: Shop, count_id: int, serials: Sequence[str], **fields: Any) -> None:
    entry = CountEntry(
        item_id=shop.setting.item_ids[0],
        quantity=D(fields.pop("quantity", len(serials))),
        serials=serials,
        **fields,
    )
    async with shop.tenant.work() as work:
        await record_stock_count(work, count_id=count_id, entries=[entry])


async def _counted(shop: Shop, *serials: str, **fields: Any) -> int:
    count_id = await open_count(shop, items=[0])
    await _record(shop, count_id, serials, **fields)
    return count_id


async def _line(shop: Shop, count_id: int) -> Any:
    async with shop.tenant.read() as reader:
        listing = await stock_count_lines(reader, count_id=count_id, request=PageRequest(size=5))
    (line,) = listing.page.rows
    return line


async def _said(shop: Shop, count_id: int) -> tuple[Any, ...]:
    """(verdict, difference, missing, found, booked) of the count's line."""
    line = await _line(shop, count_id)
    difference = int(line.difference)
    return line.verdict, difference, line.missing_serials, line.found_serials, line.booked


@pytest.mark.parametrize(
    ("named", "known", "expected"),
    [
        ("A", [("A", HERE, "available", 1)], ((), (), ())),
        ("", [("A", HERE, "damaged", 1)], ((("A", "damaged"),), (), ())),
        ("A", [], ((), ("A",), ())),
        ("A", [("A", THERE, "shipped", 1)], ((), ("A",), ())),
        ("A", [("A", THERE, "available", 1)], ((), (), ("A",))),
        ("A", [("A", THERE, "in_transit", 1)], ((), (), ("A",))),
        # What moved after the count was seen by whoever moved it.
        ("", [("A", HERE, "available", 9)], ((), (), ())),
        ("A", [("A", HERE, "shipped", 9)], ((), (), ())),
        ("A", [("A", THERE, "available", 9)], ((), (), ())),
        ("", [("A", HERE, "shipped", 1)], ((), (), ())),
    ],
)
def test_named_pieces_are_compared_with_the_books(
    named: str, known: list[tuple[str, int, str, int]], expected: tuple[Any, ...]
) -> None:
    found = compare_pieces(
        named.split(), [KnownPiece(*each) for each in known], balance_id=HERE, position=5
    )
    assert (found.missing, found.found, found.elsewhere) == expected


@given(named=st.sets(st.sampled_from("ABCDEF")), there=st.sets(st.sampled_from("ABCDEF")))
def test_booked_differences_make_the_books_what_was_named(named: set[str], there: set[str]) -> None:
    known = [KnownPiece(code, HERE, "available", 1) for code in there]
    found = compare_pieces(named, known, balance_id=HERE, position=5)
    assert (there - {code for code, _ in found.missing}) | set(found.found) == named
    assert len(there) + found.change.on_hand == len(named)


@pytest.mark.parametrize(
    ("difference", "reserved", "expected"),
    [
        (PieceDifference(), 0, "even"),
        (PieceDifference((("A", "available"),)), 0, "within"),
        (PieceDifference((("A", "available"),)), 3, "oversold"),
        (PieceDifference((("A", "available"),), ("B",)), 3, "within"),
        (PieceDifference((), ("A", "B")), 3, "above"),
        (PieceDifference((), ("A",), ("B",)), 0, "pieces"),
    ],
)
def test_a_difference_of_pieces_is_judged_by_how_many_are_wrong(
    difference: PieceDifference, reserved: int, expected: str
) -> None:
    said = verdict_on_pieces(
        difference,
        now=States(D(3), D(reserved)),
        tolerance=Tolerance(quantity=D(1)),
        expected=D(3),
        value_minor=0,
    )
    assert said == expected


async def test_missing_and_found_pieces_are_booked_by_name(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, "S1", "S2", "S3")
    count_id = await _counted(shop, "S1", "X7", "S3", "X8")
    assert await close(shop, count_id) == "booked"
    assert await _said(shop, count_id) == ("within", 1, ["S2"], ["X7", "X8"], True)
    assert {code: state for code, (_, state) in (await pieces(shop)).items()} == {
        "S1": "available",
        "S2": "removed",
        "S3": "available",
        "X7": "available",
        "X8": "available",
    }
    assert (await stock_at(shop))["source"] == (4, 0, 0, 4)
    assert await history(shop, "S2") == [
        ("receipt", "available", "stock_document"),
        ("count", "removed", "stock_document"),
    ]
    assert await violations(tenant) == {}


async def test_one_piece_for_another_is_a_difference_though_as_many_are_there(
    tenant: TenantUnderTest,
) -> None:
    shop = await _shop(tenant, "S1", "S2", limit=0)
    count_id = await _counted(shop, "S1", "X2")
    assert await close(shop, count_id) == "waiting"
    assert await _said(shop, count_id) == ("above", 0, ["S2"], ["X2"], False)
    (request,) = await waiting(tenant)
    await say_yes(tenant, request.id)
    assert await _said(shop, count_id) == ("above", 0, ["S2"], ["X2"], True)
    assert {c for c, (_, s) in (await pieces(shop)).items() if s == "available"} == {"S1", "X2"}
    assert await violations(tenant) == {}


async def test_every_counted_piece_is_named(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, "S1", "S2")
    count_id = await open_count(shop, items=[0])
    for serials, quantity in (((), 2), (("S1",), 2), (("S1", "S1"), 2)):
        with pytest.raises(InvalidInput) as refused:
            await _record(shop, count_id, serials, quantity=quantity)
        assert refused.value.path == ("entries", 0, "serials")
    await _record(shop, count_id, ())
    await _record(shop, count_id, ("S2", "S1"))
    assert await close(shop, count_id) == "booked"
    assert await _said(shop, count_id) == ("even", 0, [], [], True)


async def test_missing_pieces_that_were_held_or_damaged_leave_their_state(
    tenant: TenantUnderTest,
) -> None:
    shop = await _shop(tenant, "S1", "S2", "S3")
    for serial, state in (("S1", "damaged"), ("S2", "quality_control")):
        async with tenant.work() as work:
            await change_stock_state(
                work,
                location_id=shop.setting.location_ids[0],
                item_id=shop.setting.item_ids[0],
                quantity=D(1),
                from_state="available",
                to_state=state,
                reason="look",
                serials=[serial],
            )
    count_id = await _counted(shop, "S3")
    assert await close(shop, count_id) == "booked"
    assert (await stock_at(shop))["source"] == (1, 0, 0, 1)
    assert await violations(tenant) == {}


async def test_what_moves_after_the_count_is_left_alone(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, "S1", "S2", "S3")
    count_id = await _counted(shop, "S1", "S2")
    await receive_pieces(shop, "S4")
    line = AdjustmentLine(item_id=shop.setting.item_ids[0], delta=D(-1), serials=["S1"])
    async with tenant.work() as work:
        here = shop.setting.location_ids[0]
        await adjust_stock(work, location_id=here, lines=[line], reason="broken")
    transfer_id = await released(shop, 1)
    await send(shop, transfer_id, "S2")
    assert await close(shop, count_id) == "booked"
    assert await _said(shop, count_id) == ("within", -1, ["S3"], [], True)
    assert {code: state for code, (_, state) in (await pieces(shop)).items()} == {
        "S1": "removed",
        "S2": "in_transit",
        "S3": "removed",
        "S4": "available",
    }
    assert await violations(tenant) == {}


async def test_a_promised_piece_is_not_booked_away(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, "S1", "S2")
    await shop.place(shop.line(2))
    count_id = await _counted(shop, "S1")
    with pytest.raises(StockPromised):
        await close(shop, count_id)
    assert (await pieces(shop))["S2"] == ("source", "available")
    assert await violations(tenant) == {}


async def test_a_piece_that_lies_elsewhere_by_the_books_is_looked_for_there_first(
    tenant: TenantUnderTest,
) -> None:
    shop = await _shop(tenant, "S1")
    await receive_pieces(shop, "S2", location=1)
    count_id = await _counted(shop, "S1", "S2")
    assert await close(shop, count_id) == "exception"
    assert (await _line(shop, count_id)).problem == "By the books these lie elsewhere: S2."
    assert await _said(shop, count_id) == ("pieces", 0, [], [], False)
    other = await open_count(shop, items=[0], location=1)
    await _record(shop, other, ())
    assert await close(shop, other) == "booked"
    async with tenant.work() as work:
        await settle_stock_count(work, count_id=count_id)
    assert (await count_of(shop, count_id)).status == "booked"
    assert await _said(shop, count_id) == ("within", 1, [], ["S2"], True)
    assert (await pieces(shop))["S2"] == ("source", "available")
    assert await violations(tenant) == {}


async def test_a_snapshot_without_names_waits_for_a_count_with_names(
    tenant: TenantUnderTest,
) -> None:
    shop = await _shop(tenant, "S1", "S2")
    snapshot = await told(shop, 1, as_of=tenant.now - timedelta(minutes=1))
    assert (await count_of(shop, snapshot)).status == "exception"
    assert (await _line(shop, snapshot)).verdict == "pieces"
    count_id = await _counted(shop, "S2")
    assert await close(shop, count_id) == "booked"
    async with tenant.work() as work:
        await settle_stock_count(work, count_id=snapshot)
    assert (await count_of(shop, snapshot)).status == "booked"
    assert await violations(tenant) == {}


async def test_an_approval_of_pieces_that_changed_meanwhile_is_void(
    tenant: TenantUnderTest,
) -> None:
    shop = await _shop(tenant, "S1", "S2", limit=0)
    count_id = await _counted(shop, "S1", "X1")
    assert await close(shop, count_id) == "waiting"
    await receive_pieces(shop, "X1", location=1)
    (request,) = await waiting(tenant)
    with pytest.raises(StockChanged):
        await say_yes(tenant, request.id)
    assert (await pieces(shop))["S2"] == ("source", "available")
    assert await violations(tenant) == {}


async def test_a_piece_that_leaves_while_it_is_counted_is_not_found_again(
    tenant: TenantUnderTest,
) -> None:
    shop = await _shop(tenant, "S1", "S2")
    transfer_id = await released(shop, 1)
    count_id = await open_count(shop, items=[0])
    await asyncio.gather(
        send(shop, transfer_id, "S1"), _record(shop, count_id, ("S1", "S2")), return_exceptions=True
    )
    assert await close(shop, count_id) in ("booked", "exception")
    assert (await pieces(shop))["S1"] == ("transit", "in_transit")
    assert await violations(tenant) == {}
