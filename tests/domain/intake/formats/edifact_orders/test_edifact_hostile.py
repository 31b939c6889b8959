"""Whatever comes as EDIFACT is answered, in bounded time and space."""

from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.intake.formats.registry import read
from tests.domain.intake.formats.test_format_hostile import answer
from tests.factories.edifact_orders import edifact_change, edifact_order

SEEDS = (
    "edi-edifact/ORDERS_smooks_expected.edi",
    "edi-edifact/ORDERS_ballerina-platform_order-batch.edi",
    "edi-edifact-envelope-faults/ORDERS_ballerina-platform_message.edi",
    "edi-edifact-envelope-faults/ORDERS_EDIandXML_orders.edi",
)
FEW = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
HEAD = "UNB+UNOA:1+A+B+260301:0930+1'UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'"


@FEW
@given(data=st.data(), seed=st.sampled_from(SEEDS))
def test_a_message_with_segments_dropped_doubled_and_swapped_is_answered(
    samples: dict[str, Any], data: st.DataObject, seed: str
) -> None:
    parts = samples[seed].raw.decode("latin-1").split("'")
    places = st.integers(0, len(parts) - 1)
    for _ in range(data.draw(st.integers(1, 4))):
        one, other = data.draw(places), data.draw(places)
        parts[one : one + 1] = data.draw(st.sampled_from([[], [parts[one]] * 2, [parts[other]]]))
        parts = parts or [""]
        places = st.integers(0, len(parts) - 1)
    answer("'".join(parts).encode())


@FEW
@given(
    text=st.sampled_from([edifact_order(), edifact_change("PO-1", ["LIN+1+3+A-1:SA", "QTY+21:5"])]),
    place=st.integers(0, 200),
    odd=st.text(st.sampled_from("+:'?\x00é٣-,.9\n"), max_size=4),
)
def test_a_message_with_odd_characters_in_it_is_answered(text: str, place: int, odd: str) -> None:
    answer((text[:place] + odd + text[place:]).encode())
    answer((text[:place] + odd).encode("utf-16"))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (HEAD + "+" * 4_000_000, {"interchange_too_long"}),
        (HEAD + "?'" * 500_000, set()),
        (HEAD + "UNS+S'" * 200_001, {"interchange_too_long"}),
        (HEAD + "UNH+1+ORDERS:D:96A:UN'" * 10_001, {"interchange_too_long"}),
        ("UNB+A'UNH+1+ORDERS'" * 1_001, {"too_many_interchanges"}),
        (
            HEAD + "".join(f"LIN+{n}++A:SA+1:{n - 1}'" for n in range(1, 20_000)),
            {"line_unknown", "unt_missing"},
        ),
        (HEAD + "LIN+1'" * 20_000, {"quantity_missing", "unt_missing"}),
    ],
    ids=["elements", "released", "segments", "messages", "interchanges", "nested", "lines"],
)
def test_what_is_meant_to_tire_the_reader_does_not(text: str, codes: set[str]) -> None:
    began = process_time()
    reading = read(text.encode())
    assert process_time() - began < 10
    assert reading.kind == "faulty"
    told = [problem.code for problem in reading.all_problems]
    assert codes <= set(told)
    assert len(told) < 10_000
