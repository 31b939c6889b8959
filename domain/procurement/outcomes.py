"""What the business expects to go wrong with purchase orders."""

from domain.kernel.errors import Expected


class SupplierTermsNotMet(Expected):
    """The supplier does not sell that quantity.

    Fields: item_id, quantity, minimum_quantity, pack_size (base units)."""


class PromisedTooMuch(Expected):
    """The supplier promises more than the line asks for still.

    Fields: line_number, promised, open (base units)."""


class SentTooMuch(Expected):
    """More would be sent than was ordered and is tolerated.

    Fields: line_number, sent, most (base units)."""


class ReceivedTooMuch(Expected):
    """More would be received than was ordered and is tolerated.

    Fields: line_number, received, most (base units)."""
