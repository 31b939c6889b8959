"""What an 850 must have, and its control totals (CTT) against its lines."""

from decimal import Decimal

from domain.intake.formats.x12.codes import PURPOSES
from domain.intake.formats.x12.envelope import TransactionSet
from domain.intake.formats.x12.findings import Finding, element_finding, segment_finding
from domain.intake.formats.x12.loops import Placed, PurchaseOrder
from domain.intake.formats.x12.syntax_notes import syntax_findings
from domain.intake.formats.x12.values import real_number, x12_day

_CHECKED_SUMMARY = ("CTT", "AMT")


def check_order(order: PurchaseOrder, found: TransactionSet) -> None:
    """Note in the set's findings what is missing, and which control totals disagree."""
    findings = found.findings
    _check_beginning(order, found)
    members = [placed for loop in order.lines for placed in (loop.head, *loop.members)]
    for placed in (*order.header, *members, *order.summary):
        findings.extend(syntax_findings(placed.path, placed.segment))
    if not order.lines:
        message = "The order has no lines (PO1)."
        remedy = "Ask the sender for the order with its lines."
        findings.append(
            segment_finding("lines_missing", f"{found.path}/PO1", None, message, "3", remedy)
        )
    for placed in order.summary:
        if placed.tag == "CTT":
            findings.extend(_control_totals(placed, order))


def _check_beginning(order: PurchaseOrder, found: TransactionSet) -> None:
    beg = next((placed for placed in order.header if placed.tag == "BEG"), None)
    if beg is None:
        message = "The BEG segment, which has the order's number, is missing."
        remedy = "Ask the sender for a complete order."
        found.findings.append(
            segment_finding("beg_missing", f"{found.path}/BEG", None, message, "3", remedy)
        )
        return
    purpose = beg.text(1)
    if purpose is not None and purpose not in PURPOSES:
        what = f"has the purpose {purpose[:10]}, which is not known"
        found.findings.append(element_finding("purpose_unknown", beg.path, beg.segment, 1, what))
    if x12_day(beg.text(5) or "") is None:
        what = "is not a date"
        found.findings.append(
            element_finding(
                "date_invalid",
                beg.path,
                beg.segment,
                5,
                what,
                element_code="8",
                severity="warning",
            )
        )


def _control_totals(ctt: Placed, order: PurchaseOrder) -> list[Finding]:
    findings = []
    stated, hashed = ctt.text(1), ctt.text(2)
    if stated is not None and real_number(stated) != len(order.lines):
        what = f"states {stated[:20]} lines, but there are {len(order.lines)}"
        findings.append(element_finding("line_count_mismatch", ctt.path, ctt.segment, 1, what))
    total = sum((_quantity(loop.head) for loop in order.lines), Decimal(0))
    if hashed is not None and real_number(hashed) != total:
        what = f"states a hash total of {hashed[:20]}, but the quantities add up to {total:f}"
        findings.append(
            element_finding(
                "hash_total_mismatch", ctt.path, ctt.segment, 2, what, severity="warning"
            )
        )
    return findings


def _quantity(po1: Placed) -> Decimal:
    return real_number(po1.text(2) or "") or Decimal(0)
