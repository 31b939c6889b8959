"""Decisions about webhooks, as tables."""

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.integration.policy import (
    Breaker,
    RetrySchedule,
    matches,
    seconds_asked,
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


def test_the_signature_is_that_of_the_published_example() -> None:
    assert (
        signature(
            ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
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


def test_each_secret_in_force_signs_for_itself() -> None:
    secrets = [secret_from(bytes(24)), secret_from(bytes(range(24)))]
    parts = {"message_id": "evt_1", "timestamp": 1, "body": b"{}"}
    both = signature(secrets, **parts)  # type: ignore[arg-type]
    assert both == " ".join(signature([each], **parts) for each in secrets)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(None, 5), (timedelta(seconds=2), 5), (timedelta(hours=1), 3600), (timedelta(days=9), 21600)],
)
def test_a_subscriber_that_asks_for_time_gets_it_up_to_the_longest_wait(
    asked: timedelta | None, seconds: int
) -> None:
    assert RetrySchedule().wait(1, jitter=0, asked=asked).total_seconds() == seconds


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("120", timedelta(minutes=2)),
        (" 5 ", timedelta(seconds=5)),
        (None, None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("9" * 10, None),
    ],
)
def test_only_seconds_are_read_of_what_a_subscriber_asks_for(
    header: str | None, asked: timedelta | None
) -> None:
    assert seconds_asked(header) == asked


def test_a_failing_subscriber_rests_for_longer_and_longer_up_to_five_minutes() -> None:
    rests = [Breaker().rest(failures, jitter=0) for failures in (1, 4, 5, 6, 7, 12, 1_000)]
    minutes = timedelta(minutes=5)
    assert rests[:2] == [None, None]
    assert rests[2:] == [timedelta(seconds=s) for s in (5, 10, 20)] + [minutes, minutes]


@given(st.integers(5, 10_000), st.floats(0, 1))
def test_rests_are_spread_by_a_fifth(failures: int, jitter: float) -> None:
    plain, spread = (Breaker().rest(failures, jitter=j) for j in (0.0, jitter))
    assert plain is not None
    assert spread is not None
    assert plain <= spread <= plain * 1.2 + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("days", "status", "reason"),
    [
        (0, 500, None),
        (4, None, None),
        (5, 500, "No call was taken in 5 days."),
        (0, 410, "The subscriber answered 410: it is gone."),
    ],
)
def test_a_subscription_ends_when_nobody_is_there_or_for_long_nobody_was(
    days: int, status: int | None, reason: str | None
) -> None:
    ended = Breaker().ends(failing_for=timedelta(days=days), response_status=status)
    assert ended == reason
