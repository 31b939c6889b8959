"""Suppliers' invoices that come in are matched with what was ordered and came, once, or wait."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from domain.catalog.models import Item
from domain.entities.operations.party_identifiers import assign_party_identifier
from domain.finance.models import (
    PartyFinance,
    Payment,
    SupplierInvoice,
    SupplierInvoiceLine,
)
from domain.finance.operations.supplier_invoices import (
    expect_supplier_credit,
    reject_supplier_invoice,
)
from domain.intake.operations import map_item_code, map_party_code, replay_message
from tests.factories.intake import Door, new_door
from tests.factories.invoices import (
    Written,
    WrittenLine,
    as_810,
    as_cii,
    as_invoic,
    as_ubl,
)
from tests.factories.money import balances, rows_of, with_settings
from tests.factories.orders import new_shop, violations
from tests.factories.purchases import Buying, new_buying
from tests.factories.tenants import TenantUnderTest

SENDER = "ACMESUPPLIER"
SYNTAXES = {"ubl": as_ubl, "cii": as_cii, "x12": as_810, "edifact": as_invoic}
CUP = WrittenLine(code="CUP", quantity=10)
POT = WrittenLine(code="POT", quantity=4)


@pytest.fixture
async def buying(tenant: TenantUnderTest) -> Buying:
    """A shop whose two items are known by SKU, and a supplier known by its code."""
    made = await new_buying(await new_shop(tenant, items=2))
    async with tenant.work() as work:
        for sku, place in (("CUP", 0), ("POT", 1)):
            await work.execute(
                update(Item)
                .where(Item.tenant_id == tenant.id, Item.id == made.shop.setting.item_ids[place])
                .values(sku=sku)
            )
        await assign_party_identifier(work, party_id=made.supplier_id, value=SENDER)
    return made


@pytest.fixture
async def door(buying: Buying) -> Door:
    """Where the supplier's documents come in."""
    entity = buying.shop.setting.entity_id
    return await new_door(
        buying.shop.tenant, entity_id=entity, kind="edi", source="generic", currency="EUR"
    )


async def _bought(buying: Buying, *quantities: int) -> tuple[int, str]:
    """An order that came as it was ordered: its id and number."""
    order_id = await buying.ordered(*quantities)
    await buying.receive(order_id, *quantities)
    return order_id, str((await buying.order(order_id)).number)


async def _bills(buying: Buying) -> list[Any]:
    return list(await rows_of(buying.shop.tenant, SupplierInvoice))


async def _bill(buying: Buying) -> Any:
    [row] = await _bills(buying)
    return row


async def _lines(buying: Buying) -> list[tuple[str, int, int]]:
    rows = await rows_of(buying.shop.tenant, SupplierInvoiceLine)
    return [(row.kind, int(row.quantity), row.net_minor) for row in rows]


def _codes(done: Any) -> list[str]:
    return [problem.code for problem in done.reading.all_problems]


@pytest.mark.parametrize("syntax", SYNTAXES)
async def test_what_order_and_receipt_bear_out_is_booked_whatever_it_is_written_in(
    buying: Buying, door: Door, syntax: str
) -> None:
    order_id, number = await _bought(buying, 10, 4)
    bill = Written(order=number, lines=(CUP, POT), tax_percent=19)
    done = await door.take(SYNTAXES[syntax](bill))
    assert (done.outcome, _codes(done)) == ("accepted", [])
    row = await _bill(buying)
    assert (row.status, row.purchase_order_id, row.external_number) == ("booked", order_id, "R-1")
    assert (row.net_minor, row.tax_minor, row.total_minor) == (3500, 665, 4165)
    assert await _lines(buying) == [("goods", 10, 2500), ("goods", 4, 1000)]
    assert row.intake_message_id == done.message_id
    [document] = await door.documents(done.message_id)
    assert (document.supplier_invoice_id, document.outcome) == (row.id, "accepted")
    assert document.content["totals"]["gross"] == "41.65"
    assert await violations(buying.shop.tenant) == {}


async def test_the_same_invoice_by_another_syntax_or_door_is_one(
    buying: Buying, door: Door
) -> None:
    _, number = await _bought(buying, 10)
    bill = Written(order=number, lines=(CUP,))
    other = await new_door(
        buying.shop.tenant, entity_id=buying.shop.setting.entity_id, kind="edi", currency="EUR"
    )
    first = await door.take(as_ubl(bill))
    outcomes = [first.outcome]
    for each, raw in ((door, as_ubl(bill)), (door, as_cii(bill)), (other, as_810(bill))):
        done = await each.take(raw)
        outcomes.append(done.outcome)
        assert (await each.message(done.message_id)).duplicate_of_id == first.message_id
    assert outcomes == ["accepted", "duplicate", "duplicate", "duplicate"]
    assert (await _bill(buying)).total_minor == 2500


async def test_the_same_invoice_twice_at_once_is_one(buying: Buying, door: Door) -> None:
    _, number = await _bought(buying, 10)
    for bill in (Written(order=number, lines=(CUP,)), Written(number="R-2", lines=(CUP,))):
        raws = [as_ubl(bill), as_cii(bill), as_810(bill), as_invoic(bill)]
        ids = [await door.receive(raw) for raw in raws]
        done = await asyncio.gather(*(door.process(each) for each in ids))
        assert sorted(each.outcome for each in done if each) == ["accepted"] + ["duplicate"] * 3
    assert sorted(row.external_number for row in await _bills(buying)) == ["R-1", "R-2"]


async def test_another_invoice_under_a_known_number_waits(buying: Buying, door: Door) -> None:
    _, number = await _bought(buying, 10)
    await door.take(as_ubl(Written(order=number, lines=(CUP,))))
    done = await door.take(as_ubl(Written(order=number, lines=(replace(CUP, price="2.40"),))))
    assert (done.outcome, _codes(done)) == ("exception", ["number_used"])
    bill = await _bill(buying)
    assert (bill.total_minor, bill.status) == (2500, "booked")


async def test_differences_are_exceptions_of_the_invoice_not_of_the_message(
    buying: Buying, door: Door
) -> None:
    _, number = await _bought(buying, 10)
    bill = Written(order=number, lines=(replace(CUP, quantity=12, price="3.00"),))
    assert (await door.take(as_ubl(bill))).outcome == "accepted"
    row = await _bill(buying)
    assert (row.status, row.reasons) == ("exception", ["more_than_received", "price_too_high"])
    async with buying.shop.tenant.work() as work:
        await reject_supplier_invoice(work, supplier_invoice_id=row.id, reason="too much")
    # The number may come again, once it was sent back.
    assert (await door.take(as_ubl(Written(order=number, lines=(CUP,))))).outcome == "accepted"
    assert [each.status for each in await _bills(buying)] == ["rejected", "booked"]


async def test_two_lines_of_one_order_line_are_held_against_it_together(
    buying: Buying, door: Door
) -> None:
    _, number = await _bought(buying, 10)
    six = replace(CUP, quantity=6)
    await door.take(as_810(Written(order=number, lines=(six, six))))
    row = await _bill(buying)
    assert (row.status, row.reasons) == ("exception", ["more_than_received"])


async def test_allowances_freight_and_rounding_come_to_what_is_to_be_paid(
    buying: Buying, door: Door
) -> None:
    _, number = await _bought(buying, 10, 4)
    bill = Written(
        order=number, lines=(CUP, POT), allowance="3.50", freight="7.00", rounding="0.01",
        tax_percent=20, prepaid="10.00",
    )  # fmt: skip
    done = await door.take(as_ubl(bill))
    assert (done.outcome, _codes(done)) == ("accepted", ["prepaid_stated"])
    row = await _bill(buying)
    # The freight was not ordered, so somebody has to agree.
    assert (row.status, row.reasons) == ("exception", ["no_order"])
    assert (row.net_minor, row.tax_minor, row.total_minor) == (3851, 770, 4621)
    assert await _lines(buying) == [
        ("goods", 10, 2250), ("goods", 4, 900), ("landed_cost", 1, 700), ("rounding", 1, 1)
    ]  # fmt: skip


async def test_an_invoice_of_several_orders_is_held_against_each(
    buying: Buying, door: Door
) -> None:
    orders = [await _bought(buying, 10), await _bought(buying, 5)]
    lines = [
        replace(CUP, quantity=quantity, order=number)
        for quantity, (_, number) in zip((10, 5), orders, strict=True)
    ]
    for syntax in (as_810, as_ubl):
        done = await door.take(syntax(Written(number=f"R-{syntax.__name__}", lines=lines)))
        assert (done.outcome, _codes(done)) == ("accepted", [])
    first, second = await _bills(buying)
    assert (first.status, first.purchase_order_id) == ("booked", None)
    assert (second.status, second.reasons) == ("exception", ["not_received"])
    assert await balances(buying.shop.tenant) == {"inventory": 3750, "payables": -3750}


async def test_several_invoices_of_an_interchange_are_told_apart(
    buying: Buying, door: Door
) -> None:
    _, number = await _bought(buying, 10)
    bills = (
        Written(order=number, lines=(CUP,)),
        Written(number="R-2", order="PO-NONE", lines=(CUP,)),
    )
    for raw in (as_810(*bills), as_invoic(*bills)):
        done = await door.take(raw)
        assert (done.outcome, _codes(done)) == ("exception", ["unknown_purchase_order"])
        assert [each.outcome for each in await door.documents(done.message_id)][1] == "exception"
    assert (await _bill(buying)).external_number == "R-1"


@pytest.mark.parametrize("syntax", ["x12", "edifact"])
async def test_a_fault_of_the_envelope_is_told_and_nothing_is_booked(
    buying: Buying, door: Door, syntax: str
) -> None:
    _, number = await _bought(buying, 10)
    bill = Written(order=number, lines=(CUP,))
    sound = await door.take(SYNTAXES[syntax](replace(bill, number="R-0", order="PO-NONE")))
    done = await door.take({"x12": as_810, "edifact": as_invoic}[syntax](bill, count=3))
    assert done.outcome == "exception"
    assert [code for code in _codes(done) if code.endswith("mismatch")] == _codes(done) != []
    assert await _bills(buying) == []
    answers = [(await door.message(each.message_id)).acknowledgement for each in (sound, done)]
    accepted, refused = {
        "x12": ("AK5*A~", "AK5*R"),
        "edifact": ("UCM+1+INVOIC:D:96A:UN:EAN008+7'", "UCI+77+ACMESUPPLIER:14+BUYER:14+4+29'"),
    }[syntax]
    assert (accepted in answers[0], refused in answers[1]) == (True, True)


async def test_figures_that_do_not_agree_wait_with_their_place(buying: Buying, door: Door) -> None:
    _, number = await _bought(buying, 10)
    raw = as_ubl(Written(order=number, lines=(CUP,))).replace(
        b">25.00</cbc:Payable", b">26.00</cbc:Payable"
    )
    done = await door.take(raw)
    [problem] = done.reading.all_problems
    assert (done.outcome, problem.code) == ("exception", "payable_total_differs")
    assert problem.path == "Invoice totals"
    assert "25.00" in problem.message
    assert await _bills(buying) == []


async def test_an_unknown_supplier_and_item_wait_until_they_are_mapped(
    buying: Buying, door: Door
) -> None:
    _, number = await _bought(buying, 10)
    bill = Written(order=number, seller="DE 123 456", lines=(replace(CUP, code="THEIR-CUP"),))
    done = await door.take(as_ubl(bill))
    assert (done.outcome, _codes(done)) == ("exception", ["unknown_supplier"])
    tenant = buying.shop.tenant
    async with tenant.work() as work:
        await map_party_code(
            work, channel_id=door.channel_id, code="DE123456", party_id=buying.supplier_id
        )
        done = await replay_message(work, message_id=done.message_id)
    assert (done.outcome, _codes(done)) == ("exception", ["unknown_line"])
    async with tenant.work() as work:
        await map_item_code(
            work,
            channel_id=door.channel_id,
            code="THEIR-CUP",
            item_id=buying.shop.setting.item_ids[0],
        )
        done = await replay_message(work, message_id=done.message_id)
    assert (done.outcome, _codes(done)) == ("accepted", [])
    [document] = await door.documents(done.message_id)
    assert document.supplier_invoice_id == (await _bill(buying)).id


async def test_an_order_of_another_supplier_is_not_billed(buying: Buying, door: Door) -> None:
    _, number = await _bought(buying, 10)
    other = await new_buying(buying.shop)
    tenant = buying.shop.tenant
    async with tenant.work() as work:
        await assign_party_identifier(work, party_id=other.supplier_id, value="OTHER")
    done = await door.take(as_ubl(Written(order=number, seller="OTHER", lines=(CUP,))))
    assert (done.outcome, _codes(done)) == ("exception", ["unknown_supplier"])
    assert await _bills(buying) == []


async def test_quantities_are_told_in_our_units_exactly(buying: Buying, door: Door) -> None:
    _, number = await _bought(buying, 10)
    done = await door.take(as_ubl(Written(order=number, lines=(replace(CUP, unit="KGM"),))))
    [problem] = done.reading.all_problems
    assert (done.outcome, problem.code) == ("exception", "unit_unknown")
    assert problem.path == "Invoice/InvoiceLine"


async def test_what_is_of_no_order_goes_to_who_decides(buying: Buying, door: Door) -> None:
    service = WrittenLine(code="CONSULTING", quantity=3, price="100.00", unit="HUR")
    done = await door.take(as_cii(Written(lines=(service,), tax_percent=19)))
    assert (done.outcome, _codes(done)) == ("accepted", [])
    row = await _bill(buying)
    assert (row.status, row.reasons, row.total_minor) == ("exception", ["no_order"], 35700)
    assert (row.supplier_id, row.entity_id) == (
        buying.supplier_id, buying.shop.setting.entity_id,
    )  # fmt: skip
    assert await _lines(buying) == [("other", 3, 30000)]


async def test_an_invoice_that_gives_back_in_a_line_bills_the_rest(
    buying: Buying, door: Door
) -> None:
    _, number = await _bought(buying, 10)
    await with_settings(
        buying.shop.tenant, PartyFinance, party_id=buying.supplier_id, price_percent=Decimal(0)
    )
    lines = (CUP, replace(CUP, quantity=-2))
    assert (await door.take(as_ubl(Written(order=number, lines=lines)))).outcome == "accepted"
    row = await _bill(buying)
    assert (row.status, row.total_minor) == ("booked", 2000)
    assert await balances(buying.shop.tenant) == {
        "goods_received": -500, "inventory": 2500, "payables": -2000,
    }  # fmt: skip
    assert await violations(buying.shop.tenant) == {}


@pytest.mark.parametrize("write", [as_ubl, as_810, as_invoic])
async def test_a_credit_note_gives_back_goods_and_what_is_owed_for_them(
    buying: Buying, door: Door, write: Callable[..., bytes]
) -> None:
    _, number = await _bought(buying, 10)
    await door.take(as_ubl(Written(order=number, lines=(CUP,), tax_percent=20)))
    credit = Written(
        number="C-1", order=number, corrects="R-1", is_credit=True, tax_percent=20,
        lines=(replace(CUP, quantity=4),),
    )  # fmt: skip
    done = await door.take(write(credit))
    assert (done.outcome, _codes(done)) == ("accepted", [])
    invoice, note = await _bills(buying)
    assert (note.kind, note.status, note.corrects_id) == ("credit_note", "credited", invoice.id)
    assert (note.total_minor, note.open_minor) == (1200, 0)
    assert (invoice.total_minor, invoice.open_minor) == (3000, 1800)
    assert await _lines(buying) == [("goods", 10, 2500), ("goods", -4, -1000)]
    assert await balances(buying.shop.tenant) == {
        "goods_received": -1000, "inventory": 2500, "payables": -1800, "tax_receivable": 300,
    }  # fmt: skip
    assert (await door.take(as_ubl(credit))).outcome == "duplicate"
    assert await violations(buying.shop.tenant) == {}


async def test_a_credit_note_that_was_expected_clears_what_was(buying: Buying, door: Door) -> None:
    _, number = await _bought(buying, 10)
    await door.take(as_ubl(Written(order=number, lines=(replace(CUP, price="3.00"),))))
    invoice = await _bill(buying)
    async with buying.shop.tenant.work() as work:
        await expect_supplier_credit(work, supplier_invoice_id=invoice.id, reason="too dear")
    assert (await balances(buying.shop.tenant))["supplier_advances"] == 500
    # One line in words: of the price, and of no item.
    agreed = WrittenLine(code="PRICE", quantity=1, price="5.00")
    note = Written(number="C-1", corrects="R-1", is_credit=True, lines=(agreed,))
    assert (await door.take(as_ubl(note))).outcome == "accepted"
    invoice, credit = await _bills(buying)
    assert (credit.status, credit.credit_expected_minor, invoice.open_minor) == (
        "credited", 500, 2500,
    )  # fmt: skip
    assert await balances(buying.shop.tenant) == {"inventory": 2500, "payables": -2500}
    [payment] = await rows_of(buying.shop.tenant, Payment)
    assert (payment.method, payment.amount_minor, payment.reference) == ("credit", 500, "C-1")
    assert await violations(buying.shop.tenant) == {}


async def test_a_credit_of_the_price_takes_it_off_the_goods(buying: Buying, door: Door) -> None:
    _, number = await _bought(buying, 10)
    await door.take(as_ubl(Written(order=number, lines=(CUP,))))
    note = Written(number="C-1", order=number, is_credit=True, lines=(replace(CUP, price="0.25"),))
    assert (await door.take(as_ubl(note))).outcome == "accepted"
    assert await _lines(buying) == [("goods", 10, 2500), ("price", -10, -250)]
    assert await balances(buying.shop.tenant) == {"inventory": 2250, "payables": -2250}
    assert await violations(buying.shop.tenant) == {}


async def test_a_credit_note_of_what_was_never_billed_waits_for_who_decides(
    buying: Buying, door: Door
) -> None:
    _, number = await _bought(buying, 10)
    note = Written(number="C-1", order=number, is_credit=True, lines=(CUP,))
    assert (await door.take(as_ubl(note))).outcome == "accepted"
    row = await _bill(buying)
    assert (row.status, row.reasons) == ("exception", ["not_billed"])
    unknown = replace(note, number="C-2", order=None, corrects="R-9")
    done = await door.take(as_ubl(unknown))
    assert (done.outcome, _codes(done)) == ("exception", ["unknown_invoice"])
    assert (await _bill(buying)).id == row.id


async def test_an_invoice_of_less_than_nothing_is_a_credit_note(buying: Buying, door: Door) -> None:
    _, number = await _bought(buying, 10)
    await door.take(as_ubl(Written(order=number, lines=(CUP,))))
    done = await door.take(
        as_ubl(Written(number="R-2", order=number, lines=(replace(CUP, quantity=-2),)))
    )
    assert done.outcome == "accepted"
    note = (await _bills(buying))[1]
    assert (note.kind, note.status, note.total_minor) == ("credit_note", "credited", 500)
    assert await violations(buying.shop.tenant) == {}


async def test_invoices_beside_orders_are_taken_with_them(buying: Buying) -> None:
    """One interchange with an order of a customer and an invoice of a supplier."""
    _, number = await _bought(buying, 10)
    rules = {"on_unknown_party": "create_draft", "on_unknown_item": "create_draft"}
    entity = buying.shop.setting.entity_id
    door = await new_door(buying.shop.tenant, entity_id=entity, kind="edi", source="x12", **rules)
    order = (
        "GS*PO*SHOP*BUYER*20260302*0930*2*X*004010~ST*850*0001~BEG*00*SA*SO-1**20260302~CUR*BY*EUR~"
        "N1*BY**92*SHOP~PO1*1*2*EA*5**SK*CUP~SE*6*0001~GE*1*2~IEA*2*"
    )
    raw = as_810(Written(order=number, lines=(CUP,))).replace(b"IEA*1*", order.encode())
    done = await door.take(raw)
    assert (done.outcome, [code for code in _codes(done) if "draft" not in code]) == (
        "accepted",
        [],
    )
    documents = await door.documents(done.message_id)
    assert [each.outcome for each in documents] == ["accepted", "accepted"]
    assert (documents[0].order_id is not None, documents[1].order_id) == (True, None)
    assert documents[1].supplier_invoice_id == (await _bill(buying)).id
    assert (done.reading.acknowledgement or "").count("AK5*A~") == 2
