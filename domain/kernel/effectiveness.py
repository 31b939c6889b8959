"""From when until when something is in effect."""

from datetime import datetime

from domain.kernel.errors import InvalidInput


def require_span(now: datetime, starts: datetime, ends: datetime | None) -> None:
    """Raise InvalidInput unless both are moments with their offset, the first not over yet and the
    second (None: for good) after it."""
    for name, moment in (("effective_from", starts), ("effective_to", ends)):
        if moment is not None and moment.tzinfo is None:
            raise InvalidInput("Is a moment with its offset.", path=(name,))
    if starts < now:
        raise InvalidInput("Is over; policies decide what is to come.", path=("effective_from",))
    if ends is not None and ends <= starts:
        raise InvalidInput("Must be after it takes effect.", path=("effective_to",))
