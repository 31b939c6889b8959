"""Text documents that are no orders: XML, EDIFACT, delimited tables; and the rest of text."""

import csv
import re

from domain.intake.document import Problem, Reading
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.other_json import unrecognised
from domain.intake.formats.recognition import Received, not_an_order, table
from domain.intake.formats.ubl_parts import NAMESPACE
from domain.intake.formats.xml_root import HEAD_CHARACTERS, XmlRoot, root_of

_UNH = re.compile(r"UNH[^A-Za-z0-9][^'\n]{0,40}?[^A-Za-z0-9]([A-Z]{6})[^A-Za-z0-9]")
_EDIFACT = re.compile(
    r"(?:UNA.{6}\s*)?(?:UNB|UNG|UNH)[^A-Za-z0-9\s]|UNA.{6}\s*[A-Z]{3}[^A-Za-z0-9\s]", re.DOTALL
)

_CII = {"CrossIndustryInvoice": "cii.invoice", "CrossIndustryDocument": "cii.invoice"}


def read(received: Received) -> Reading | None:
    """The refusal of XML, EDIFACT and delimited text; None if it is none of these."""
    if received.text is None:
        return None
    text = received.text.lstrip("\ufeff").lstrip()
    return _xml(text) or _edifact(text) or _delimited(text)


def read_rest(received: Received) -> Reading | None:
    """The refusal of any other text: empty, broken JSON, or text of no known format."""
    if received.text is None:
        return None
    if not received.text.strip("\ufeff \t\r\n\0"):
        return _empty()
    return unrecognised("unknown", "text", "No format that is known begins like this.")


def _empty() -> Reading:
    problem = Problem("empty", "", "The document is empty.", "Send it again.")
    return Reading("empty", "faulty", problems=(problem,))


def _xml(text: str) -> Reading | None:
    if not text.startswith("<"):
        return None
    root = root_of(text)
    if root is None:
        return unrecognised("xml", "XML", "It has no root element.")
    return _known_xml(root) or unrecognised(
        "html" if root.name.lower() == "html" else "xml", "XML", f"Its root element is {root.name}."
    )


def _known_xml(root: XmlRoot) -> Reading | None:
    name = root.name
    if root.namespace.startswith(NAMESPACE):
        return not_an_order(f"ubl.{name.lower()}", f"a UBL {name}")
    if name in _CII:
        return not_an_order(_CII[name], "a Cross Industry Invoice")
    if name.lower() == "cxml":
        payload = root.payload or "cXML"
        return not_an_order(f"cxml.{payload.lower()}", f"a cXML {payload}")
    if name in ("feed", "AmazonEnvelope"):
        return not_an_order("amazon.feed", "an Amazon feed")
    return None


def _edifact(text: str) -> Reading | None:
    if not _EDIFACT.match(text):
        return None
    match = _UNH.search(text[:HEAD_CHARACTERS])
    name = match[1] if match else ""
    if not name:
        return not_an_order("edifact", "an EDIFACT interchange without a message")
    return not_an_order(f"edifact.{name.lower()}", f"an EDIFACT {name}")


def _delimited(text: str) -> Reading | None:
    lines = [line for line in text[:HEAD_CHARACTERS].splitlines()[:6] if line.strip()]
    if not lines or not (lines[0][0].isalnum() or lines[0][0] in "\"'#_"):
        return None
    for mark, format in (("\t", "tsv"), (",", "csv"), (";", "csv"), ("|", "csv")):
        widths = _widths(lines, mark)
        if len(widths) > 1 and min(widths[:-1]) > 1 and len(set(widths[:-1])) == 1:
            columns = excerpt(lines[0].replace(mark, ", "), 60)
            return table(format, columns)
    return None


def _widths(lines: list[str], mark: str) -> list[int]:
    try:
        return [len(row) for row in csv.reader(lines, delimiter=mark)]
    except csv.Error:
        return []
