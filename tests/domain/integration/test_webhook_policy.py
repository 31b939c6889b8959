"""Decisions about webhooks, as tables."""

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.integration.policy import (
    RetrySchedule,
    fault_of_url,
    is_public,
    matches,
    secret_from,
    signature,
    status_after,
    unknown_patterns,
)


@pytest.mark.parametrize(
    ("pattern", "event_type", "wanted"),
    [
        ("order.shipped", "order.shipped", True),
        ("order.shipped", "order.shipped_again", False),
        ("order.*", "order.shipped", True),
        ("order.*", "orders.shipped", False),
        ("*", "order.shipped", True),
    ],
)
def test_a_pattern_matches_a_type_or_all_that_begin_with_it(
    pattern: str, event_type: str, wanted: bool
) -> None:
    assert matches([pattern], event_type) is wanted


def test_patterns_that_match_nothing_are_found() -> None:
    known = {"order.shipped", "inventory.stock_received"}
    patterns = ["order.*", "*", "order.shipped", "order.lost", "ord*", "returns.*", ""]
    assert unknown_patterns(patterns, known) == ["order.lost", "ord*", "returns.*", ""]


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/a?b=c",
        "http://hooks.example.com:8080",
        "https://8.8.8.8/x",
        "https://[2606:4700::1111]/",
    ],
)
def test_the_open_internet_may_be_called(url: str) -> None:
    assert fault_of_url(url, allow_private=False) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8000/",
        "http://LOCALHOST./",
        "http://intranet/",
        "http://db.internal/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[fd00::1]/",
        "http://0.0.0.0/",
        "http://2130706433/",
    ],
)
def test_private_addresses_may_be_called_only_when_allowed(url: str) -> None:
    assert fault_of_url(url, allow_private=False) == "The URL leads to a private address."
    assert fault_of_url(url, allow_private=True) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "ftp://hooks.example.com",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@hooks.example.com",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\n",
        "https://hööks.example.com/",
        "https://[::1",
        "https://hooks.example.com/" + "a" * 2_000,
    ],
)
def test_what_is_no_proper_address_is_refused_in_any_case(url: str) -> None:
    assert fault_of_url(url, allow_private=True) is not None


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("100.64.0.1", False),
        ("192.168.1.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
        ("fe80::1", False),
        ("2606:4700::1111", True),
    ],
)
def test_public_addresses_are_told_from_the_others(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_the_signature_is_that_of_the_published_example() -> None:
    assert (
        signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp=1614265330,
            body=b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@given(st.binary(min_size=24, max_size=64))
def test_a_secret_carries_its_bytes(random: bytes) -> None:
    assert base64.b64decode(secret_from(random).removeprefix("whsec_")) == random


@pytest.mark.parametrize(
    ("response", "attempts", "status"),
    [
        (200, 1, "delivered"),
        (204, 3, "delivered"),
        (301, 1, "due"),
        (404, 1, "due"),
        (500, 2, "due"),
        (None, 2, "due"),
        (500, 3, "dead"),
        (None, 3, "dead"),
        (410, 1, "dead"),
        (200, 3, "delivered"),
    ],
)
def test_the_answer_decides_what_a_delivery_becomes(
    response: int | None, attempts: int, status: str
) -> None:
    assert status_after(response, attempts=attempts, schedule=RetrySchedule(attempts=3)) == status


def test_the_waits_grow_to_six_hours() -> None:
    waits = [RetrySchedule().wait(n, jitter=0).total_seconds() for n in range(1, 13)]
    assert waits == [5, 15, 45, 135, 405, 1215, 3645, 10935, 21600, 21600, 21600, 21600]


@given(st.integers(1, 1_000), st.floats(0, 1))
def test_jitter_adds_up_to_a_fifth(attempts: int, jitter: float) -> None:
    schedule = RetrySchedule()
    plain = schedule.wait(attempts, jitter=0)
    assert plain <= schedule.wait(attempts, jitter=jitter) <= plain * 1.2 + timedelta(seconds=1)
