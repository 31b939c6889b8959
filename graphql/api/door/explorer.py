"""The page on which people try the API in a browser, with our own documents as tabs."""

import base64
import hashlib
import html
import re
from functools import cache
from pathlib import Path

from api.door.persisted import OPERATIONS

_PAGE = Path(__file__).with_name("explorer.html")


def _hash_of(tag: str, page: str) -> str:
    found = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    digest = hashlib.sha256((found.group(1) if found else "").encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def explorer_page() -> bytes:
    """The page, whole: it loads nothing from elsewhere."""
    tabs = "".join(
        f'<template data-name="{html.escape(path.stem)}">{html.escape(path.read_text())}</template>'
        for path in (sorted(OPERATIONS.glob("*.graphql")) if OPERATIONS.is_dir() else ())
    )
    return _PAGE.read_text().replace("<!-- documents -->", tabs).encode()


def _headers() -> dict[str, str]:
    page = _PAGE.read_text()
    policy = (
        "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'none'; script-src {_hash_of('script', page)}; "
        f"style-src {_hash_of('style', page)}"
    )
    return {"Content-Security-Policy": policy, "X-Frame-Options": "DENY"}


EXPLORER_HEADERS = _headers()
