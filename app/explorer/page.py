"""The page and its files: named by what is in them, so that browsers may keep them for ever."""

import base64
import gzip
import hashlib
import html
from functools import cache
from json import dumps
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from api.door.pages import Page
from app.explorer.tabs import TOUR, documents
from domain.kernel import json

FILES = Path(__file__).with_name("files")
STYLES = ("graphiql.min.css", "explorer.css")
SCRIPTS = (
    "react.production.min.js",
    "react-dom.production.min.js",
    "graphiql.min.js",
    "explorer.js",
)
_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
# GraphiQL's menus write style elements, and its fonts and pictures lie in its style sheet.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


@cache
def explorer_page() -> Page:
    """The page at /graphql, with the integrity of every file that it asks for."""
    text = (FILES / "explorer.html").read_text()
    for place, filled in (
        ("styles", "\n".join(_style(name) for name in STYLES)),
        ("scripts", "\n".join(_script(name) for name in SCRIPTS)),
        ("documents", html.escape(_told())),
    ):
        text = text.replace(f"<!-- {place} -->", filled)
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    return Page(text.encode(), headers)


async def explorer_file(request: Request) -> Response:
    """One of the page's files, at /graphiql/{digest}/{name}."""
    name = request.path_params["name"]
    if name not in (*STYLES, *SCRIPTS) or request.path_params["digest"] != _digest(name):
        return Response(status_code=404)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Vary": "Accept-Encoding",
    }
    packs = "gzip" in request.headers.get("accept-encoding", "")
    if packs:
        headers["Content-Encoding"] = "gzip"
    content = _packed(name) if packs else _content(name)
    return Response(content, headers=headers, media_type=_KINDS[Path(name).suffix])


def _told() -> str:
    """The tabs and documents, as the page's script reads them."""
    texts = documents()
    tabs = [
        {
            "name": tab.name,
            "query": texts[tab.name],
            "variables": dumps(tab.variables, indent=2) if tab.variables else "",
        }
        for tab in TOUR
        if tab.name in texts
    ]
    return json.dump({"tabs": tabs, "documents": texts})


@cache
def _content(name: str) -> bytes:
    return (FILES / name).read_bytes()


@cache
def _packed(name: str) -> bytes:
    return gzip.compress(_content(name), mtime=0)


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(_content(name)).hexdigest()[:16]


def _integrity(name: str) -> str:
    digest = base64.b64encode(hashlib.sha384(_content(name)).digest()).decode()
    return f'integrity="sha384-{digest}"'


def _style(name: str) -> str:
    return f'<link rel="stylesheet" href="graphiql/{_digest(name)}/{name}" {_integrity(name)}>'


def _script(name: str) -> str:
    return f'<script src="graphiql/{_digest(name)}/{name}" {_integrity(name)} defer></script>'
