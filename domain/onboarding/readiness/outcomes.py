"""Outcomes of going live that the business expects."""

from domain.kernel.errors import Expected


class NotReady(Expected):
    """Something that must be there is missing. Fields: missing (codes of the checklist)."""


class NotOfASandbox(Expected):
    """This is done in the tenant itself, never in its sandbox."""
