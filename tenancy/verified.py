"""Tokens whose signature has been verified: verifying costs more than a small query does."""

import hashlib
from collections import OrderedDict
from datetime import datetime

from tenancy.tokens import AccessClaims

MOST = 10_000


class VerifiedTokens:
    """Claims by the hash of the token that said them. What they allow is asked anew each time."""

    def __init__(self) -> None:
        self._claims: OrderedDict[bytes, AccessClaims] = OrderedDict()

    def claims_of(self, token: str, now: datetime) -> AccessClaims | None:
        """The claims of a token that was verified before and is valid at `now`."""
        claims = self._claims.get(_digest(token))
        if claims is None or not claims.issued_at <= now < claims.expires_at:
            return None
        return claims

    def remember(self, token: str, claims: AccessClaims) -> None:
        """Keep what a verified token said."""
        self._claims[_digest(token)] = claims
        while len(self._claims) > MOST:
            self._claims.popitem(last=False)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("ascii")).digest()
