"""What an 850 or 860 must have, and its control totals (CTT) against its lines."""

from decimal import Decimal

from domain.intake.formats.x12.codes import CHANGE_PURPOSES, PURPOSES
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
    if not order.lines and not _is_cancelled(order):
        tag = "POC" if found.identifier == "860" else "PO1"
        message = f"The order has no lines ({tag})."
        remedy = "Ask the sender for the order with its lines."
        findings.append(
            segment_finding("lines_missing", f"{found.path}/{tag}", None, message, "3", remedy)
        )
    for placed in order.summary:
        if placed.tag == "CTT":
            findings.extend(_control_totals(placed, order))


def _is_cancelled(order: PurchaseOrder) -> bool:
    """Whether it is a change that takes back the whole order."""
    begun = order.beginning
    return begun is not None and begun.tag == "BCH" and _purpose(begun) == "cancel"


def _purpose(begun: Placed) -> str | None:
    purposes = CHANGE_PURPOSES if begun.tag == "BCH" else PURPOSES
    return purposes.get(begun.text(1) or "")


def _check_beginning(order: PurchaseOrder, found: TransactionSet) -> None:
    begun = order.beginning
    if begun is None:
        tag = "BCH" if found.identifier == "860" else "BEG"
        message = f"The {tag} segment, which has the order's number, is missing."
        remedy = "Ask the sender for a complete order."
        found.findings.append(
            segment_finding(
                f"{tag.lower()}_missing", f"{found.path}/{tag}", None, message, "3", remedy
            )
        )
        return
    purpose = begun.text(1)
    if purpose is not None and _purpose(begun) is None:
        what = f"has the purpose {purpose[:10]}, which is not known"
        found.findings.append(
            element_finding("purpose_unknown", begun.path, begun.segment, 1, what)
        )
    place = 5 if begun.tag == "BEG" else 6
    if x12_day(begun.text(place) or "") is None:
        found.findings.append(
            element_finding(
                "date_invalid",
                begun.path,
                begun.segment,
                place,
                "is not a date",
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


def _quantity(head: Placed) -> Decimal:
    return real_number(head.text(3 if head.tag == "POC" else 2) or "") or Decimal(0)
