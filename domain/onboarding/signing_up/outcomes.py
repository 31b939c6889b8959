"""Outcomes of signing up that the business expects."""

from domain.kernel.errors import Expected


class CodeVoid(Expected):
    """The mailed code was used, has expired, or never was: they are told apart nowhere."""


class TooManySignUps(Expected):
    """Too many sign-ups from one address. Fields: retry_after_seconds."""


def code_void() -> CodeVoid:
    """The refusal of a mailed code."""
    message = "This code was used, has expired, or never was. Ask for a new one."
    return CodeVoid(message, path=("token",))
