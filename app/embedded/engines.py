"""Starting, finding again and stopping the engines of one home."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from app.embedded import postgres, valkey
from app.embedded.binaries import Binaries, binaries_for
from app.embedded.errors import EngineError
from app.embedded.guard import Guard
from app.embedded.locks import Usage, only_one
from app.embedded.place import HomeRecord, Place, make_home, open_place, save_record
from app.embedded.ports import choose_port, is_free

LOCK_SECONDS = 90.0
PORT_ATTEMPTS = 5
ENTERED_BY_ALL = 0o711


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller wants to run, and how."""

    durable: bool = True
    with_postgres: bool = True
    with_valkey: bool = True


class Engines:
    """The running engines of a home, as one of its users; an engine not wanted has an empty URL."""

    def __init__(
        self, place: Place, record: HomeRecord, wish: Wish, usage: Usage, guard: Guard | None
    ) -> None:
        self.home = place.home
        self.database_url = self.database_owner_url = self.redis_url = ""
        if wish.with_postgres:
            port = record.postgres_port
            self.database_url = postgres.url(postgres.APP_ROLE, record.app_password, port)
            self.database_owner_url = postgres.url(postgres.OWNER_ROLE, record.owner_password, port)
        if wish.with_valkey:
            self.redis_url = valkey.url(record)
        self._place = place
        self._record = record
        self._wish = wish
        self._usage = usage
        self._guard = guard

    def dead(self) -> list[str]:
        """Return the names of the engines that do not answer."""
        dead = []
        if self._wish.with_postgres and postgres.living(self._place) is None:
            dead.append("PostgreSQL")
        if self._wish.with_valkey and valkey.living(self._place, self._record) is None:
            dead.append("Valkey")
        return dead

    def revive(self) -> list[str]:
        """Start again, on the same ports, the engines that have died; return their names."""
        dead = self.dead()
        if not dead:
            return []
        with only_one(self._place.lock, seconds=LOCK_SECONDS):
            if not self._place.postgres_data.exists() and self._wish.with_postgres:
                raise EngineError(
                    f"The database in {self._place.postgres_data} has been deleted.",
                    remedy="stop Crossdock; the next start makes an empty database.",
                )
            record = _bring_up(self._place, self._record, self._wish)
        if record != self._record:
            raise EngineError(
                f"{' and '.join(dead)} died, and the port was taken meanwhile.",
                remedy="stop Crossdock and start it again; it chooses another port.",
            )
        return dead

    def close(self) -> None:
        """Stop using the engines; the last user stops them. A second call does nothing."""
        with only_one(self._place.lock, seconds=LOCK_SECONDS):
            if not self._usage.leave():
                return
            valkey.stop(self._place)
            postgres.stop(self._place)
        if self._guard is not None:
            self._guard.release()
            shutil.rmtree(self._place.root)
            shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def start_engines(
    home: Path,
    *,
    durable: bool = True,
    ephemeral: bool = False,
    with_postgres: bool = True,
    with_valkey: bool = True,
) -> Engines:
    """Start the engines of `home`, or join those that run; `Engines.close` ends the use.

    durable=False is for tests: nothing waits for the disk. ephemeral=True deletes the home at the
    end, also when this process is killed.
    """
    wish = Wish(durable, with_postgres, with_valkey)
    home = home.absolute()
    make_home(home)
    if ephemeral and os.geteuid() == 0:
        home.chmod(ENTERED_BY_ALL)  # Ours to the end; mkdtemp closed it to the engines' account.
    with only_one(home / "engines.lock", seconds=LOCK_SECONDS):
        place, record = open_place(home)
        # Before anything runs: a kill in the middle must not leave an engine without its guard.
        guard = Guard(place.root, home) if ephemeral else None
        record = _bring_up(place, record, wish)
        usage = Usage(place.usage)
    return Engines(place, record, wish, usage, guard)


@contextmanager
def ephemeral_engines() -> Iterator[Engines]:
    """Run engines in a temporary folder, without waiting for the disk; nothing stays afterwards."""
    home = Path(tempfile.mkdtemp(prefix="crossdock-"))
    with start_engines(home, durable=False, ephemeral=True) as engines:
        yield engines


def _bring_up(place: Place, record: HomeRecord, wish: Wish) -> HomeRecord:
    binaries = binaries_for(place.account)
    if wish.with_postgres:
        record = _bring_up_postgres(place, record, binaries, durable=wish.durable)
    if wish.with_valkey:
        record = _bring_up_valkey(place, record, binaries, durable=wish.durable)
    return record


def _bring_up_postgres(
    place: Place, record: HomeRecord, binaries: Binaries, *, durable: bool
) -> HomeRecord:
    found = postgres.living(place)
    if found is not None and record.is_provisioned:
        return _keep(place, replace(record, postgres_port=found[1]), record)
    if not postgres.make_cluster(place, record, binaries, durable=durable):
        postgres.prepare(place)
        if not record.is_provisioned:
            postgres.reset_passwords(place, record, binaries)
    record = _keep(place, replace(record, is_provisioned=True), record)

    def start(port: int) -> HomeRecord:
        kept = _keep(place, replace(record, postgres_port=port), record)
        postgres.start(place, binaries, port, durable=durable)
        return kept

    return _on_free_port(record.postgres_port, start)


def _bring_up_valkey(
    place: Place, record: HomeRecord, binaries: Binaries, *, durable: bool
) -> HomeRecord:
    if valkey.living(place, record) is not None:
        return record
    valkey.prepare(place)

    def start(port: int) -> HomeRecord:
        kept = _keep(place, replace(record, valkey_port=port), record)
        valkey.start(place, kept, binaries, durable=durable)
        return kept

    return _on_free_port(record.valkey_port, start)


def _on_free_port(port: int, start: Callable[[int], HomeRecord]) -> HomeRecord:
    """Start on the kept port, or on another when that is taken."""
    for _ in range(PORT_ATTEMPTS):
        if port == 0 or not is_free(port):
            port = choose_port()
        try:
            return start(port)
        except EngineError:
            # Somebody may have taken the port between our look and the server's; then try another.
            if is_free(port):
                raise
    raise EngineError(
        f"{PORT_ATTEMPTS} ports in a row were taken just before an engine could listen on them.",
        remedy="find the program that opens ports so fast, or try again.",
    )


def _keep(place: Place, record: HomeRecord, before: HomeRecord) -> HomeRecord:
    if record != before:
        save_record(place.home, record)
    return record
