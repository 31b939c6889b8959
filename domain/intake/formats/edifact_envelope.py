"""The envelope of an EDIFACT interchange (ISO 9735): its counts and references, and the CONTRL that
its sender is owed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.intake.document import Problem
from domain.intake.formats.edifact import Segment, at, segments
from domain.intake.formats.excerpts import excerpt

_STARTS = re.compile(r"\s*(UNA|UNB|UNH)")
MEND = "Ask the sender to send the interchange again with a correct envelope."
_SPECIAL = re.compile(r"([+:'?])")


@dataclass(slots=True)
class Message:
    """UNH to UNT, with what is wrong with it; `code` is that of CONTRL (0085), "" for none."""

    path: str
    segments: list[Segment]
    problems: list[Problem] = field(default_factory=list)
    code: str = ""

    @property
    def kind(self) -> str:
        """INVOIC, ORDERS …"""
        return at(self.segments[0], 2)


@dataclass(slots=True)
class Interchange:
    """UNB to UNZ."""

    header: Segment | None
    messages: list[Message] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    code: str = ""

    @property
    def sender(self) -> str:
        """Who sends it (UNB02)."""
        return "" if self.header is None else at(self.header, 2)

    @property
    def recipient(self) -> str:
        """To whom (UNB03)."""
        return "" if self.header is None else at(self.header, 3)


def read_interchange(text: str) -> Interchange | None:
    """The interchange in a text, its envelope checked; None if the text is no EDIFACT."""
    text = text.lstrip("\ufeff \t\r\n")
    if not _STARTS.match(text):
        return None
    parts = [each for each in segments(text) if at(each, 0)]
    header = next((each for each in parts if at(each, 0) == "UNB"), None)
    found = Interchange(header)
    if header is None:
        _fault(found, "unb_missing", "UNB", "There is no UNB segment: no interchange.", "13")
    trailer = None
    for part in parts:
        tag = at(part, 0)
        if tag == "UNH":
            _close(found)
            found.messages.append(Message(f"UNH[{len(found.messages) + 1}]", [part]))
        elif tag == "UNZ":
            trailer = part
        elif found.messages and at(found.messages[-1].segments[-1], 0) != "UNT":
            found.messages[-1].segments.append(part)
    _close(found)
    if header is not None:
        _check_trailer(found, header, trailer, parts)
    return found


def _close(found: Interchange) -> None:
    if not found.messages or found.messages[-1].code:
        return
    message = found.messages[-1]
    trailer = message.segments[-1]
    if at(trailer, 0) != "UNT":
        _fault(message, "unt_missing", message.path, "The UNT segment is missing.", "13")
        return
    _check_count(message, f"{message.path}/UNT", at(trailer, 1), len(message.segments), "segments")
    stated, own = at(trailer, 2), at(message.segments[0], 1)
    _check_reference(message, f"{message.path}/UNT", stated, own)


def _check_trailer(
    found: Interchange, header: Segment, trailer: Segment | None, parts: list[Segment]
) -> None:
    if trailer is None:
        _fault(found, "unz_missing", "UNZ", "The UNZ segment is missing.", "13")
        return
    groups = sum(at(each, 0) == "UNG" for each in parts)
    _check_count(found, "UNZ", at(trailer, 1), groups or len(found.messages), "messages")
    _check_reference(found, "UNZ", at(trailer, 2), at(header, 5))


def _check_count(
    noted: Interchange | Message, path: str, stated: str, actual: int, what: str
) -> None:
    if not (stated.isascii() and stated.isdigit() and int(stated[:9]) == actual):
        message = f"It states {excerpt(stated, 20)} {what}, and there are {actual}."
        _fault(noted, "edifact_count_mismatch", path, message, "29")


def _check_reference(noted: Interchange | Message, path: str, stated: str, own: str) -> None:
    if stated != own:
        message = f"The reference is “{excerpt(stated, 20)}”, and “{excerpt(own, 20)}” above."
        _fault(noted, "edifact_reference_mismatch", path, message, "28")


def _fault(noted: Interchange | Message, code: str, path: str, message: str, error: str) -> None:
    noted.problems.append(Problem(code, path, message, MEND))
    noted.code = noted.code or error


def acknowledge(found: Interchange, taken: frozenset[str], wrong: frozenset[str]) -> str | None:
    """The CONTRL to send back for the messages of these kinds; those whose path is in `wrong` are
    refused. None where nothing is owed: nobody is known to have sent it. Date, time and reference
    are those of the interchange that is answered."""
    if found.header is None or not (found.sender and found.recipient):
        return None
    return "".join(f"{each}'" for each in _contrl(found, taken, wrong))


def _contrl(found: Interchange, taken: frozenset[str], wrong: frozenset[str]) -> Iterator[str]:
    assert found.header is not None
    header = found.header
    reference = _told(at(header, 5))
    sender, recipient = _element(header, 2), _element(header, 3)
    yield f"UNB+{_element(header, 1)}+{recipient}+{sender}+{_element(header, 4)}+{reference}"
    verdicts = [_verdict(found, each, wrong) for each in found.messages if each.kind in taken]
    why = f"+{found.code}" if found.code else ""
    lines = [f"UCI+{reference}+{sender}+{recipient}+{_action(found.code)}{why}", *verdicts]
    yield "UNH+1+CONTRL:D:3:UN"
    yield from lines
    yield f"UNT+{len(lines) + 2}+1"
    yield f"UNZ+1+{reference}"


def _verdict(found: Interchange, message: Message, wrong: frozenset[str]) -> str:
    # 18: something in it is wrong that is no fault of the envelope.
    code = message.code or ("18" if message.path in wrong else "")
    head = message.segments[0]
    action = _action(code or found.code)
    return f"UCM+{_told(at(head, 1))}+{_element(head, 2)}+{action}" + (f"+{code}" if code else "")


def _action(code: str) -> str:
    """4: refused; 7: acknowledged."""
    return "4" if code else "7"


def _element(segment: Segment, place: int) -> str:
    parts = segment[place] if place < len(segment) else [""]
    return ":".join(_told(each.strip()) for each in parts)


def _told(value: str) -> str:
    return _SPECIAL.sub(r"?\1", value)
