"""What happened on a tour."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TourProgressed(Event):
    """The tour began, or took a step; the next one has its turn."""

    type = "onboarding.tour_progressed"
    aggregate = "tour"
    next_step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TourEnded(Event):
    """The tour is over: done, or failed at a step."""

    type = "onboarding.tour_ended"
    aggregate = "tour"
    status: str
