"""What the business expects to go wrong with invoices and payments. Amounts are minor units of
`currency`."""

from domain.kernel.errors import Expected


class CreditTooMuch(Expected):
    """More would be given back than was billed and not given back before.

    Fields: line_number, available_minor, available_quantity, currency."""


class PaymentTooMuch(Expected):
    """More would be settled than is open. Fields: available_minor, currency."""


class RefundTooMuch(Expected):
    """More would be paid back than was paid. Fields: available_minor, currency."""


class CurrencyDiffers(Expected):
    """A payment settles only what is owed in its own currency. Fields: expected, actual."""


class PaymentInUse(Expected):
    """A payment of which something was paid back, or found in a payout of its channel, is not
    reversed. Fields: number."""


class DuplicateSupplierInvoice(Expected):
    """The supplier's invoice is there already. Fields: supplier_invoice_id, number."""


class NothingToBill(Expected):
    """No goods of this left that were not billed. Fields: none."""


class NothingDue(Expected):
    """No supplier is to be paid anything by then. Fields: none."""
