"""Outcomes of access that the business expects."""

from domain.kernel.errors import Expected


class PasswordRefused(Expected):
    """The password cannot be set; the message says why."""


class OldPasswordWrong(Expected):
    """The old password is not the caller's."""


class LastAdministrator(Expected):
    """After this nobody could manage users any more."""


class TooMuchForPartner(Expected):
    """The role gives what a partner may not have. Fields: permissions (the ones too many)."""


class SignInRefused(Expected):
    """The credentials do not hold; why is told to nobody."""


class TooManySignIns(Expected):
    """Sign-in was tried too often. Fields: retry_after_seconds."""
