"""Outcomes of tours that the business expects."""

from domain.kernel.errors import Expected


class OnlyInASandbox(Expected):
    """A tour books stock and money: it runs in a sandbox only."""


class TourUnderWay(Expected):
    """A tour runs already. Fields: tour_id."""
