"""The envelope of an EDIFACT interchange (ISO 9735): its counts and references, and the CONTRL that
its sender is owed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.intake.document import Problem
from domain.intake.formats.edifact import (
    Segment,
    at,
    is_edifact,
    is_too_long,
    segments,
)
from domain.intake.formats.edifact_moments import edifact_moment
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.moments import version_of

MAX_INTERCHANGES = 1_000
MAX_MESSAGES = 10_000
MAX_SEGMENTS = 200_000
"""Of one text."""

TOO_LONG = "interchange_too_long"
MEND = "Ask the sender to send the interchange again with a correct envelope."
_SPECIAL = re.compile(r"([+:'?])")
_SERVICE = frozenset({"UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"})


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
    place: str = ""

    @property
    def sender(self) -> str:
        """Who sends it (UNB02)."""
        return "" if self.header is None else at(self.header, 2)

    @property
    def recipient(self) -> str:
        """To whom (UNB03)."""
        return "" if self.header is None else at(self.header, 3)

    @property
    def sent_at(self) -> str:
        """When it was made (UNB04), as text that sorts in time order; "" where that is no date."""
        day, clock = ("", "") if self.header is None else self._stamp(self.header)
        form = {6: "201", 8: "203"}.get(len(day), "")
        return version_of(edifact_moment(f"{day}{clock:0<4}", form)) or ""

    @staticmethod
    def _stamp(header: Segment) -> tuple[str, str]:
        return at(header, 4), at(header, 4, 1)[:4]

    @property
    def is_test(self) -> bool:
        """Whether it says that it is only a test (UNB11)."""
        return self.header is not None and at(self.header, 11) == "1"


def read_interchanges(text: str) -> list[Interchange]:
    """The interchanges in a text, their envelopes checked; none if the text is no EDIFACT."""
    text = text.lstrip("\ufeff \t\r\n")
    if not is_edifact(text):
        return []
    if is_too_long(text):
        return [_too_long("segments and elements")]
    parts = [each for each in segments(text) if at(each, 0)]
    if len(parts) > MAX_SEGMENTS:
        return [_too_long("segments")]
    if sum(at(each, 0) == "UNH" for each in parts) > MAX_MESSAGES:
        return [_too_long("messages")]
    starts = [n for n, each in enumerate(parts) if at(each, 0) == "UNB"]
    starts[:1] = [0]
    ends = [*starts[1:], len(parts)]
    cut = list(zip(starts, ends, strict=True))[:MAX_INTERCHANGES]
    found = [_interchange(parts[a:b], n, len(cut) > 1) for n, (a, b) in enumerate(cut, 1)]
    if len(starts) > MAX_INTERCHANGES:
        message = f"There are more than {MAX_INTERCHANGES} interchanges."
        _fault(found[0], "too_many_interchanges", "", message, "13")
    return found


def _too_long(what: str) -> Interchange:
    found = Interchange(None)
    message = f"The interchange has more {what} than are read: send it in several."
    _fault(found, TOO_LONG, "", message, "13")
    return found


def _interchange(parts: list[Segment], number: int, is_one_of_many: bool) -> Interchange:
    header = next((each for each in parts if at(each, 0) == "UNB"), None)
    found = Interchange(header, place=f"UNB[{number}]/" if is_one_of_many else "")
    if header is None:
        _fault(found, "unb_missing", "UNB", "There is no UNB segment: no interchange.", "13")
    trailer = None
    for part in parts:
        tag = at(part, 0)
        if tag == "UNH":
            _close(found)
            place = f"{found.place}UNH[{len(found.messages) + 1}]"
            found.messages.append(Message(place, [part]))
        elif tag == "UNZ":
            trailer = part
        elif found.messages and at(found.messages[-1].segments[-1], 0) != "UNT":
            if tag != "UNE":
                found.messages[-1].segments.append(part)
        elif tag not in _SERVICE:
            _outside(found, tag)
    _close(found)
    _check_groups(found, parts)
    if header is not None:
        _check_trailer(found, header, trailer, parts)
    return found


def _outside(found: Interchange, tag: str) -> None:
    if all(each.code != "segment_outside" for each in found.problems):
        message = f"The segment {excerpt(tag, 10)} stands outside of any message."
        _fault(found, "segment_outside", excerpt(tag, 10), message, "15")


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


def _check_groups(found: Interchange, parts: list[Segment]) -> None:
    """Each group (UNG) against its trailer (UNE)."""
    opened: Segment | None = None
    held = 0
    for part in parts:
        tag = at(part, 0)
        if tag == "UNH":
            held += 1
        elif tag == "UNG":
            if opened is not None:
                _fault(found, "une_missing", "UNE", "The UNE segment is missing.", "13")
            opened, held = part, 0
        elif tag == "UNE" and opened is not None:
            _check_count(found, "UNE", at(part, 1), held, "messages")
            _check_reference(found, "UNE", at(part, 2), at(opened, 5))
            opened = None
    if opened is not None:
        _fault(found, "une_missing", "UNE", "The UNE segment is missing.", "13")


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
    place = noted.place if isinstance(noted, Interchange) else ""
    noted.problems.append(Problem(code, f"{place}{path}", message, MEND))
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
