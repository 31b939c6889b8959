"""Outcomes of this area that the business expects."""

from domain.kernel.errors import CodeTaken, Expected


class PartyCycle(Expected):
    """The party would become its own ancestor. Fields: party_id, parent_id."""


class PartyCodeTaken(CodeTaken):
    """Another party is known by this value there. Fields: kind, value, party_id, party_code."""


class EntityInUse(Expected):
    """The entity keeps books or stock in its currency already. Fields: field."""
