"""Many asked at once, each with its own verdict: a refusal of one is no exception of all."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from domain.kernel.errors import Expected, Refusal

Asked = TypeVar("Asked")
Given = TypeVar("Given")

# What stands in the place of whoever was refused.
Refused = Expected | Refusal


def verdicts(
    asked: Sequence[Asked | Refused], decide: Callable[[Asked], Given]
) -> list[Given | Refused]:
    """What `decide` gives for each, in order; whom it refuses, or who was refused before, is
    answered with the refusal itself. Any other exception is raised."""
    return [each if isinstance(each, Refused) else _verdict(each, decide) for each in asked]


def _verdict(one: Asked, decide: Callable[[Asked], Given]) -> Given | Refused:
    try:
        return decide(one)
    except (Expected, Refusal) as refused:
        return refused


def accepted(verdicts: Iterable[Given | Refused]) -> list[Given]:
    """Those who were not refused."""
    return [each for each in verdicts if not isinstance(each, Refused)]
