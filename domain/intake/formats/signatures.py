"""Signatures of webhooks, verified over the raw body in constant time."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

MAX_AGE = timedelta(minutes=5)
"""How far the timestamp of a signed message may be from now (Standard Webhooks)."""


def verify_shopify(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """X-Shopify-Hmac-Sha256: base64 of HMAC-SHA256 over the body with the app's client secret."""
    return _matches_base64(body, _header(headers, "x-shopify-hmac-sha256"), secret.encode())


def verify_woocommerce(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """X-WC-Webhook-Signature: base64 of HMAC-SHA256 over the body with the webhook's secret."""
    return _matches_base64(body, _header(headers, "x-wc-webhook-signature"), secret.encode())


def verify_hex(body: bytes, signature: str | None, secret: str) -> bool:
    """HMAC-SHA256 over the body in hexadecimal, with or without the prefix "sha256="."""
    if not signature or not secret:
        return False
    given = signature.strip().lower().removeprefix("sha256=")
    expected = hmac.new(secret.encode(), body, sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), given.encode())


def verify_standard(body: bytes, headers: Mapping[str, str], secret: str, *, now: datetime) -> bool:
    """Standard Webhooks 1.0: webhook-id, webhook-timestamp, webhook-signature ("v1,<base64>" …).

    `secret` is "whsec_<base64>", or any text taken as it is. `now` is aware; a message that is
    older or newer than MAX_AGE is refused.
    """
    identity = _header(headers, "webhook-id")
    timestamp = _header(headers, "webhook-timestamp")
    if not identity or not timestamp or not _is_recent(timestamp, now):
        return False
    signed = b".".join((identity.encode(), timestamp.encode(), body))
    candidates = (_header(headers, "webhook-signature") or "").split()[:MAX_SIGNATURES]
    key = _standard_key(secret)
    found = [_matches_base64_key(signed, c[3:], key) for c in candidates if c.startswith("v1,")]
    return any(found)


MAX_SIGNATURES = 10
"""Of one message (several while keys are exchanged)."""


def sign_standard(body: bytes, *, identity: str, secret: str, sent_at: datetime) -> dict[str, str]:
    """The three headers of Standard Webhooks for a body; `sent_at` is aware."""
    timestamp = str(int(sent_at.timestamp()))
    signed = b".".join((identity.encode(), timestamp.encode(), body))
    digest = hmac.new(_standard_key(secret), signed, sha256).digest()
    return {
        "webhook-id": identity,
        "webhook-timestamp": timestamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def _header(headers: Mapping[str, str], name: str) -> str | None:
    direct = headers.get(name)
    if direct is not None:
        return direct
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _standard_key(secret: str) -> bytes:
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_recent(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= MAX_AGE.total_seconds()


def _matches_base64(body: bytes, signature: str | None, key: bytes) -> bool:
    return signature is not None and _matches_base64_key(body, signature, key)


def _matches_base64_key(body: bytes, signature: str, key: bytes) -> bool:
    if not key:
        return False
    expected = base64.b64encode(hmac.new(key, body, sha256).digest())
    return hmac.compare_digest(expected, signature.strip().encode("utf-8", "replace"))
