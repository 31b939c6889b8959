"""API keys: `cdk_<tenant id>_<key id>_<secret>`. Only the hash of the secret is kept; a secret
of 256 random bits needs no slow hash."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

from tenancy.failures import AuthenticationFailed
from tenancy.tokens import LARGEST_ID, LARGEST_TENANT_ID

PREFIX = "cdk_"
_FORM = re.compile(r"cdk_([1-9][0-9]{0,9})_([1-9][0-9]{0,18})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """A key as a caller presents it: well formed, not yet compared."""

    tenant_id: int
    key_id: int
    secret: str = field(repr=False)


def new_secret() -> str:
    """A fresh secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """What is kept of a secret: its SHA-256 in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def secret_matches(kept_hash: str, secret: str) -> bool:
    """Whether the secret is the one whose hash was kept; takes the same time for both answers."""
    return hmac.compare_digest(kept_hash.encode(), hash_secret(secret).encode())


def write_key(tenant_id: int, key_id: int, secret: str) -> str:
    """The key as its owner is shown it, once."""
    return f"{PREFIX}{tenant_id}_{key_id}_{secret}"


def read_key(text: str) -> PresentedKey:
    """The parts of a presented key. Raises AuthenticationFailed when it is malformed."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise AuthenticationFailed("key_malformed")
    presented = PresentedKey(int(match[1]), int(match[2]), match[3])
    if presented.tenant_id > LARGEST_TENANT_ID or presented.key_id > LARGEST_ID:
        raise AuthenticationFailed("key_malformed")
    return presented
