"""Outcomes of client apps that the business expects."""

from domain.kernel.errors import Expected


class ClientAppIsClosed(Expected):
    """The app is closed for good. Fields: name."""


class TooManyDocuments(Expected):
    """The app would have more documents than it may. Fields: limit, registered."""
