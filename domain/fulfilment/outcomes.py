"""What the business expects to go wrong in fulfilment."""

from domain.kernel.errors import Expected


class OrderIsHeld(Expected):
    """The order is held, so nothing of it is released. Fields: number, reason."""


class NotThatMuch(Expected):
    """More was told than the step before has left. Fields: requested, available (base units)."""
