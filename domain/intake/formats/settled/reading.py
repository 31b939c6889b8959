"""The door to documents of payouts: bytes in, a report out."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from domain.finance.settlement.mappings import TableMapping
from domain.intake.document import Problem
from domain.intake.formats.json_decoding import decode_json
from domain.intake.formats.json_fields import Field
from domain.intake.formats.registry import MAX_BYTES, decoded
from domain.intake.formats.settled import amazon, mapped_table, shopify
from domain.intake.formats.settled.report import Said, SettledReport
from domain.intake.formats.settled.text_lines import UnreadableText

_GZIP = b"\x1f\x8b"
_JSON = (b"{", b"[")


def read_settled(raw: bytes, mapping: TableMapping | None = None) -> SettledReport | None:
    """What a document tells of payouts, None for one that tells of none. A table of no known
    format is read by the channel's `mapping`. Never raises: what is wrong is in the problems."""
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in _JSON:
        return _from_json(raw)
    try:
        report = amazon.read(raw)
        if report is None and mapping is not None:
            report = mapped_table.read(raw, mapping)
    except UnreadableText as unreadable:
        if not raw.startswith(_GZIP):
            return None
        nothing = SettledReport(format="packed", payouts=(), lines=lambda: iter(()))
        return replace(nothing, problems=(_unreadable(unreadable),))
    return None if report is None else replace(report, lines=_guarded(report.lines))


def _guarded(lines: Callable[[], Iterator[Said]]) -> Callable[[], Iterator[Said]]:
    """A document may break off after its beginning was read."""

    def read() -> Iterator[Said]:
        try:
            yield from lines()
        except UnreadableText as unreadable:
            yield _unreadable(unreadable)

    return read


def _from_json(raw: bytes) -> SettledReport | None:
    text = decoded(raw) if len(raw) <= MAX_BYTES else None
    if text is None or ("payout" not in text):
        return None
    value, problem = decode_json(text.lstrip("\ufeff"))
    if problem is not None:
        return None
    root = Field(value, "", [])
    return shopify.read(root) if root.is_object else None


def _unreadable(why: UnreadableText) -> Problem:
    return Problem("document_unreadable", "", str(why), "Send it again, whole.")
