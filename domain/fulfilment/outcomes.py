"""What the business expects to go wrong in fulfilment."""

from domain.kernel.errors import Expected


class OrderIsHeld(Expected):
    """The order is held, so nothing of it is released. Fields: number, reason."""


class NotThatMuch(Expected):
    """More was told than the step before has left. Fields: requested, available (base units)."""


class SerialsMissing(Expected):
    """Pieces leave that have serial numbers, and not every one is named.

    Fields: item_id, requested, named (pieces)."""


class KitIncomplete(Expected):
    """A component of a kit would leave without the others. Fields: kit_id, line_numbers, kits (how
    many whole ones it takes)."""
