"""X12: every sample against the manifest: the orders' facts, and the envelope faults it lists."""

import re
from decimal import Decimal
from typing import Any

import pytest

from domain.intake.document import ParsedOrder, Reading
from domain.intake.formats.registry import read

FACT = re.compile(r"(\S+): ([\d.]+) (\w*) @(\S*)((?: \w{2}:[^/;]*?)*)(?= /|;| \[|$| …)")
FAULTS = {
    "SE01": "se_count_mismatch",
    "SE02": "se_control_number_mismatch",
    "GE01": "ge_count_mismatch",
    "GE02": "ge_control_number_mismatch",
    "IEA01": "iea_count_mismatch",
    "IEA02": "iea_control_number_mismatch",
    "missing IEA": "iea_missing",
    "missing GE": "ge_missing",
}
ENVELOPE_CODES = {*FAULTS.values(), "isa_malformed", "segment_unterminated", "se_missing"}

SOUND_ONCE_UNWRAPPED = {"210_xlate_ts210_80char.edi", "855_irobayna_2.edi", "832_irobayna_1.edi"}
"""Lines broken after 80 characters, which the manifest's naive reader took for data."""

UNREADABLE_ISA = {
    "env_apimeister_test_940.edi",
    "env_apimeister_test_940-2.edi",
    "env_apimeister_test_940-3.edi",
    "env_apimeister_test_940-4.edi",
    "env_walmartlabs_x12.no.line.break.no.delim.edi",
}
INVALID_CONTENT = {
    "850_ballerina-platform_x12-sender.edi": "PO1[1]-07",
    "850_olmelabs_850.SyntaxNotes.ERR.edi": "PO1[1]-07",
}
"""850s whose envelope is sound, but whose PO1 has a qualifier without its code."""

ORDERS_IN_ISSUE_135 = [("740150", 9), ("740151", 11)]
"""Line 30 of the first is lost to a terminator that is missing."""


def test_every_sample_is_read_as_the_manifest_says(x12_sample: Any) -> None:
    reading = read(x12_sample.raw)
    if "860" in x12_sample.what.split(" from ")[0]:
        (change,) = reading.orders
        assert (reading.format, reading.kind) == ("x12.860", "order")
        assert f"860 no {change.external_number}; cur {change.currency};" in x12_sample.expected
        facts = [
            f"{line.line_reference} CA {line.quantity} left 0 {line.unit} @{line.unit_price}"
            for line in change.lines
        ]
        assert all(fact in x12_sample.expected for fact in facts)
        return
    if "850" not in x12_sample.what.split(" from ")[0]:
        assert reading.orders == ()
        assert reading.kind in ("not_an_order", "faulty")
        assert reading.problems
        expected = re.search(r"X12 (\d{3})", x12_sample.what)
        if expected and x12_sample.name not in UNREADABLE_ISA:
            assert reading.format == f"x12.{expected[1]}"
        return
    assert reading.format == "x12.850"
    assert reading.kind == ("order" if _is_sound(x12_sample) else "faulty")
    _compare_orders(reading, x12_sample)


def _is_sound(sample: Any) -> bool:
    return sample.kind == "edi-x12" and sample.name not in INVALID_CONTENT


def _compare_orders(reading: Reading, sample: Any) -> None:
    if "issue135" in sample.name:
        found = [(order.external_number, len(order.lines)) for order in reading.orders]
        assert found == ORDERS_IN_ISSUE_135
    sets = [part for part in sample.expected.split(" ¦¦ ") if part.startswith("850 no ")]
    orders = [order for order in reading.orders if order.external_number]
    for order, expected in zip(orders, sets, strict=True):
        _compare_order(order, expected)


def _compare_order(order: ParsedOrder, expected: str) -> None:
    assert order.external_number == expected.removeprefix("850 no ").split(";")[0].strip()
    if "; cur " in expected:
        assert order.currency == expected.split("; cur ")[1].split(";")[0]
    _compare_party(order, expected)
    counted = re.search(r"(\d+) line facts: (.*)", expected)
    if counted is not None:
        assert len(order.lines) == int(counted[1])
        for line, fact in zip(order.lines, FACT.findall(counted[2]), strict=False):
            _compare_line(line, fact)
    amount = re.search(r"AMT (1|TT) ([\d.]+)", expected)
    if amount is not None:
        total = order.totals.subtotal if amount[1] == "1" else order.totals.total
        assert total == Decimal(amount[2])


def _compare_party(order: ParsedOrder, expected: str) -> None:
    match = re.search(r"; ST=([^;(]+?)(?: \(([^)]*)\))?(?:;| \[|$)", expected)
    if match is None:
        return
    address = order.ship_to
    assert address is not None
    assert address.name == match[1]
    if match[2]:
        parts = (address.city, address.region, address.postal_code)
        assert " ".join(part for part in parts if part) == match[2]


def _compare_line(line: Any, fact: tuple[str, ...]) -> None:
    reference, quantity, unit, price, codes = fact
    assert line.line_reference in (reference, None)
    assert line.quantity == Decimal(quantity)
    assert (line.unit or "") == unit
    assert line.unit_price == (Decimal(price) if price else None)
    listed = re.findall(r"(\w{2}):(.*?)(?= \w{2}:|$)", codes.strip())
    assert [(code.qualifier, code.value) for code in line.codes] == listed


def test_every_envelope_fault_of_the_manifest_is_found_and_no_other(x12_sample: Any) -> None:
    if x12_sample.name in SOUND_ONCE_UNWRAPPED | UNREADABLE_ISA:
        return
    stated = x12_sample.expected.partition("[envelope ")[2]
    if not stated:
        return
    found = {p.code for p in read(x12_sample.raw).all_problems} & ENVELOPE_CODES
    listed = {code for name, code in FAULTS.items() if name in stated}
    assert found - {"segment_unterminated"} == listed


def test_lines_broken_after_80_characters_are_no_fault(samples: Any) -> None:
    for folder, name in (
        ("edi-x12-envelope-faults", "210_xlate_ts210_80char.edi"),
        ("edi-x12-negative", "855_irobayna_2.edi"),
    ):
        codes = {p.code for p in read(samples[f"{folder}/{name}"].raw).problems}
        assert not codes & ENVELOPE_CODES


def test_an_isa_beyond_reading_is_a_fault_that_is_kept(x12_sample: Any) -> None:
    if x12_sample.name in UNREADABLE_ISA:
        reading = read(x12_sample.raw)
        assert (reading.format, reading.kind, reading.orders) == ("x12", "faulty", ())


def test_a_broken_syntax_note_names_the_element(samples: Any) -> None:
    for folder, name in (
        ("edi-x12", "850_ballerina-platform_x12-sender.edi"),
        ("edi-x12-negative", "850_olmelabs_850.SyntaxNotes.ERR.edi"),
    ):
        problems = read(samples[f"{folder}/{name}"].raw).all_problems
        assert any(INVALID_CONTENT[name] in p.path and p.severity == "error" for p in problems)


def test_a_missing_terminator_is_told_with_the_segment_it_swallowed(samples: Any) -> None:
    name = "edi-x12-envelope-faults/850_indice-co_x12.850.issue135.edi"
    problems = read(samples[name].raw).all_problems
    lost = next(p for p in problems if p.code == "segment_unterminated")
    assert lost.path == "ISA[1]/GS[1]/ST[1]/DTM (segment 21)"
    assert "PO1" in lost.message


def test_the_same_order_twice_in_one_document_has_one_external_id(samples: Any) -> None:
    orders = read(samples["edi-x12/850_aaronhuggins_850_fat.edi"].raw).orders
    assert len(orders) == 2
    assert len({order.external_id for order in orders}) == 1


@pytest.mark.parametrize("folder", ["edi-x12", "edi-x12-envelope-faults", "edi-x12-negative"])
def test_acknowledgements_are_never_acknowledged(samples: Any, folder: str) -> None:
    for name, sample in samples.items():
        if name.startswith((f"{folder}/997", f"{folder}/999")):
            assert "AK2*997" not in (read(sample.raw).acknowledgement or "")
