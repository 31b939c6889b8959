"""The door to suppliers' invoices: bytes in, what they bill out."""

import re
from collections.abc import Iterable
from dataclasses import replace

from domain.intake.document import Problem, has_errors
from domain.intake.formats import edifact_envelope as edifact
from domain.intake.formats import ubl_parts
from domain.intake.formats.edifact import marks_of
from domain.intake.formats.invoiced import cii, cxml, edifact_invoice, ubl, x12_invoice
from domain.intake.formats.invoiced.checks import checked
from domain.intake.formats.invoiced.invoice import InvoiceReading, ParsedInvoice, turned
from domain.intake.formats.registry import MAX_BYTES, decoded, unreadable
from domain.intake.formats.x12 import reading as x12
from domain.intake.formats.x12.envelope_checks import check_envelope
from domain.intake.formats.x12.segments import BLANKS
from domain.intake.formats.xml_tree import Node, read_xml

_X12_SET = re.compile(rf"ST[^A-Za-z0-9]{x12_invoice.SET}\b")
XML_FORMATS = frozenset({*ubl.ROOTS.values(), cii.FORMAT, cxml.FORMAT})


def read_invoices(raw: bytes, *, format: str) -> InvoiceReading | None:
    """The invoices and credit notes of a document, checked; None if it has none. Never raises.

    `format` is as what the document was recognised. What is wrong with the envelope concerns every
    invoice in it."""
    if len(raw) > MAX_BYTES:
        return None
    try:
        return _read(raw, format)
    except Exception as error:
        return InvoiceReading(format=format, problems=(unreadable(error),))


def _read(raw: bytes, format: str) -> InvoiceReading | None:
    if format in XML_FORMATS:
        return _of_xml(raw, format)
    text = (decoded(raw) or "").lstrip("\ufeff" + BLANKS)
    if format.startswith("x12") and _X12_SET.search(text):
        return _of_x12(text)
    if format.startswith("edifact") and edifact_invoice.KIND in text:
        return _of_edifact(text)
    return None


def _of_xml(raw: bytes, format: str) -> InvoiceReading | None:
    root, problem = read_xml(raw)
    if root is None:
        return InvoiceReading(format=format, problems=() if problem is None else (problem,))
    found = _of_root(root)
    return None if found is None else _settled(found.format, [found], (), None)


def _of_root(root: Node) -> ParsedInvoice | None:
    if root.name in ubl.ROOTS and root.namespace.startswith(ubl_parts.NAMESPACE):
        return ubl.read_ubl(root)
    if root.name in cii.ROOTS:
        return cii.read_cii(root)
    return cxml.read_cxml(root) if cxml.is_invoice(root) else None


def _of_x12(text: str) -> InvoiceReading | None:
    interchanges, problems = x12.interchanges_of(text)
    for each in interchanges:
        check_envelope(each)
    found = [
        x12_invoice.read_invoice(interchange, each)
        for interchange in interchanges
        for each in interchange.sets
        if each.identifier == x12_invoice.SET
    ]
    if not found:
        return None
    envelope = [*problems, *x12.envelope_problems(interchanges)]
    return _settled(x12_invoice.FORMAT, found, envelope, None)


def _of_edifact(text: str) -> InvoiceReading | None:
    interchanges = edifact.read_interchanges(text)
    mark = marks_of(text).decimal
    found = [
        edifact_invoice.read_invoice(message, decimal_mark=mark, sender=interchange.sender)
        for interchange in interchanges
        for message in interchange.messages
        if message.kind == edifact_invoice.KIND
    ]
    envelope = [problem for interchange in interchanges for problem in interchange.problems]
    if not found and all(problem.code != edifact.TOO_LONG for problem in envelope):
        return None
    settled = _settled(edifact_invoice.FORMAT, found, envelope, None)
    wrong = frozenset(each.path for each in settled.invoices if has_errors(each.problems))
    taken = frozenset({edifact_invoice.KIND})
    answers = [edifact.acknowledge(each, taken, wrong) for each in interchanges]
    return replace(settled, acknowledgement="".join(each for each in answers if each) or None)


def _settled(
    format: str,
    found: Iterable[ParsedInvoice],
    problems: Iterable[Problem],
    acknowledgement: str | None,
) -> InvoiceReading:
    return InvoiceReading(
        format=format,
        invoices=tuple(checked(_above_zero(each)) for each in found),
        problems=tuple(problems),
        acknowledgement=acknowledgement,
    )


def _above_zero(invoice: ParsedInvoice) -> ParsedInvoice:
    """An invoice of less than nothing is a credit note; and a credit note is told above zero."""
    told = invoice.totals
    stated = (told.gross, told.net, told.payable, told.lines)
    whole = next((each for each in stated if each is not None), None)
    if whole is None or whole >= 0:
        return invoice
    return replace(turned(invoice), is_credit=True)
