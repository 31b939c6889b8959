"""Decisions about webhooks: who is told, how calls are signed, tried again and given up."""

import base64
import hashlib
import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

SECRET_PREFIX = "whsec_"
GONE = 410


def matches(patterns: Iterable[str], event_type: str) -> bool:
    """Whether a subscription to `patterns` ("order.shipped", "order.*", "*") wants a type."""
    return any(
        event_type.startswith(pattern[:-1]) if pattern.endswith("*") else pattern == event_type
        for pattern in patterns
    )


def unknown_patterns(patterns: Iterable[str], known: Collection[str]) -> list[str]:
    """The patterns that no known event type matches; they would never be told anything."""
    return [pattern for pattern in patterns if not _well_formed(pattern, known)]


def _well_formed(pattern: str, known: Collection[str]) -> bool:
    if pattern != "*" and pattern.endswith("*") and not pattern.endswith(".*"):
        return False
    return any(matches([pattern], event_type) for event_type in known)


def secret_from(random: bytes) -> str:
    """Random bytes as a webhook secret."""
    return SECRET_PREFIX + base64.b64encode(random).decode()


def signature(secrets: Iterable[str], *, message_id: str, timestamp: int, body: bytes) -> str:
    """The webhook-signature header of Standard Webhooks: one signature for each secret in force,
    so that a subscriber may change over in its own time. `timestamp` in seconds since 1970."""
    content = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return " ".join(_signed(secret, content) for secret in secrets)


def _signed(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySchedule:
    """5 s, 15 s, 45 s … at most 6 h apart; 13 attempts spread over a day and a half."""

    first: timedelta = timedelta(seconds=5)
    factor: int = 3
    longest: timedelta = timedelta(hours=6)
    attempts: int = 13

    def wait(self, attempts: int, *, jitter: float, asked: timedelta | None = None) -> timedelta:
        """How long to wait after so many attempts; `jitter` of 0 to 1 adds up to a fifth. A
        subscriber that asks for more time (Retry-After) gets it, up to the longest wait."""
        steps: int = self.factor ** min(max(attempts - 1, 0), 20)
        wait = max(self.first * steps, asked or timedelta(0))
        return min(wait, self.longest) * (1 + jitter / 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """When a subscriber as a whole is left alone: after so many failures in a row, for a while
    that doubles up to the longest; then one call at a time, until one is taken. After `give_up`
    without any, the subscription is disabled."""

    failures: int = 5
    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(minutes=5)
    give_up: timedelta = timedelta(days=5)

    def rest(self, failures: int, *, jitter: float) -> timedelta | None:
        """How long nothing is sent after so many failures in a row; None: it goes on."""
        beyond = failures - self.failures
        if beyond < 0:
            return None
        steps: int = 2 ** min(beyond, 20)
        return min(self.first * steps, self.longest) * (1 + jitter / 5)

    def ends(self, *, failing_for: timedelta, response_status: int | None) -> str | None:
        """Why the subscription is disabled now, in words for its administrator; or None."""
        if response_status == GONE:
            return "The subscriber answered 410: it is gone."
        if failing_for >= self.give_up:
            return f"No call was taken in {self.give_up.days} days."
        return None


def seconds_asked(retry_after: str | None) -> timedelta | None:
    """What a Retry-After header in seconds asks for; None where there is none of that form."""
    if retry_after is None or not retry_after.strip().isdecimal() or len(retry_after) > 9:
        return None
    return timedelta(seconds=int(retry_after))


def is_taken(response_status: int | None) -> bool:
    """Whether the subscriber took the message. `response_status` is None without an answer."""
    return response_status is not None and 200 <= response_status < 300


def status_after(response_status: int | None, *, attempts: int, schedule: RetrySchedule) -> str:
    """What a delivery is after its attempt: delivered, due again, or dead.

    `response_status` is None without an answer; `attempts` counts this one too."""
    if is_taken(response_status):
        return "delivered"
    if response_status == GONE or attempts >= schedule.attempts:
        return "dead"
    return "due"
