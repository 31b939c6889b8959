"""What an order must have, whatever it is written in."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.intake.document import ParsedLine, ParsedOrder, Problem
from domain.intake.formats.listing import listed
from domain.intake.formats.ordered.figures import FIGURES

REFERENCE_MISSING = "order_reference_missing"
_CORRECT = "Ask the buyer to correct it, and to send the order again."


def checked(order: ParsedOrder) -> ParsedOrder:
    """The order with a problem for whatever it lacks. A change is not held as an order is: its
    figures have to agree."""
    told = order.problems
    if order.change is not None:
        told = tuple(_of_change(problem) for problem in told)
    return replace(order, problems=listed((*told, *_lacking(order))))


def _of_change(problem: Problem) -> Problem:
    if problem.code not in FIGURES:
        return problem
    return replace(problem, severity="error", remedy=_CORRECT)


def _lacking(order: ParsedOrder) -> Iterator[Problem]:
    unreferenced = any(p.code == REFERENCE_MISSING for p in order.problems)
    if order.external_number is None and not unreferenced:
        message = "The order has no number, so a repetition could not be told."
        yield Problem("order_number_missing", f"{order.path}/ID", message, _CORRECT)
    if not order.lines and order.purpose == "original":
        message = "The order has no lines."
        yield Problem("lines_missing", order.path, message, _CORRECT)
    wrong = _places(order.problems)
    for line in order.lines:
        yield from _of_line(line, line.path in wrong)


def _of_line(line: ParsedLine, is_wrong: bool) -> Iterator[Problem]:
    if line.quantity is None and not is_wrong and line.action not in ("remove", "keep"):
        message = f"Line {line.line_reference or line.line} has no quantity."
        yield Problem("quantity_missing", line.path, message, _CORRECT)
    if line.quantity is not None and line.quantity < 0:
        message = f"The quantity of {line.quantity:f} is below zero."
        yield Problem("quantity_negative", line.path, message, _CORRECT)


def _places(problems: Sequence[Problem]) -> set[str]:
    """Where errors are, and all that they are within."""
    paths = [problem.path.split("/") for problem in problems if problem.severity == "error"]
    return {"/".join(path[:depth]) for path in paths for depth in range(1, len(path) + 1)}
