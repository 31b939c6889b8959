"""What the business expects to go wrong with groups."""

from domain.kernel.errors import Expected


class HoldingUnsound(Expected):
    """Entities would hold each other in a circle, or more than the whole of one would be held.
    Fields: entity_id."""


class AdjustmentUnbalanced(Expected):
    """Debits and credits are not the same. Fields: difference_minor, currency."""
