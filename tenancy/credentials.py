"""Credentials as a request carries them, and the checks that all kinds share."""

from tenancy.accounts import Account
from tenancy.claims import LONGEST_TOKEN
from tenancy.failures import AuthenticationFailed
from tenancy.usernames import normal_slug


def bearer(authorization: str) -> str:
    """The token of an Authorization header. Raises AuthenticationFailed for any other scheme."""
    limit_length(authorization)
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or not token.isascii():
        raise AuthenticationFailed("authorization_malformed")
    return token.strip()


def limit_length(credentials: str) -> None:
    """Raise AuthenticationFailed for what is too long to be worth a look."""
    if len(credentials) > LONGEST_TOKEN:
        raise AuthenticationFailed("credentials_too_long")


def required_slug(text: str) -> str:
    """The tenant's slug from an X-Tenant header. Raises AuthenticationFailed."""
    slug = normal_slug(text)
    if slug is None:
        raise AuthenticationFailed("tenant_malformed")
    return slug


def admitted(account: Account | None, slug: str | None) -> Account:
    """The account, when it exists, is let in and belongs to the tenant that the request names.
    Raises AuthenticationFailed."""
    if account is None:
        raise AuthenticationFailed("account_unknown")
    if account.refusal is not None:
        raise AuthenticationFailed(account.refusal)
    if slug is not None and slug != account.tenant_slug:
        raise AuthenticationFailed("tenant_differs")
    return account
