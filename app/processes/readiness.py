"""Whether the API says that it is ready."""

import http.client
from urllib.parse import urlsplit

ANSWER_SECONDS = 1.0
OK = 200


def is_ready(url: str) -> bool:
    """Tell whether a GET of `url` is answered with 200 now."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port, timeout=ANSWER_SECONDS
    )
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status == OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
