"""Lists of values come out of the database as they went in, whatever stands in them."""

from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    LargeBinary,
    Numeric,
    Text,
    bindparam,
    cast,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from domain.kernel.array_text import array_writer
from tests.factories.tenants import TenantUnderTest

ODD = [
    "",
    " ",
    "NULL",
    "null",
    '"',
    "\\",
    '\\"',
    "{}",
    "a,b",
    "é€😀",
    "\n\t\x01",
    " lead and trail ",
]
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(ODD), inner),
    max_leaves=8,
)
TEXTS = st.sampled_from(ODD) | st.text(st.characters(exclude_characters="\0", codec="utf-8"))
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**17))
MOMENTS = st.datetimes(timezones=ZONES).filter(lambda moment: 1 < moment.year < 9999)
KINDS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "integers": (BigInteger(), st.integers(-(2**63), 2**63 - 1)),
    "numbers": (Numeric(24, 6), NUMBERS.filter(lambda n: abs(n) < 10**17)),
    "truths": (Boolean(), st.booleans()),
    "days": (Date(), st.dates()),
    "moments": (DateTime(timezone=True), MOMENTS),
    "texts": (Text(), TEXTS),
    "documents": (JSONB(), st.dictionaries(TEXTS, DOCUMENTS, max_size=3)),
}


async def _through_the_database(tenant: TenantUnderTest, kind: Any, written: str) -> list[Any]:
    array = cast(bindparam("written", type_=Text()), ARRAY(kind))
    async with tenant.read() as reader:
        came: list[Any] = await reader.value(select(array), {"written": written})
    return came


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_what_is_written_is_read(
    tenant: TenantUnderTest, name: str, data: st.DataObject
) -> None:
    kind, one = KINDS[name]
    values = data.draw(st.lists(st.none() | one, max_size=6))
    writer = array_writer(kind)
    assert writer is not None
    assert await _through_the_database(tenant, kind, writer(values)) == values


def test_what_has_no_text_here_is_left_to_the_driver() -> None:
    assert array_writer(LargeBinary()) is None
    assert array_writer(ARRAY(Text())) is None
