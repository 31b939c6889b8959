"""Suppliers' documents answer purchase orders and tell what was sent, once, or wait with why."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.operations.party_identifiers import assign_party_identifier
from domain.intake.operations import process_message, replay_message
from domain.procurement.models import PurchaseConfirmation, ShipNotice, ShipNoticeLine
from tests.domain.intake.formats.conftest import SAMPLES
from tests.factories.conditions import until_somebody_waits_for
from tests.factories.intake import Door
from tests.factories.orders import new_shop
from tests.factories.purchases import Buying, new_buying
from tests.factories.tenants import TenantUnderTest

SENDER = "ACMESUPPLIER"


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


async def _door(buying: Buying) -> Door:
    tenant = buying.shop.tenant
    async with tenant.read() as reader:
        code = await reader.value(
            select(Channel.code).where(
                Channel.tenant_id == tenant.id, Channel.id == buying.shop.channel_id
            )
        )
    return Door(tenant, buying.shop.channel_id, str(code))


async def _number(buying: Buying, order_id: int) -> str:
    return str((await buying.order(order_id)).number)


def _x12(kind: str, *segments: str, sender: str = SENDER) -> str:
    isa = f"ISA*00*          *00*          *ZZ*{sender:<15}*ZZ*{'BUYER':<15}*260302*0930*U*00401*"
    group = {"855": "PR", "856": "SH"}[kind]
    body = [
        f"{isa}000000001*0*P*>",
        f"GS*{group}*{sender}*BUYER*20260302*0930*1*X*004010",
        f"ST*{kind}*0001",
        *segments,
        f"SE*{len(segments) + 2}*0001",
        "GE*1*1",
        "IEA*1*000000001",
    ]
    return "~".join(body) + "~"


def _edifact(kind: str, *segments: str, sender: str = SENDER) -> str:
    body = [
        f"UNB+UNOC:3+{sender}:14+BUYER:14+260302:0930+1",
        f"UNH+1+{kind}:D:96A:UN:EAN005",
        *segments,
        f"UNT+{len(segments) + 2}+1",
        "UNZ+1+1",
    ]
    return "'".join(body) + "'"


def _855(number: str, *lines: str, state: str = "AC", sender: str = SENDER) -> str:
    return _x12("855", f"BAK*00*{state}*{number}*20260302****A-77", *lines, sender=sender)


def _day(buying: Buying, days: int) -> str:
    return buying.day(days).strftime("%Y%m%d")


async def _all(buying: Buying, table: Any) -> list[Any]:
    async with buying.shop.tenant.read() as reader:
        return list(
            await reader.rows(
                select(*table.__table__.c)
                .where(table.tenant_id == reader.tenant_id)
                .order_by(table.id)
            )
        )


async def test_an_855_confirms_line_by_line_what_comes_when(buying: Buying) -> None:
    order_id = await buying.ordered(100, 20)
    document = _855(
        await _number(buying, order_id),
        "PO1*1*100*EA*2.5**SK*CUP",
        f"ACK*IA*60*EA*067*{_day(buying, 5)}",
        f"ACK*IA*40*EA*067*{_day(buying, 9)}",
        "PO1*2*20*EA*2.5**SK*POT",
        "ACK*IA*20*EA",
    )
    done = await (await _door(buying)).take(document)
    assert (done.outcome, done.reading.format) == ("accepted", "x12.855")
    assert await buying.status(order_id) == "confirmed"
    assert await buying.coming() == [(60, 5, True), (40, 9, True)]
    assert await buying.coming(item=1) == [(20, 10, True)]
    (confirmation,) = await _all(buying, PurchaseConfirmation)
    assert confirmation.external_reference == "A-77"
    assert await buying.violations() == []


async def test_what_an_855_says_otherwise_is_a_proposal(buying: Buying) -> None:
    """Dearer, rejected, and promised later."""
    order_id = await buying.ordered(100, 20)
    document = _855(
        await _number(buying, order_id),
        "PO1*1*100*EA*2.75**SK*CUP",
        "ACK*IP*100*EA",
        "PO1*2*20*EA*2.5**SK*POT",
        "ACK*IR*20*EA",
    )
    done = await (await _door(buying)).take(document)
    assert done.outcome == "accepted"
    assert await buying.status(order_id) == "sent"
    assert await buying.coming() == [(100, 10, False)]
    later = await buying.ordered(50)
    document = _855(
        await _number(buying, later),
        "PO1*1*50*EA*2.5**SK*CUP",
        "ACK*IA*30*EA",
        "ACK*IB*20*EA",
    )
    assert (await (await _door(buying)).take(document)).outcome == "accepted"
    assert await buying.figures(later) == [(50, 30, 0, 0, 0, 0)]
    assert await buying.violations() == []


@pytest.mark.parametrize(("state", "confirmed"), [("AT", 100), ("RJ", 0)])
async def test_an_855_without_lines_speaks_of_all(
    buying: Buying, state: str, confirmed: int
) -> None:
    order_id = await buying.ordered(100)
    document = _855(await _number(buying, order_id), state=state)
    done = await (await _door(buying)).take(document)
    assert done.outcome == "accepted"
    assert (await buying.figures(order_id))[0][1] == confirmed


async def test_the_same_document_twice_and_a_replay_do_nothing_more(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    document = _855(await _number(buying, order_id), "PO1*1*100*EA*2.5**SK*CUP", "ACK*IA*100*EA")
    door = await _door(buying)
    first = await door.take(document)
    assert (await door.take(document)).outcome == "duplicate"
    assert len(await _all(buying, PurchaseConfirmation)) == 1
    assert first.outcome == "accepted"


async def test_the_same_notice_twice_at_once_is_known_the_second_time(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    door = await _door(buying)
    notice = _x12(
        "856",
        f"BSN*00*ASN-1*20260302*0930**{_day(buying, 4)}",
        "HL*1**O",
        f"PRF*{await _number(buying, order_id)}",
        "HL*2*1*I",
        "LIN**SK*CUP",
        "SN1**40*EA",
    )
    first, second = [await door.receive(notice) for _ in range(2)]
    async with buying.shop.tenant.work() as work:
        await process_message(work, message_id=first)
        waiting = asyncio.create_task(door.process(second))
        await until_somebody_waits_for(work)
    again = await waiting
    assert again is not None
    assert (again.outcome, again.reading.problems) == ("duplicate", ())
    assert (await door.message(first)).outcome == "accepted"
    assert [row.number for row in await _all(buying, ShipNotice)] == ["ASN-1"]
    assert await buying.violations() == []


async def test_an_856_tells_what_is_on_its_way_and_with_what(buying: Buying) -> None:
    order_id = await buying.ordered(100, 20)
    number = await _number(buying, order_id)
    document = _x12(
        "856",
        "BSN*00*ASN-9*20260302*0930",
        "HL*1**S",
        "TD5**2*OVNT**OVERNITE",
        "REF*CN*TRACK-1",
        f"DTM*017*{_day(buying, 4)}",
        "HL*2*1*O",
        f"PRF*{number}",
        "HL*3*2*P",
        "MAN*GM*00106141411234567897",
        "HL*4*3*I",
        "LIN**SK*CUP",
        "SN1**60*EA",
        "HL*5*2*I",
        "LIN**SK*POT",
        "SN1**20*EA",
    )
    door = await _door(buying)
    done = await door.take(document)
    assert (done.outcome, done.reading.problems) == ("accepted", ())
    assert await buying.status(order_id) == "shipped"
    assert await buying.coming() == [(60, 4, True), (40, 10, False)]
    (notice,) = await _all(buying, ShipNotice)
    assert (notice.number, notice.carrier, notice.tracking_number) == ("ASN-9", "OVNT", "TRACK-1")
    lines = await _all(buying, ShipNoticeLine)
    assert [(line.quantity, line.sscc) for line in lines] == [
        (Decimal(60), "106141411234567897"),
        (Decimal(20), None),
    ]
    await buying.receive(order_id, 60, 20, ship_notice="ASN-9")
    assert await buying.shop.available() == 60
    assert await buying.violations() == []


async def test_an_ordrsp_confirms_and_a_desadv_ships(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    number = await _number(buying, order_id)
    answer = _edifact(
        "ORDRSP",
        "BGM+231+R-1+29",
        "DTM+137:20260302:102",
        f"RFF+ON:{number}",
        f"NAD+SU+{SENDER}::9",
        "LIN+1+5+CUP:SA",
        "PIA+5+CUP:IN",
        "QTY+21:100:PCE",
        f"DTM+67:{_day(buying, 6)}:102",
        "PRI+AAA:2.50",
        "UNS+S",
    )
    door = await _door(buying)
    done = await door.take(answer)
    assert (done.outcome, done.reading.format) == ("accepted", "edifact.ordrsp")
    assert await buying.coming() == [(100, 6, True)]
    notice = _edifact(
        "DESADV",
        "BGM+351+D-1+9",
        f"DTM+17:{_day(buying, 3)}:102",
        f"RFF+ON:{number}",
        f"NAD+SU+{SENDER}::9",
        "TDT+20++30+31+DHL",
        "CPS+1",
        "PAC+1++PX",
        "PCI+33E",
        "GIN+BJ+106141411234567897",
        "LIN+1++CUP:IN",
        "QTY+12:100:PCE",
    )
    done = await door.take(notice)
    assert (done.outcome, done.reading.format) == ("accepted", "edifact.desadv")
    assert await buying.coming() == [(100, 3, True)]
    (line,) = await _all(buying, ShipNoticeLine)
    assert line.sscc == "106141411234567897"
    assert await buying.violations() == []


async def test_an_ordrsp_that_says_no_is_a_proposal_to_drop_the_line(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    answer = _edifact(
        "ORDRSP",
        "BGM+231+R-1+4",
        f"RFF+ON:{await _number(buying, order_id)}",
        f"NAD+SU+{SENDER}::9",
        "LIN+1+7+CUP:IN",
    )
    assert (await (await _door(buying)).take(answer)).outcome == "accepted"
    assert await buying.figures(order_id) == [(100, 0, 0, 0, 0, 0)]


async def test_what_cannot_be_told_to_an_order_or_line_waits_with_its_place(
    buying: Buying,
) -> None:
    order_id = await buying.ordered(100)
    number, door = await _number(buying, order_id), await _door(buying)
    unknown_order = await door.take(_855("PO-NOWHERE", state="AT"))
    unknown_item = await door.take(_855(number, "PO1*7*5*EA*1**VN*WHO", "ACK*IA*5*EA"))
    unclear = await door.take(_855(number, state="ZZ"))
    too_much = await door.take(_855(number, "PO1*1*1*EA*2.5**SK*CUP", "ACK*IA*101*EA"))
    for done, code in (
        (unknown_order, "unknown_purchase_order"),
        (unknown_item, "unknown_line"),
        (unclear, "answer_unclear"),
        (too_much, "purchase_order_refused"),
    ):
        assert (done.outcome, [p.code for p in done.reading.problems]) == ("exception", [code])
    assert unknown_item.reading.problems[0].path == "ISA[1]/GS[1]/ST[1]/PO1 (segment 3)"
    assert await buying.status(order_id) == "sent"
    assert await _all(buying, PurchaseConfirmation) == []


async def test_another_supplier_answers_nothing(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    other = await new_buying(buying.shop)
    number, door = await _number(buying, order_id), await _door(buying)
    document = _855(number, state="AT", sender="SOMEBODY")
    done = await door.take(document)
    assert [p.code for p in done.reading.problems] == ["unknown_supplier"]
    async with buying.shop.tenant.work() as work:
        await assign_party_identifier(work, party_id=other.supplier_id, value="SOMEBODY")
    again = await door.take(document + "\n")
    assert [p.code for p in again.reading.problems] == ["unknown_supplier"]
    assert await buying.status(order_id) == "sent"


async def test_mended_it_is_replayed_and_done_once(buying: Buying) -> None:
    first, second = await buying.ordered(10), await buying.ordered(10)
    door = await _door(buying)
    known = _855(await _number(buying, first), state="AT", sender="LATER")
    async with buying.shop.tenant.work() as work:
        await work.execute(
            update(Channel)
            .where(Channel.tenant_id == work.tenant_id, Channel.id == buying.shop.channel_id)
            .values(default_party_id=None)
        )
    done = await door.take(known)
    assert done.outcome == "exception"
    async with buying.shop.tenant.work() as work:
        await assign_party_identifier(work, party_id=buying.supplier_id, value="LATER")
    async with buying.shop.tenant.work() as work:
        await replay_message(work, message_id=done.message_id)
    assert (await buying.status(first), await buying.status(second)) == ("confirmed", "sent")
    assert (await door.message(done.message_id)).outcome == "accepted"


@pytest.mark.parametrize(
    "name",
    [
        "855_Stedi-Demos_inbound.edi",
        "855_irobayna_1.edi",
        "856_olmelabs_856.Crossdock.OK.edi",
        "856_aaronhuggins_856.edi",
        "ORDRSP_indice-co_edifact.ORDRSP.edi",
    ],
)
async def test_outsiders_documents_are_understood_and_wait_for_their_order(
    buying: Buying, name: str
) -> None:
    raw = next(each for each in SAMPLES if each.name.endswith(name)).raw
    done = await (await _door(buying)).take(raw)
    assert done.outcome == "exception"
    assert {problem.code for problem in done.reading.problems} == {"unknown_purchase_order"}
