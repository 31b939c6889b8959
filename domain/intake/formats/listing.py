"""How many problems of one document are told."""

from collections.abc import Sequence

from domain.intake.document import Problem

MAX_PROBLEMS = 200
"""Of one order; further ones are not listed."""


def listed(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The problems, as many as are listed; if there are more, the errors come first."""
    if len(problems) > MAX_PROBLEMS:
        problems = sorted(problems, key=lambda problem: problem.severity != "error")
    return tuple(problems[:MAX_PROBLEMS])
