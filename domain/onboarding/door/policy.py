"""Which apps and documents are sound, and what a tenant's settings mean for one caller."""

import hashlib
import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from domain.kernel.errors import InvalidInput

KINDS = ("internal", "partner", "public")
MOST_ORIGINS = 50
LONGEST_ORIGIN = 255
LONGEST_DOCUMENT = 64_000
MOST_DOCUMENTS = 5_000
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_PORTS = {"http": 80, "https": 443}


def sound_origins(given: Sequence[str], *, path: tuple[str, ...] = ("origins",)) -> list[str]:
    """The origins as browsers send them, each once, in order. Raises InvalidInput at the first
    that is none: a scheme, a host and perhaps a port; http only on the developer's own machine."""
    if len(given) > MOST_ORIGINS:
        raise InvalidInput(f"Give at most {MOST_ORIGINS} origins.", path=path)
    return sorted({_origin(text, (*path, place)) for place, text in enumerate(given)})


def document_hash(text: str) -> str:
    """What a document is named by: the SHA-256 of its text in UTF-8, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppAtTheDoor:
    """What the door knows of an open app."""

    kind: str
    origins: frozenset[str] = frozenset()
    only_registered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantAtTheDoor:
    """What a tenant settled, and its open apps by id."""

    origins: frozenset[str] = frozenset()
    only_trusted_partners: bool = False
    only_trusted_public_apps: bool = False
    only_trusted_everybody: bool = False
    plan: str | None = None
    apps: Mapping[int, AppAtTheDoor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What counts for one caller: from which origins it may come, whether it must keep to
    registered documents, and through which app it comes."""

    origins: frozenset[str]
    only_trusted: bool
    app_id: int | None


def entry_of(
    tenant: TenantAtTheDoor, *, app_id: int | None, is_partner: bool, origin: str | None
) -> Entry:
    """What the tenant's settings mean for a caller: one with a key of the app `app_id`, or one
    without an app, whose page's origin may tell which app it is.

    A key's page may come from its own app's origins, not from another's. A key of an app that is
    not open any more is held to documents, of which it has none."""
    own = tenant.apps.get(app_id) if app_id is not None else None
    if app_id is None:
        origins = tenant.origins.union(*(app.origins for app in tenant.apps.values()))
        app_id = _app_of_origin(tenant, origin)
        app = tenant.apps[app_id] if app_id is not None else None
    else:
        origins = tenant.origins | (own.origins if own else frozenset())
        app = own or AppAtTheDoor(kind="partner", only_registered=True)
    return Entry(
        origins=origins, only_trusted=_is_held(tenant, app, is_partner=is_partner), app_id=app_id
    )


def _is_held(tenant: TenantAtTheDoor, app: AppAtTheDoor | None, *, is_partner: bool) -> bool:
    if tenant.only_trusted_everybody or (app is not None and app.only_registered):
        return True
    kind = app.kind if app is not None else None
    if tenant.only_trusted_partners and (is_partner or kind == "partner"):
        return True
    return tenant.only_trusted_public_apps and kind == "public"


def _app_of_origin(tenant: TenantAtTheDoor, origin: str | None) -> int | None:
    """Of several apps on one origin the strictest counts, else the oldest."""
    found = [i for i, app in tenant.apps.items() if origin is not None and origin in app.origins]
    return min(found, key=lambda i: (not tenant.apps[i].only_registered, i), default=None)


def _origin(text: str, path: tuple[str | int, ...]) -> str:
    wrong = InvalidInput("Must be an origin such as https://shop.example.", path=path)
    if len(text) > LONGEST_ORIGIN or not text.isascii() or not text.isprintable():
        raise wrong
    try:
        parts = urlsplit(text.strip().lower())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise wrong from None
    is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in _PORTS or not is_bare or not _is_host(host):
        raise wrong
    if parts.scheme == "http" and not _is_this_machine(host):
        raise InvalidInput("Must be https://, but for pages on one's own machine.", path=path)
    shown = f"[{host}]" if ":" in host else host
    is_usual = port is None or port == _PORTS[parts.scheme]
    return f"{parts.scheme}://{shown}" + ("" if is_usual else f":{port}")


def _is_host(host: str) -> bool:
    return _address(host) is not None or (_HOST.fullmatch(host) is not None and ".." not in host)


def _is_this_machine(host: str) -> bool:
    address = _address(host)
    return (
        host == "localhost" or host.endswith(".localhost") or bool(address and address.is_loopback)
    )


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
