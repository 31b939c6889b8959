"""A fault of an X12 document: as a problem for people, and as codes for the acknowledgement."""

from dataclasses import dataclass

from domain.intake.document import Problem, Severity
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.listing import listed
from domain.intake.formats.x12.segments import Segment


@dataclass(frozen=True, slots=True)
class Finding:
    """`level_code` is the code of this fault at its level: TA105, AK905 or AK502.

    `segment_code` (AK304) and `element_code` (AK403) with `segment` and `element` say where in a
    transaction set.
    """

    problem: Problem
    level_code: str = ""
    segment: Segment | None = None
    element: int = 0
    segment_code: str = ""
    element_code: str = ""

    @property
    def is_error(self) -> bool:
        """Whether it keeps the content from being booked."""
        return self.problem.severity == "error"


def listed_problems(findings: list[Finding]) -> tuple[Problem, ...]:
    """The problems, as many as are listed; if there are more, the errors come first."""
    return listed([finding.problem for finding in findings])


def envelope_finding(code: str, path: str, message: str, level_code: str) -> Finding:
    """A fault of the envelope at `path`."""
    remedy = "Ask the sender to send the interchange again with a correct envelope."
    return Finding(Problem(code, path, message, remedy), level_code)


def mismatch(
    code: str, path: str, stated: str, found: object, what: str, level_code: str
) -> Finding:
    """A count or control number of a trailer that differs from what is there."""
    message = f"{what} is stated as “{excerpt(stated, 30)}”, but is {excerpt(found, 30)}."
    return envelope_finding(code, path, message, level_code)


def element_finding(
    code: str,
    path: str,
    segment: Segment,
    element: int,
    what: str,
    *,
    element_code: str = "7",
    severity: Severity = "error",
    remedy: str = "Ask the sender to correct the element, or correct it and replay.",
) -> Finding:
    """A fault of one element; `what` completes "<segment><element> …"; codes as in AK403."""
    place = f"{path}-{element:02d} (segment {segment.number})"
    message = f"{segment.tag}{element:02d} {what}."
    problem = Problem(code, place, message, remedy, severity)
    return Finding(problem, "5", segment, element, "8", element_code)


def segment_finding(
    code: str, path: str, segment: Segment | None, message: str, segment_code: str, remedy: str
) -> Finding:
    """A fault of a whole segment, or of one that is missing. `segment_code` as in AK304."""
    number = f" (segment {segment.number})" if segment is not None else ""
    problem = Problem(code, f"{path}{number}", message, remedy)
    return Finding(problem, "5", segment, 0, segment_code)
