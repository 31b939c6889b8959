"""Outcomes of this area that the business expects."""

from domain.kernel.errors import Expected


class PartyCycle(Expected):
    """The party would become its own ancestor. Fields: party_id, parent_id."""


class EntityInUse(Expected):
    """The entity keeps books or stock in its currency already. Fields: field."""
