"""Which other sites may use the API from a browser, and what a browser may send unasked."""

from collections.abc import Collection, Mapping

from strawberry.http.websocket_origin import is_same_origin, normalize_origin

from api.door.refusals import Refusal

# A site can make a browser send a form or follow a link, but not with one of these headers.
PROOFS = (
    "x-requested-with",
    "apollo-require-preflight",
    "x-apollo-operation-name",
    "graphql-require-preflight",
)
ALLOWED_HEADERS = (
    "authorization, content-type, accept, x-tenant, x-request-id, last-event-id, traceparent, "
    + ", ".join(PROOFS)
)
EXPOSED_HEADERS = "x-request-id, retry-after"
PREFLIGHT_SECONDS = 600


def is_allowed(headers: Mapping[str, str], allowed: Collection[str]) -> bool:
    """Whether a request comes from our own pages, from no page, or from an allowed origin."""
    origin = headers.get("origin")
    if origin is None:
        # A browser that leaves out Origin (GET from a link) still says where it comes from.
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    if is_same_origin(origin, headers.get("host")):
        return True
    return origin_is_listed(origin, allowed)


def origin_is_listed(origin: str, allowed: Collection[str]) -> bool:
    """Whether an Origin header names one of the allowed origins."""
    normal = normal_origin(origin)
    return normal is not None and normal in allowed


def normal_origin(origin: str | None) -> str | None:
    """An Origin header in the one form that origins are kept in; None for what is none."""
    return normalize_origin(origin) if origin is not None and len(origin) < 300 else None


def require_proof(headers: Mapping[str, str]) -> None:
    """Raises Refusal for a multipart request that any site could have made a browser send."""
    if not any(name in headers for name in PROOFS):
        raise Refusal(
            403,
            "FORBIDDEN",
            "A multipart request needs a header such as X-Requested-With or "
            "Apollo-Require-Preflight.",
        )


def shared_headers(origin: str | None) -> dict[str, str]:
    """The headers that let a page of an allowed origin read the answer."""
    if origin is None:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": EXPOSED_HEADERS,
    }


def preflight_headers(origin: str) -> dict[str, str]:
    """The answer to a browser that asks whether it may ask."""
    return {
        **shared_headers(origin),
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": ALLOWED_HEADERS,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }
