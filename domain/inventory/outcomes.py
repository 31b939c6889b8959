"""What the business expects to go wrong with stock."""

from domain.kernel.errors import Expected


class StockShort(Expected):
    """Less is free than was asked for; nothing was moved.

    Fields: balance_id, item_id, location_id, requested, available (base units)."""


class StockChanged(Expected):
    """The stock is not what the caller had seen; nothing was changed.

    Fields: item_id, location_id, expected, actual (base units)."""


class LocationClosed(Expected):
    """The location takes no stock any more. Fields: location_id."""


class ReservationSpent(Expected):
    """The reservation holds less than is to be taken from it.

    Fields: reservation_id, requested, available (base units)."""
