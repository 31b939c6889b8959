"""What the business expects to go wrong in fulfilment."""

from domain.kernel.errors import Expected


class OrderIsHeld(Expected):
    """The order is held, so nothing of it is released. Fields: number, reason."""


class RushNotApproved(Expected):
    """The order goes by a rush service level, and nobody has approved that. Fields: number,
    service_level."""


class NotThatMuch(Expected):
    """More was told than the step before has left. Fields: requested, available (base units)."""


class SerialsMissing(Expected):
    """Pieces leave that have serial numbers, and not every one is named.

    Fields: item_id, requested, named (pieces)."""


class KitIncomplete(Expected):
    """A component of a kit would leave without the others. Fields: kit_id, line_numbers, kits (how
    many whole ones it takes)."""


class KitWaits(Expected):
    """Of a kit not every component is allocated, so nothing of the order is released. Fields:
    kit_id, line_numbers, kits (how many whole ones there are)."""


class OrderWaits(Expected):
    """The order ships complete, and waits for a part. Fields: number, line_numbers (that wait)."""
