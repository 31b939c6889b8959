"""Webhook signatures: what the source signed is taken, anything else is not."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.intake.formats.signatures import (
    sign_standard,
    verify_hex,
    verify_shopify,
    verify_standard,
    verify_woocommerce,
)

BODY = b'{"id": 1}'
KEY = "a key of ours"
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def mac(body: bytes, key: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


@pytest.mark.parametrize(
    ("verify", "name"),
    [
        (verify_shopify, "X-Shopify-Hmac-Sha256"),
        (verify_woocommerce, "X-WC-Webhook-Signature"),
        (verify_shopify, "x-shopify-hmac-sha256"),
    ],
)
def test_a_body_signed_by_the_source_is_taken_and_a_changed_one_is_not(
    verify: object, name: str
) -> None:
    assert callable(verify)
    headers = {name: mac(BODY, KEY)}
    assert verify(BODY, headers, KEY)
    assert not verify(BODY + b" ", headers, KEY)
    assert not verify(BODY, headers, "another key")
    assert not verify(BODY, headers, "")
    assert not verify(BODY, {}, KEY)
    assert not verify(BODY, {name: "é not base64"}, KEY)


def test_a_hexadecimal_signature_is_taken_with_and_without_prefix() -> None:
    digest = hmac.new(KEY.encode(), BODY, hashlib.sha256).hexdigest()
    assert verify_hex(BODY, digest, KEY)
    assert verify_hex(BODY, "sha256=" + digest.upper(), KEY)
    assert not verify_hex(BODY, digest[:-1] + "0g", KEY)
    assert not verify_hex(BODY, None, KEY)
    assert not verify_hex(BODY, digest, "")


@given(st.binary(max_size=50), st.text(st.characters(codec="ascii"), min_size=1, max_size=20))
def test_what_we_sign_by_standard_webhooks_is_verified(body: bytes, secret: str) -> None:
    headers = sign_standard(body, identity="msg_1", secret=KEY + secret, sent_at=NOW)
    assert verify_standard(body, headers, KEY + secret, now=NOW)
    assert not verify_standard(body + b"x", headers, KEY + secret, now=NOW)


def test_the_published_example_of_standard_webhooks_is_verified() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    published = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    sent_at = datetime.fromtimestamp(1614265330, tz=UTC)
    assert verify_standard(b'{"test": 2432232314}', headers, published, now=sent_at)


def test_one_of_several_signatures_is_enough() -> None:
    headers = sign_standard(BODY, identity="msg_1", secret=KEY, sent_at=NOW)
    headers["webhook-signature"] = "v1,AAAA v1a,BBBB " + headers["webhook-signature"]
    assert verify_standard(BODY, headers, KEY, now=NOW)


@pytest.mark.parametrize("shift", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_message_out_of_time_is_refused(shift: timedelta) -> None:
    headers = sign_standard(BODY, identity="msg_1", secret=KEY, sent_at=NOW)
    assert not verify_standard(BODY, headers, KEY, now=NOW + shift)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_message_without_one_of_the_headers_is_refused(missing: str) -> None:
    headers = sign_standard(BODY, identity="msg_1", secret=KEY, sent_at=NOW)
    del headers[missing]
    assert not verify_standard(BODY, headers, KEY, now=NOW)


def test_a_broken_secret_or_timestamp_is_refused() -> None:
    headers = sign_standard(BODY, identity="msg_1", secret=KEY, sent_at=NOW)
    assert not verify_standard(BODY, headers, "whsec_not base64!", now=NOW)
    headers["webhook-timestamp"] = "soon"
    assert not verify_standard(BODY, headers, KEY, now=NOW)
