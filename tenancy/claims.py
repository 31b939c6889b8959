"""The checks on a token's claims that are the same for our tokens and an outside issuer's."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from jwt.types import Options

from tenancy.failures import AuthenticationFailed

LONGEST_TOKEN = 8_192
LEEWAY = timedelta(seconds=5)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()


def requiring(*claims: str) -> Options:
    """PyJWT's options for a token that must carry `claims` and both its times.

    PyJWT would compare the times with its own clock; `check_times` takes the request's `now`."""
    return {
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "require": [*claims, "iat", "exp"],
    }


def check_times(
    claims: Mapping[str, Any], now: datetime, *, leeway: timedelta = LEEWAY
) -> tuple[datetime, datetime]:
    """When the token was issued and when it ends. Raises AuthenticationFailed for one that has
    ended, is not yet valid, was issued in the future or does not say."""
    issued_at = _moment(claims.get("iat"))
    expires_at = _moment(claims.get("exp"))
    if expires_at + leeway <= now:
        raise AuthenticationFailed("token_expired")
    if issued_at - leeway > now:
        raise AuthenticationFailed("token_from_the_future")
    if "nbf" in claims and _moment(claims["nbf"]) - leeway > now:
        raise AuthenticationFailed("token_not_yet_valid")
    return issued_at, expires_at


def _moment(value: Any) -> datetime:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 <= value <= _LATEST:
        raise AuthenticationFailed("token_time_invalid")
    return datetime.fromtimestamp(value, UTC)
