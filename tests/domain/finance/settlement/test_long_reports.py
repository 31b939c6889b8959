"""A report of a hundred thousand lines is read in little memory."""

import gzip
import tracemalloc
from decimal import Decimal

from domain.intake.formats.settled.reading import read_settled
from domain.intake.settled_sums import summed_payouts
from tests.factories.payouts import amount
from tests.factories.settling import report

LINES = 100_000
MOST_BYTES = 24 * 1024 * 1024


def test_a_hundred_thousand_lines_are_summed_in_little_memory() -> None:
    own = {"order_id": "302-1234567-1234567", "sku": "MUG-BLUE", "shipment_id": "DxV7yZ"}
    fee = amount("Order", "ItemFees", "Commission", "-0.01", **own)
    raw = gzip.compress(report(more=(fee,) * LINES))
    tracemalloc.start()
    try:
        found = read_settled(raw)
        assert found is not None
        [summed], problems = summed_payouts(found)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert problems == []
    assert (summed.lines, summed.lines_minor) == (LINES, -LINES)
    assert summed.payout.total == Decimal("-1000.00")
    assert peak < MOST_BYTES, f"{peak} bytes"
