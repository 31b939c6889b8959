"""Values of XML invoices, each with a problem at its place where it cannot be read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from domain.intake.document import Problem
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.numbers import exact_number
from domain.intake.formats.xml_tree import Node


@dataclass(slots=True)
class XmlFields:
    """Reads values and collects what is wrong with them."""

    problems: list[Problem] = field(default_factory=list)

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

    def _wrong(self, code: str, node: Node, what: str) -> None:
        message = f"{node.name} is not {what}: “{excerpt(node.text, 30)}”."
        self.problems.append(Problem(code, node.path, message, "Ask the supplier to correct it."))


def texts(node: Node | None, *paths: tuple[str, ...]) -> Iterator[str]:
    """Every text that is reached by these paths, path by path."""
    for path in paths if node is not None else ():
        assert node is not None
        yield from (each.text for each in node.all(*path) if each.text)
