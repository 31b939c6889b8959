"""What the business expects to go wrong with stock."""

from domain.kernel.errors import Expected


class StockShort(Expected):
    """Less is free than was asked for; nothing was moved.

    Fields: balance_id, item_id, location_id, requested, available (base units)."""


class StockLacking(Expected):
    """Less is free than a customer asked for, whom the channel tells no quantities; nothing was
    moved. Fields: item_id, requested (base units), level (a word for what is free: out, low or
    in_stock; None where not even that is told)."""


class StockChanged(Expected):
    """The stock is not what the caller had seen; nothing was changed.

    Fields: item_id, location_id, expected, actual (base units)."""


class LocationClosed(Expected):
    """The location takes no stock any more. Fields: location_id."""


class ReservationSpent(Expected):
    """The reservation holds less than is to be taken from it.

    Fields: reservation_id, requested, available (base units)."""


class LotDiffers(Expected):
    """The lot is known with other days than were told.

    Fields: item_id, lot, manufactured_on, expires_on (as known)."""


class LotBlocked(Expected):
    """The lot may not leave: it is quarantined, recalled or expired.

    Fields: item_id, lot, status (quarantined, recalled or expired), expires_on."""


class SerialTaken(Expected):
    """A piece with this serial number is in stock already. Fields: item_id, serial."""


class SerialNotThere(Expected):
    """No such piece lies there in the state it was to be taken from. Fields: item_id, serial."""


class OverReceipt(Expected):
    """More came than was expected. Fields: supply_id, open, quantity (base units)."""


class StockPromised(Expected):
    """Less was found than is promised: orders or transfers have to be decided about first.

    Fields: item_ids, order_line_ids, transfer_line_ids (whom it is promised to)."""


class CountSuperseded(Expected):
    """What was found has been overtaken: the stock was counted, or told, later than that.

    Fields: item_id, location_id."""


class NothingCounted(Expected):
    """No line of the count has been counted. Fields: count_id."""


class AboveTolerance(Expected):
    """The correction is above tolerance; ask for approval of it. Fields: item_ids."""


class CostNotBooked(Expected):
    """What the goods cost is not booked yet, and the entity lets nothing leave before that.

    Fields: item_id."""


class ReturnedMore(Expected):
    """More would come back than left. Fields: item_id, requested, available (base units)."""


class ValueRefused(Expected):
    """The stock cannot be worth that: there is none, it is worth no more, or was not written down
    by as much.

    Fields: item_id, value_minor, written_down_minor (of the entity's books, as they are)."""
