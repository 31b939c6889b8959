"""Outcomes of deletion that the business expects."""

from domain.kernel.errors import Expected


class NoDeletionAsked(Expected):
    """Nobody asked to delete the tenant, or it was withdrawn."""


class NoAddress(Expected):
    """The caller has no e-mail address to which a code could go."""
