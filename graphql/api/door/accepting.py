"""Which media type a client wants its answer in."""

from functools import lru_cache

from api.door.refusals import Refusal

GRAPHQL = "application/graphql-response+json"
PLAIN = "application/json"
EVENTS = "text/event-stream"
# In our order of preference, where the client has none.
_OFFERED = (GRAPHQL, PLAIN)


@lru_cache(maxsize=256)
def weighed(accept: str) -> tuple[tuple[str, float], ...]:
    """The media ranges of an Accept header and their weights, as sent."""
    ranges = []
    for part in accept[:2_000].split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        ranges.append((name, _weight(parameters)))
    return tuple(ranges)


def answer_type(accept: str | None) -> str:
    """The media type of a JSON answer: plain JSON for clients that do not say.

    Raises Refusal (406) when the client accepts neither of ours."""
    if accept is None or not accept.strip():
        return PLAIN
    ranges = weighed(accept)
    exact = {name: weight for name, weight in ranges if name in _OFFERED}
    named = [name for name in _OFFERED if exact.get(name, 0) > 0]
    if named:
        return max(named, key=lambda name: exact[name])
    if any(weight > 0 and name in ("*/*", "application/*") for name, weight in ranges):
        return PLAIN
    raise Refusal(406, "BAD_INPUT", f"Accept {GRAPHQL} or {PLAIN}.")


def wants_events(accept: str | None) -> bool:
    """Whether the client takes a stream of events at all."""
    return accept is not None and any(n == EVENTS and w > 0 for n, w in weighed(accept))


def wants_only_events(accept: str | None) -> bool:
    """Whether it takes nothing else: then its queries are streamed too, as graphql-sse sends
    them. Clients that merely could take a stream get their queries as JSON."""
    return (
        accept is not None
        and wants_events(accept)
        and all(name == EVENTS or weight == 0 for name, weight in weighed(accept))
    )


def wants_page(accept: str | None) -> bool:
    """Whether a browser asks for a page to show."""
    return accept is not None and any(n == "text/html" and w > 0 for n, w in weighed(accept))


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return max(0.0, min(float(parameter[2:]), 1.0))
            except ValueError:
                return 0.0
    return 1.0
