"""What the business expects to go wrong with payouts. Amounts are minor units."""

from domain.kernel.errors import Expected


class PaymentDoesNotFit(Expected):
    """A payment is not what a payout has: it is of another channel, entity or currency, on the
    other side, or found already. Fields: number, available_minor, currency."""
