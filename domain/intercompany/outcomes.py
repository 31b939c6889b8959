"""What the business expects to go wrong in trade between entities."""

from domain.kernel.errors import Expected


class AgreementMissing(Expected):
    """The two entities have no trade agreement on that day. Fields: supplier_id, buyer_id, on."""


class NothingOwed(Expected):
    """Nothing, or less than that, is owed. Fields: owed_minor, currency."""


class PriceStands(Expected):
    """The price is that already, or nothing of the line is left. Fields: number."""
