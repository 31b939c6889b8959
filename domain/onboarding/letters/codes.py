"""Codes as people copy them out of letters."""

from domain.onboarding.signing_up.outcomes import code_void
from tenancy.failures import AuthenticationFailed
from tenancy.mailed_tokens import PresentedToken, read_token


def presented_code(code: str) -> PresentedToken:
    """The parts of a code. Raises CodeVoid for what cannot be one."""
    try:
        return read_token(code)
    except AuthenticationFailed:
        raise code_void() from None
