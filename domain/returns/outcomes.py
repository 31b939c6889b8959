"""What the business expects to be refused of returns."""

from domain.kernel.errors import Expected


class ReturnedTooMuch(Expected):
    """More would come back of an order's line than was delivered and is not asked back already.
    Fields: order_line_id, requested, returnable (base units)."""


class NothingCreditable(Expected):
    """There is nothing for which money could be granted now. Fields: return_id."""


class CreditedTooMuch(Expected):
    """More would be credited than was billed for an order. Fields: order_id, requested_minor,
    creditable_minor, currency."""


class SerialNotReturnable(Expected):
    """A piece comes back only if it was shipped, with this order's line if there is one, and is
    not here already. Fields: item_id, serial."""


class AuthorizationOver(Expected):
    """What was allowed to come was cancelled. Fields: number, status."""


class ReturnNotEmpty(Expected):
    """Goods of the return came already, or others were ordered for it, so it cannot be undone.
    Fields: number."""
