"""EDIFACT ORDERS: every sample against the manifest: the orders' facts, and its envelope faults."""

import re
from decimal import Decimal
from typing import Any

from domain.intake.document import ParsedLine, ParsedOrder, has_errors
from domain.intake.formats.registry import read

FAULTS = (
    (r"UNT count", "edifact_count_mismatch"),
    (r"UNZ count", "edifact_count_mismatch"),
    (r"UN[TZ] ref", "edifact_reference_mismatch"),
    (r"missing UNT", "unt_missing"),
    (r"missing UNZ", "unz_missing"),
    (r"no UNB", "unb_missing"),
)
ENVELOPE = {code for _, code in FAULTS}
LINE = re.compile(r"(?P<code>[^@]*?)(?: q(?P<kind>\w+)=(?P<quantity>[\d.]+)(?: (?P<unit>[A-Z]+))?)")
EMPTY_IN_BATCH = "ORDERS_ballerina-platform_order-batch.edi"
"""Its last message has neither BGM nor lines."""


def test_every_sample_is_read_as_the_manifest_says(edifact_sample: Any) -> None:
    reading = read(edifact_sample.raw)
    if not edifact_sample.name.startswith("ORDERS"):
        assert reading.orders == ()
        assert reading.format == f"edifact.{edifact_sample.name.split('_')[0].lower()}"
        return
    sound = edifact_sample.kind == "edi-edifact" and edifact_sample.name != EMPTY_IN_BATCH
    assert (reading.format, reading.kind) == ("edifact.orders", "order" if sound else "faulty")
    expected = edifact_sample.expected.split(" ¦¦ ")
    for order, told in zip(reading.orders, expected, strict=True):
        _compare(order, told)


def _compare(order: ParsedOrder, told: str) -> None:
    number = re.search(r"BGM \w+ no (\S+?)(?: func (\d+))?(?:;| \[|$)", told)
    assert order.external_number == (number[1] if number else None)
    assert order.source_status == (number[2] if number else None)
    currency = re.search(r"cur ([A-Z]{3})", told)
    assert order.currency == (currency[1] if currency else None)
    for role in ("BY", "SU", "DP", "IV"):
        party = re.search(rf"; {role}=([^;\[]*?)(?:;| \[|$)", told)
        found = next((each for each in order.parties if each.role == role), None)
        assert (found is None) == (party is None)
        if found is not None and found.code is not None and party is not None:
            assert party[1].startswith(found.code)
    _compare_lines(order.lines, told)


def _compare_lines(lines: tuple[ParsedLine, ...], told: str) -> None:
    counted = re.search(r"(\d+) lines: (.*?)(?: \[envelope|$)", told)
    if counted is None:
        assert lines == ()
        return
    assert len(lines) == int(counted[1])
    for line, fact in zip(lines, counted[2].split(" / "), strict=False):
        quantity = re.search(r" ?q\w+=([\d.]+)(?: ([A-Z]+)(?= |$))?", fact)
        price = re.search(r"(?:AAA|AAB)@([\d.]+)", fact)
        assert quantity is not None
        assert line.quantity == Decimal(quantity[1])
        assert line.unit == quantity[2]
        assert line.unit_price == (Decimal(price[1]) if price else None)
        named = fact[: quantity.start()].strip()
        told_codes = {code.value for code in line.codes}
        number = line.line_reference or ""
        assert named == number or named.removeprefix(f"{number} ").strip() in told_codes


def test_every_envelope_fault_of_the_manifest_is_found_and_no_other(edifact_sample: Any) -> None:
    if not edifact_sample.name.startswith("ORDERS"):
        return
    stated = edifact_sample.expected.partition("[envelope ")[2]
    found = {p.code for p in read(edifact_sample.raw).all_problems} & ENVELOPE
    assert found == {code for pattern, code in FAULTS if re.search(pattern, stated)}


def test_the_lines_of_a_real_order_to_the_last_code(samples: Any) -> None:
    sample = samples["edi-edifact-envelope-faults/ORDERS_ballerina-platform_message.edi"]
    (order,) = read(sample.raw).orders
    assert order.external_id == "8716106053841/2738662"
    assert (order.currency, str(order.ordered_at)) == ("EUR", "2020-03-04")
    assert [(p.role, p.code, p.qualifier) for p in order.parties] == [
        ("BY", "8716106198368", "9"),
        ("SU", "8712199999999", "9"),
        ("IV", "8716106198405", "9"),
        ("DP", "8716106053926", "9"),
    ]
    assert order.ship_to is not None
    assert (order.ship_to.city, order.ship_to.postal_code, order.ship_to.country) == (
        "POITIERS CEDEX",
        "86011",
        "FR",
    )
    first = order.lines[0]
    assert (first.line_reference, first.external_code, first.unit) == ("10", "ABC1234", "EA")
    assert [(c.kind, c.value) for c in first.codes] == [
        ("ean", "8712100000003"),
        ("vendor", "ABC1234"),
        ("buyer", "DEF345"),
    ]
    assert (first.description, str(first.requested_delivery_on)) == (
        "Product description 1",
        "2020-03-11",
    )
    assert (first.unit_price, first.amount) == (Decimal("117.84"), Decimal("117.84"))
    assert has_errors(order.problems)
