"""Every sampled invoice: the same figures in each syntax, and what is wrong with its place."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.intake.formats.invoiced.invoice import InvoiceReading, ParsedInvoice, as_json
from domain.intake.formats.invoiced.reading import read_invoices
from domain.intake.formats.registry import read

XRECHNUNG = "einvoice-xrechnung"
PAIRED = (
    *("01.01a-INVOICE", "01.02a-INVOICE", "01.05_minimal_test", "01.05a-INVOICE"),
    *("01.06_minimal_test", "01.06a-INVOICE", "01.07a-INVOICE", "01.10a-INVOICE"),
    *("01.11a-INVOICE", "01.12a-INVOICE", "01.17a-INVOICE", "01.20a-INVOICE"),
    *("01.21a-INVOICE", "02.01a-cvd_INVOICE", "03.06a-INVOICE"),
)
OTHERS = (
    *("04.01a-INVOICE_ubl", "04.02a-INVOICE_ubl", "04.05a-INVOICE_uncefact"),
    *("05.01a-INVOICE_ubl", "Factur-X_basic", "XRECHNUNG_Einfach.ubl", "facturFrMinimum"),
)


def _read(sample: Any) -> InvoiceReading:
    found = read_invoices(sample.raw, format=read(sample.raw).format)
    assert found is not None
    return found


def _one(sample: Any) -> ParsedInvoice:
    [invoice] = _read(sample).invoices
    return invoice


def _figures(invoice: ParsedInvoice) -> dict[str, Any]:
    """What the invoice comes to, whatever it is written in: without its order, which one syntax
    has to name where the other does not, and without trailing zeros."""
    plain = as_json(replace(invoice, order=None, seller=type(invoice.seller)()))
    numbers = [Decimal(value) for value in plain["totals"].values()]
    lines = [
        (
            line["line"],
            line["description"],
            Decimal(line["quantity"]),
            line["unit"],
            Decimal(line["amount"]),
        )
        for line in plain["lines"]
    ]
    beside = sorted(Decimal(each) for each in plain["adjustments"])
    same = ("kind", "number", "issued_on", "due_on", "currency")
    return {**{name: plain[name] for name in same}, "t": numbers, "l": lines, "a": beside}


@pytest.mark.parametrize("case", PAIRED)
def test_both_syntaxes_of_a_case_come_to_the_same_figures(
    samples: dict[str, Any], case: str
) -> None:
    ubl = _one(samples[f"{XRECHNUNG}/{case}_ubl.xml"])
    cii = _one(samples[f"{XRECHNUNG}/{case}_uncefact.xml"])
    assert (ubl.problems, cii.problems) == ((), ())
    assert _figures(ubl) == _figures(cii)
    assert ubl.lines


@pytest.mark.parametrize("name", [*(f"{case}_ubl" for case in PAIRED), *OTHERS])
def test_the_figures_are_those_of_the_manifest(samples: dict[str, Any], name: str) -> None:
    sample = samples[f"{XRECHNUNG}/{name}.xml"]
    invoice = _one(sample)
    assert invoice.problems == ()
    stated = dict(re.findall(r"(\w+Amount)=([\d.]+)", sample.expected))
    names = {
        "net": ("TaxExclusiveAmount",),
        "lines": ("LineExtensionAmount", "LineTotalAmount"),
        "gross": ("TaxInclusiveAmount", "GrandTotalAmount"),
        "payable": ("PayableAmount", "DuePayableAmount"),
    }
    for ours, theirs in names.items():
        for each in theirs:
            if each in stated:
                assert getattr(invoice.totals, ours) == Decimal(stated[each]), each


@pytest.mark.parametrize(
    ("name", "prepaid", "rounding", "third_party"),
    [
        ("01.17a-INVOICE_ubl", "0", "0.01", "0"),
        ("04.01a-INVOICE_ubl", "10000", "0", "0"),
        ("05.01a-INVOICE_ubl", "0", "0", "29.96"),
        # A minimum of an invoice says only what is left to be paid.
        ("facturFrMinimum", "201", "0", "0"),
    ],
)
def test_what_is_beside_the_invoice_itself_is_told(
    samples: dict[str, Any], name: str, prepaid: str, rounding: str, third_party: str
) -> None:
    totals = _one(samples[f"{XRECHNUNG}/{name}.xml"]).totals
    assert (totals.prepaid, totals.rounding) == (Decimal(prepaid), Decimal(rounding))
    assert totals.third_party == Decimal(third_party)


@pytest.mark.parametrize(
    ("name", "codes", "path"),
    [
        ("ERR-10_BII04_minimal_VAT", ["tax_total_differs"], "Invoice totals"),
        ("ERR-11_BII04_minimal", ["lines_total_differs", "net_total_differs"], "Invoice totals"),
        (
            "ERR-13_BII04_minimal",
            ["gross_total_differs", "payable_total_differs"],
            "Invoice totals",
        ),
        ("ERR-18_BII04_minimal", ["line_amount_differs"], "Invoice/InvoiceLine[1]"),
        ("ERR-19_BII04_minimal", ["unit_missing"], "Invoice/InvoiceLine[1]/InvoicedQuantity"),
    ],
)
def test_every_negative_is_named_with_its_place(
    samples: dict[str, Any], name: str, codes: list[str], path: str
) -> None:
    invoice = _one(samples[f"ubl-negative/invoice_{name}_invoice_example_01.xml"])
    assert [problem.code for problem in invoice.problems] == codes
    assert invoice.problems[0].path == path
    assert all(problem.remedy for problem in invoice.problems)


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("invoice_UBL-Invoice-2.0-Example", []),
        ("invoice_UBL-Invoice-2.0-Example-NS1", []),
        ("invoice_UBL-Invoice-2.0-Example-NS3", []),
        ("invoice_UBL-Invoice-2.1-Example", []),
        # An allowance that it does not tell.
        ("creditnote_UBL-CreditNote-2.0-Example", ["net_total_differs"]),
    ],
)
def test_older_versions_of_ubl_are_read(
    samples: dict[str, Any], name: str, codes: list[str]
) -> None:
    invoice = _one(samples[f"ubl/{name}.xml"])
    assert [problem.code for problem in invoice.problems] == codes
    assert invoice.is_credit == name.startswith("credit")


@pytest.mark.parametrize(
    ("name", "totals"),
    [
        ("apimeister_test_810", ["57.70"]),
        ("indice-co_x12.810a", ["365.96"]),
        ("indice-co_x12.810b", ["401.92"]),
        ("indice-co_x12.810c", ["411.92"]),
        ("indice-co_x12.810d", ["646.92"]),
        ("irobayna_basic-invoice", ["170.60"]),
        ("xlate_simple810", ["2554.38", None]),
        ("xlate_invoice810_po850_dual", ["2554.38", None]),
    ],
)
def test_every_810_comes_to_its_total_in_implied_cents(
    samples: dict[str, Any], name: str, totals: list[str | None]
) -> None:
    """The second invoice of the last two states what its lines do not come to."""
    reading = _read(samples[f"edi-x12/810_{name}.edi"])
    assert reading.problems == ()
    for invoice, total in zip(reading.invoices, totals, strict=True):
        if total is None:
            assert [each.code for each in invoice.problems] == ["gross_total_differs"]
            continue
        assert invoice.problems == ()
        assert invoice.totals.gross == Decimal(total)
        assert sum((line.amount or 0) for line in invoice.lines) == invoice.totals.lines


def test_taxes_of_an_810_are_no_charges(samples: dict[str, Any]) -> None:
    totals = _one(samples["edi-x12/810_indice-co_x12.810b.edi"]).totals
    assert (totals.lines, totals.charges, totals.tax) == (
        Decimal("359.96"),
        Decimal("6.00"),
        Decimal("35.96"),
    )


@pytest.mark.parametrize(
    ("name", "is_credit", "gross", "currency"),
    [
        ("FrendsPlatform_D93A_INVOIC", False, "2170", "SEK"),
        ("nerdocs_invoice1", True, "1960.29", "EUR"),
        ("nerdocs_invoice_with_colon_at_end", True, "1960.29", "EUR"),
    ],
)
def test_every_sound_invoic_is_read(
    samples: dict[str, Any], name: str, is_credit: bool, gross: str, currency: str
) -> None:
    reading = _read(samples[f"edi-edifact/INVOIC_{name}.edi"])
    [invoice] = reading.invoices
    assert (reading.problems, invoice.problems) == ((), ())
    assert (invoice.is_credit, invoice.totals.gross) == (is_credit, Decimal(gross))
    assert invoice.currency == currency
    assert "+7'UNT" in (reading.acknowledgement or "")


def test_every_envelope_fault_and_malformed_invoic_is_told(any_sample: Any) -> None:
    is_bad = any_sample.kind in ("edi-edifact-envelope-faults", "edi-edifact-negative")
    if not (is_bad and any_sample.name.startswith("INVOIC")):
        return
    reading = _read(any_sample)
    faults = [*reading.problems, *(each for i in reading.invoices for each in i.problems)]
    assert any("mismatch" in each.code or "missing" in each.code for each in faults)
    assert all(each.path for each in faults)


@pytest.mark.parametrize(
    ("name", "gross"), [("backed_by_multiple_pos", "220.00"), ("taxes_at_total", "408")]
)
def test_cxml_invoices_are_read(samples: dict[str, Any], name: str, gross: str) -> None:
    invoice = _one(samples[f"cxml/officeluv_invoice_{name}.xml"])
    assert (invoice.problems, invoice.totals.gross) == ((), Decimal(gross))
    assert [line.order for line in invoice.lines] == (
        ["2252", "2253"] if gross == "220.00" else ["123"]
    )


def test_no_sample_makes_a_reader_fail(any_sample: Any) -> None:
    found = read_invoices(any_sample.raw, format=read(any_sample.raw).format)
    assert found is None or found.invoices or found.problems
