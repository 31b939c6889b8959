"""Values of XML documents, each with a problem at its place where it cannot be read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from domain.intake.document import Moment, Problem, Severity
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.moments import iso_moment
from domain.intake.formats.numbers import exact_number
from domain.intake.formats.xml_tree import Node


@dataclass(slots=True)
class XmlFields:
    """Reads values and collects what is wrong with them. `whom` to ask to correct it."""

    problems: list[Problem] = field(default_factory=list)
    whom: str = "the supplier"

    def number(self, node: Node | None) -> Decimal | None:
        """The number in a node; None without one, or with a problem beside it."""
        if node is None or not node.text:
            return None
        found = exact_number(node.text)
        if found is None:
            self._wrong("number_invalid", node, "a number")
        return found

    def attribute(self, node: Node, name: str) -> Decimal | None:
        """The number in an attribute."""
        told = node.attributes.get(name, "")
        found = exact_number(told) if told.strip() else None
        if found is None and told.strip():
            self._wrong("number_invalid", node, f"a number in {name}")
        return found

    def day(self, node: Node | None) -> date | None:
        """The day in a node: ISO 8601, with or without a time or a zone, or as CCYYMMDD."""
        return None if node is None or not node.text else self.day_of(node, node.text)

    def day_of(self, node: Node, told: str) -> date | None:
        """A day told in a node's text or attribute."""
        plain = told.replace("-", "")[:8]
        try:
            return date(int(plain[:4]), int(plain[4:6]), int(plain[6:8]))
        except ValueError:
            self._wrong("date_invalid", node, "a day")
            return None

    def moment(self, day: Node | None, time: Node | None = None) -> Moment | None:
        """A day and, where it is told beside it or with it, its time."""
        found = self.day(day)
        if day is None or found is None:
            return None
        told = iso_moment(f"{found.isoformat()}T{time.text}" if time is not None else day.text)
        if told is None and time is not None and time.text:
            self.complain("time_invalid", time, "is not a time of day", severity="warning")
        return told or found

    def attribute_moment(self, node: Node, name: str) -> Moment | None:
        """The moment in an attribute, as exact as it is told."""
        told = node.attributes.get(name, "").strip()
        found = iso_moment(told) if told else None
        if told and found is None:
            self.complain("date_invalid", node, f"is not dated in {name}")
        return found

    def complain(
        self, code: str, node: Node, what: str, *, remedy: str = "", severity: Severity = "error"
    ) -> None:
        """Note that a node says or lacks something ("is not a time of day")."""
        message = f"{node.name} {what}{_quoted(node)}."
        remedy = remedy or f"Ask {self.whom} to correct it."
        self.problems.append(Problem(code, node.path, message, remedy, severity))

    def _wrong(self, code: str, node: Node, what: str) -> None:
        self.complain(code, node, f"is not {what}")


def _quoted(node: Node) -> str:
    return f": “{excerpt(node.text, 30)}”" if node.text else ""


def texts(node: Node | None, *paths: tuple[str, ...]) -> Iterator[str]:
    """Every text that is reached by these paths, path by path."""
    for path in paths if node is not None else ():
        assert node is not None
        yield from (each.text for each in node.all(*path) if each.text)
