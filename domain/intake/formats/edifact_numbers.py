"""Numbers and amounts (MOA) of an EDIFACT message."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from domain.intake.document import Problem
from domain.intake.formats.edifact import Segment, at
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.numbers import exact_number


@dataclass(slots=True)
class EdifactNumbers:
    """Reads numbers of a message, with its decimal mark, and collects what is wrong with them."""

    path: str
    decimal_mark: str
    sender: str = "the supplier"
    problems: list[Problem] = field(default_factory=list)

    def number(self, told: str, path: str) -> Decimal | None:
        """A number; None for nothing, or beside a problem at `path`."""
        if not told:
            return None
        plain = told.replace(",", ".") if self.decimal_mark == "," or "." not in told else told
        found = exact_number(plain)
        if found is None:
            message = f"“{excerpt(told, 30)}” is not a number."
            remedy = f"Ask {self.sender} to correct it."
            self.problems.append(Problem("number_invalid", path, message, remedy))
        return found

    def amount(self, parts: Sequence[Segment], path: str, *kinds: str) -> Decimal | None:
        """The first amount (MOA) of these kinds."""
        for kind in kinds:
            for segment in parts:
                if at(segment, 0) == "MOA" and at(segment, 1) == kind:
                    return self.number(at(segment, 1, 1), f"{path}/MOA+{kind}")
        return None
