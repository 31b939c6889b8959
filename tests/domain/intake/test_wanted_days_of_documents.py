"""Documents say when they want it: the order keeps it, is promised by it, and follows changes."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from domain.entities.models import Party
from tests.factories.delivering import deliver_all
from tests.factories.intake import Door, new_door
from tests.factories.masters import new_item, new_party
from tests.factories.orders import violations
from tests.factories.tenants import TenantUnderTest

HEAD = (
    "ISA*00*          *00*          *ZZ*SENDER         *01*RECEIVER       "
    "*260301*1200*U*00401*000000007*0*P*>~GS*PO*SND*RCV*20260301*1200*7*X*004010~"
)
THERE, LEAVES, OTHER = date(2026, 3, 18), date(2026, 3, 11), date(2026, 3, 20)


def document(*segments: str, beg: str = "BEG*00*SA*PO-1**20260301", kind: str = "850") -> bytes:
    """An X12 order of these segments."""
    body = [f"ST*{kind}*0001", beg, *segments, f"SE*{len(segments) + 3}*0001"]
    lines = [*body, "GE*1*7", "IEA*1*000000007"]
    return (HEAD + "".join(line + "~" for line in lines)).encode()


def line(number: int, sku: str, quantity: int = 2) -> str:
    """An ordered line."""
    return f"PO1*{number}*{quantity}*EA*2.50*PE*VN*{sku}"


@pytest.fixture
async def door(tenant: TenantUnderTest) -> Door:
    """A customer's channel; it wants nothing early."""
    party = await new_party(tenant)
    async with tenant.work() as work:
        await work.execute(
            update(Party)
            .where(Party.tenant_id == work.tenant_id, Party.id == party)
            .values(early_delivery_allowed=False)
        )
    for sku in ("A-1", "A-2"):
        await new_item(tenant, sku=sku)
    return await new_door(tenant, kind="edi", source="x12", default_party_id=party)


async def days(door: Door) -> list[tuple[Any, Any]]:
    """(wanted there, wanted to leave) of the order, then of each line."""
    order = await door.order()
    rows = [order, *await door.lines(order.id)]
    return [(row.wanted_on, row.wanted_ship_on) for row in rows]


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        (["DTM*002*20260318"], (THERE, None)),
        (["DTM*010*20260311"], (None, LEAVES)),
        (["DTM*010*20260311", "DTM*002*20260318"], (THERE, LEAVES)),
        ([], (None, None)),
    ],
    ids=["002 to be there", "010 to leave", "both", "neither"],
)
async def test_the_days_of_an_850_are_the_orders(
    door: Door, segments: list[str], expected: tuple[Any, Any]
) -> None:
    taken = await door.take(document(*segments, line(1, "A-1"), "CTT*1*2"))
    assert taken.outcome == "accepted"
    assert await days(door) == [expected, expected]
    wanted = expected != (None, None)
    assert (await door.order()).early_delivery_allowed is not wanted


async def test_a_line_keeps_a_day_of_its_own(door: Door) -> None:
    told = document(
        "DTM*002*20260318", line(1, "A-1"), "DTM*002*20260320", line(2, "A-2"), "CTT*2*4"
    )
    assert (await door.take(told)).outcome == "accepted"
    assert await days(door) == [(THERE, None), (OTHER, None), (THERE, None)]


async def test_another_day_in_a_later_document_is_followed(door: Door) -> None:
    first = document("DTM*002*20260318", line(1, "A-1"), "CTT*1*2")
    assert (await door.take(first)).outcome == "accepted"
    later = document("DTM*002*20260320", line(1, "A-1"), "CTT*1*2", beg="BEG*05*SA*PO-1**20260301")
    taken = await door.take(later)
    (read,) = await door.documents(taken.message_id)
    assert read.outcome == "amended"
    await deliver_all(door.tenant)
    assert await days(door) == [(OTHER, None), (OTHER, None)]
    assert await violations(door.tenant) == {}


async def test_a_document_that_is_silent_about_days_changes_none(door: Door) -> None:
    first = document("DTM*002*20260318", line(1, "A-1"), "CTT*1*2")
    assert (await door.take(first)).outcome == "accepted"
    later = document(line(1, "A-1", 3), "CTT*1*3", beg="BEG*05*SA*PO-1**20260301")
    taken = await door.take(later)
    (read,) = await door.documents(taken.message_id)
    assert read.outcome == "amended"
    assert await days(door) == [(THERE, None), (THERE, None)]
