"""The database and the broker to use: external ones where addresses are set, embedded ones else."""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from app.embedded.engines import Engines, start_engines
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """Addresses that work now; `close` ends the use of embedded engines."""

    database_url: str = field(repr=False)
    database_owner_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    engines: Engines | None

    def revive(self) -> list[str]:
        """Start embedded engines that died again; return their names."""
        return [] if self.engines is None else self.engines.revive()

    def close(self) -> None:
        """End the use; embedded engines stop with their last user."""
        if self.engines is not None:
            self.engines.close()

    def environment(self) -> dict[str, str]:
        """Return the variables by which child processes find the same services."""
        return {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.database_owner_url,
            "REDIS_URL": self.redis_url,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def open_services(settings: Settings, *, durable: bool = True) -> Services:
    """Return the services that the settings name, with embedded engines for those they do not."""
    needs_postgres = settings.database_url is None
    needs_valkey = settings.redis_url is None
    engines = None
    if needs_postgres or needs_valkey:
        engines = start_engines(
            settings.home, durable=durable, with_postgres=needs_postgres, with_valkey=needs_valkey
        )
    return Services(
        database_url=settings.database_url or _of(engines).database_url,
        database_owner_url=settings.database_owner_url or _of(engines).database_owner_url,
        redis_url=settings.redis_url or _of(engines).redis_url,
        engines=engines,
    )


def _of(engines: Engines | None) -> Engines:
    assert engines is not None, "every address that is not set comes from the engines"
    return engines
