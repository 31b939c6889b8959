"""What may be set from outside, read from the environment once."""

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from strawberry.http.websocket_origin import normalize_origin

from api.door.manners import DoorSettings
from app.embedded.place import make_home
from app.embedded.private_files import read_private, write_private
from domain.integration.addresses import OPEN_INTERNET, Reach

if TYPE_CHECKING:
    from domain.kernel.sealing import Keyring

POSTGRES_SCHEMES = ("postgres", "postgresql", "postgresql+asyncpg")
REDIS_SCHEMES = ("redis", "rediss")
SMTP_SCHEMES = ("smtp", "smtps")
SHORTEST_SECRET = 32
LARGEST_PORT = 65_535
LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("auto", "json", "text")


class SettingError(Exception):
    """A variable has a value that cannot be used; the message says how to mend it."""

    def __init__(self, variable: str, problem: str, remedy: str) -> None:
        super().__init__(f"{variable} {problem}.\n  What to do: {remedy}")
        self.variable = variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one installation. URLs are None where the embedded engines serve."""

    home: Path
    host: str
    port: int
    # As postgresql://…, without a driver.
    database_url: str | None = field(repr=False)
    database_owner_url: str | None = field(repr=False)
    redis_url: str | None = field(repr=False)
    # None means: the one kept in the home; see `signing_secret`.
    secret: str | None = field(repr=False)
    api_processes: int
    worker_processes: int
    worker_threads: int
    database_pool_size: int
    # Where webhooks may go beyond public addresses by https.
    webhook_reach: Reach = OPEN_INTERNET
    # The first seals secrets that are kept, the others open older ones; none: see `keys`.
    sealing_keys: tuple[str, ...] = field(default=(), repr=False)
    # For so many days it can be looked up what was sent to subscribers, and what they answered.
    webhook_days_kept: int = 30
    log_level: str = "info"
    # "json", "text"; "auto": text where a person reads it.
    log_format: str = "auto"
    # Whether orders that are placed at the same time share a transaction.
    combine_orders: bool = True
    # The mail server, as smtp://user:password@host:587; None: letters go into home/mail.
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = "crossdock@localhost.localdomain"
    # The address of a page of yours that takes the codes of letters.
    code_page: str | None = None
    # Operations that take longer are written to the log, in milliseconds.
    slow_ms: int = 500
    # Where a worker process answers GET /metrics; None: nowhere.
    worker_metrics_port: int | None = None
    # Who may see the schema, how many operations a request carries, which sites may ask.
    door: DoorSettings = field(default_factory=DoorSettings)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read the settings; raises SettingError for the first value that cannot be used."""
        read = _Reader(os.environ if environment is None else environment)
        database_url = read.url("DATABASE_URL", POSTGRES_SCHEMES)
        owner_url = read.url("DATABASE_OWNER_URL", POSTGRES_SCHEMES)
        if owner_url is not None and database_url is None:
            raise SettingError(
                "DATABASE_OWNER_URL",
                "is set, but DATABASE_URL is not",
                "set DATABASE_URL to the same database with the role that serves requests.",
            )
        return cls(
            home=read.folder("CROSSDOCK_HOME", default_home()),
            host=read.text("CROSSDOCK_HOST") or "127.0.0.1",
            port=read.number("CROSSDOCK_PORT", 8000, smallest=1, largest=LARGEST_PORT),
            database_url=database_url,
            database_owner_url=owner_url or database_url,
            redis_url=read.url("REDIS_URL", REDIS_SCHEMES),
            secret=read.secret("CROSSDOCK_SECRET"),
            api_processes=read.number("CROSSDOCK_API_PROCESSES", 1, smallest=1, largest=64),
            worker_processes=read.number("CROSSDOCK_WORKER_PROCESSES", 1, smallest=1, largest=64),
            worker_threads=read.number("CROSSDOCK_WORKER_THREADS", 4, smallest=1, largest=256),
            database_pool_size=read.number("CROSSDOCK_DATABASE_POOL", 10, smallest=1, largest=500),
            # With its own database it is one machine's own: its subscribers stand there too.
            webhook_reach=read.reach(default=database_url is None),
            sealing_keys=read.secrets("CROSSDOCK_SEALING_KEYS"),
            webhook_days_kept=read.number("CROSSDOCK_WEBHOOK_DAYS", 30, smallest=1, largest=3650),
            log_level=read.choice("CROSSDOCK_LOG_LEVEL", LEVELS, "info"),
            log_format=read.choice("CROSSDOCK_LOG_FORMAT", LOG_FORMATS, "auto"),
            combine_orders=read.switch("CROSSDOCK_COMBINE_ORDERS", default=True),
            smtp_url=read.url("CROSSDOCK_SMTP_URL", SMTP_SCHEMES),
            mail_from=read.text("CROSSDOCK_MAIL_FROM") or "crossdock@localhost.localdomain",
            code_page=read.text("CROSSDOCK_CODE_PAGE"),
            slow_ms=read.number("CROSSDOCK_SLOW_MS", 500, smallest=1, largest=3_600_000),
            worker_metrics_port=read.number(
                "CROSSDOCK_WORKER_METRICS_PORT", 0, smallest=0, largest=LARGEST_PORT
            )
            or None,
            door=DoorSettings(
                introspection=read.switch("CROSSDOCK_INTROSPECTION", default=False),
                batch_limit=read.number("CROSSDOCK_BATCH_LIMIT", 0, smallest=0, largest=20),
                largest_upload=1024
                * 1024
                * read.number("CROSSDOCK_UPLOAD_MEGABYTES", 20, smallest=3, largest=500),
                origins=read.origins("CROSSDOCK_ORIGINS"),
            ),
        )

    @property
    def base_url(self) -> str:
        """The address at which a browser on this machine finds the API."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
        host = everywhere.get(self.host, f"[{self.host}]" if ":" in self.host else self.host)
        return f"http://{host}:{self.port}"

    def signing_secret(self) -> str:
        """Return the key that signs tokens: CROSSDOCK_SECRET, or a random one kept in the home."""
        if self.secret is not None:
            return self.secret
        path = self.home / "secret"
        kept = read_private(path)
        if kept is None:
            make_home(self.home)
            # Of two processes that make one at the same time, the first one's counts for both.
            write_private(path, secrets.token_urlsafe(48), keep_existing=True)
            kept = read_private(path) or ""
        if len(kept) < SHORTEST_SECRET:
            raise SettingError(
                "CROSSDOCK_SECRET",
                f"is not set, and the secret kept in {path} is damaged",
                "delete that file (people have to sign in again), or set CROSSDOCK_SECRET.",
            )
        return kept

    def keys(self) -> "Keyring":
        """The keys that seal secrets: CROSSDOCK_SEALING_KEYS, or the one that signs tokens."""
        # Most commands seal nothing: they start without the library.
        from domain.kernel.sealing import Keyring

        return Keyring(self.sealing_keys or (self.signing_secret(),))


def default_home() -> Path:
    """Return `.crossdock` in the checkout that this code runs from, else in the user's folder."""
    checkout = Path(__file__).resolve().parent.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / "migrations").is_dir():
        return checkout / ".crossdock"
    return Path.home() / ".crossdock"


class _Reader:
    """Reads one variable at a time; an empty value counts as not set, as compose files write it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, variable: str) -> str | None:
        return self._environment.get(variable, "").strip() or None

    def number(self, variable: str, default: int, *, smallest: int, largest: int) -> int:
        text = self.text(variable)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and smallest <= int(text[:9]) <= largest):
            raise SettingError(
                variable,
                f"is {text!r}, which is not a whole number from {smallest} to {largest}",
                f"set it to such a number, or unset it for {default}.",
            )
        return int(text)

    def switch(self, variable: str, *, default: bool) -> bool:
        return self.number(variable, int(default), smallest=0, largest=1) == 1

    def reach(self, *, default: bool) -> Reach:
        return Reach(
            private=self.switch("CROSSDOCK_PRIVATE_WEBHOOKS", default=default),
            plain=self.switch("CROSSDOCK_PLAIN_WEBHOOKS", default=default),
        )

    def choice(self, variable: str, choices: Sequence[str], default: str) -> str:
        text = (self.text(variable) or default).lower()
        if text not in choices:
            raise SettingError(
                variable, f"is {text!r}", f"set it to one of {', '.join(choices)}, or unset it."
            )
        return text

    def origins(self, variable: str) -> frozenset[str]:
        found = set()
        for text in (self.text(variable) or "").split():
            origin = normalize_origin(text)
            if origin is None or origin != text.lower().rstrip("/"):
                raise SettingError(
                    variable,
                    f"names {text!r}, which is not an origin such as https://shop.example",
                    "write scheme, host and port only, several of them separated by spaces.",
                )
            found.add(origin)
        return frozenset(found)

    def folder(self, variable: str, default: Path) -> Path:
        text = self.text(variable)
        if text is None:
            return default
        folder = Path(text).expanduser().absolute()
        if folder.exists() and not folder.is_dir():
            raise SettingError(
                variable, f"is {text!r}, which is not a folder", "set it to a folder, or unset it."
            )
        return folder

    def url(self, variable: str, schemes: tuple[str, ...]) -> str | None:
        text = self.text(variable)
        if text is None:
            return None
        scheme, _, rest = text.partition("://")
        if scheme not in schemes or not _has_usable_address(text):
            # The value itself is not shown: it holds a password.
            raise SettingError(
                variable,
                f"is not an address of the form {schemes[0]}://user:password@host:port/name",
                "correct it (special characters in the password are written as %40 and so on), "
                "or unset it to use the embedded engine.",
            )
        return f"{'postgresql' if schemes is POSTGRES_SCHEMES else scheme}://{rest}"

    def secret(self, variable: str) -> str | None:
        text = self.text(variable)
        return None if text is None else _sound_secret(variable, text)

    def secrets(self, variable: str) -> tuple[str, ...]:
        texts = (self.text(variable) or "").split()
        return tuple(_sound_secret(variable, text) for text in texts)


def _sound_secret(variable: str, text: str) -> str:
    if len(text) < SHORTEST_SECRET:
        raise SettingError(
            variable,
            f"is shorter than {SHORTEST_SECRET} characters and could be guessed",
            "set it to the output of `openssl rand -base64 48`, or unset it.",
        )
    return text


def _has_usable_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
