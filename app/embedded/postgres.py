"""The embedded PostgreSQL of one home."""

import os
import secrets
import shutil
import signal
from pathlib import Path

from app.embedded.binaries import Binaries
from app.embedded.errors import EngineError
from app.embedded.launch import failed, launch, run
from app.embedded.liveness import ProcessIdentity, end, is_alive
from app.embedded.place import HomeRecord, Place
from app.embedded.ports import LOOPBACK
from app.embedded.private_files import sync_folder
from app.embedded.running import end_orphans, forget, recall, remember
from app.embedded.waiting import wait_until

NAME = "postgres"
OWNER_ROLE = "crossdock_owner"
APP_ROLE = "crossdock_app"
DATABASE = "crossdock"
MAJOR_VERSION = "18"
# Replaying the log after a crash takes its time; a server that ended is noticed at once anyway.
READY_SECONDS = 300.0
STOP_STEPS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
POSTMASTER_LINES = 8

SETTINGS = {
    "listen_addresses": LOOPBACK,
    # No sockets: a home's path may be longer than a socket's name can be.
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    # Dropping or creating the whole schema in one transaction locks every table and index of it.
    "max_locks_per_transaction": "256",
    "random_page_cost": "1.1",
    "jit": "off",
    # Two cores serve many small statements better one by one.
    "max_parallel_workers_per_gather": "0",
    "io_method": "sync",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
    # Failed statements are the client's to log: their values are the tenants' data, and a client
    # in a loop would fill the disk.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "cluster_name": "crossdock",
}
DURABLE_SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # What was planned while a table was empty, as the checks of foreign keys, scans it until
    # somebody counts its rows: within seconds, not within a minute.
    "autovacuum_naptime": "5s",
}
FORGETFUL_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def make_cluster(place: Place, record: HomeRecord, binaries: Binaries, *, durable: bool) -> bool:
    """Make the data folder with its roles and database if there is none, whole or not at all.

    Return whether it was made.
    """
    for half_made in place.root.glob("postgres.new-*"):
        end_orphans(half_made, "initdb")
        end_orphans(half_made / "data", NAME)
        shutil.rmtree(half_made)
    if place.postgres_data.exists():
        _check_version(place)
        return False
    new = place.root / f"postgres.new-{secrets.token_hex(4)}"
    new.mkdir(mode=0o700)
    _initdb(new, place, record, binaries, durable=durable)
    _run_alone(_roles_and_database(record), new / "data", place, binaries, durable=durable)
    (new / "data").rename(place.postgres_data)
    sync_folder(place.root)
    shutil.rmtree(new)
    return True


def reset_passwords(place: Place, record: HomeRecord, binaries: Binaries) -> None:
    """Give the roles the record's passwords; for a home whose record was lost."""
    statements = (
        f"ALTER ROLE {role} PASSWORD '{password}';"
        for role, password in ((OWNER_ROLE, record.owner_password), (APP_ROLE, record.app_password))
    )
    _run_alone("\n".join(statements), place.postgres_data, place, binaries, durable=True)


def living(place: Place) -> tuple[ProcessIdentity, int] | None:
    """Return the living server of this place and its port, once it is ready.

    It is ours when it is the very process that we started (pid, start time, working folder) and
    the data folder's own lock file names that process and this folder.
    """
    identity = _recall(place)
    lines = _postmaster_lines(place)
    if identity is None or len(lines) < POSTMASTER_LINES:
        return None
    same_folder = os.path.realpath(lines[1]) == os.path.realpath(place.postgres_data)
    if lines[0] != str(identity.pid) or not same_folder or lines[7].strip() != "ready":
        return None
    return identity, int(lines[3])


def prepare(place: Place) -> None:
    """Clear away what a crash left: first orphaned processes, then the lock file nobody holds."""
    end_orphans(place.postgres_data, NAME)
    # With the pid reused by another process of the same account, the server would refuse to start.
    (place.postgres_data / "postmaster.pid").unlink(missing_ok=True)
    forget(place.root, NAME)


def start(place: Place, binaries: Binaries, port: int, *, durable: bool) -> None:
    """Start the server on `port` and wait until it accepts connections."""
    log = place.root / "postgres.log"
    settings = SETTINGS | _memory() | (DURABLE_SETTINGS if durable else FORGETFUL_SETTINGS)
    settings["port"] = str(port)
    argv: list[str | Path] = [binaries.postgres, "-D", place.postgres_data]
    for key, value in settings.items():
        argv += ["-c", f"{key}={value}"]
    identity = launch(argv, account=place.account, cwd=place.postgres_data, log=log)
    remember(place.root, NAME, identity)
    wait_until(lambda: living(place) is not None or not is_alive(identity), seconds=READY_SECONDS)
    if living(place) is None:
        end([identity], STOP_STEPS)
        raise failed("PostgreSQL", log)


def stop(place: Place) -> None:
    """Stop the server: connections are ended, everything is written, nothing needs recovery."""
    identity = _recall(place)
    if identity is not None:
        end([identity], STOP_STEPS)
    forget(place.root, NAME)


def url(role: str, password: str, port: int) -> str:
    """Return the address of the database for a role."""
    return f"postgresql://{role}:{password}@{LOOPBACK}:{port}/{DATABASE}"


def _initdb(
    new: Path, place: Place, record: HomeRecord, binaries: Binaries, *, durable: bool
) -> None:
    password_file = new / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(record.owner_password)
    place.give_to_account(password_file)
    place.give_to_account(new)
    argv: list[str | Path] = [binaries.initdb, "-D", new / "data", "--username", OWNER_ROLE]
    argv += ["--pwfile", password_file, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    if not durable:
        argv.append("--no-sync")
    done = run(argv, account=place.account, cwd=new)
    if done.returncode != 0:
        raise _not_made("initdb", done.stdout)


def _run_alone(
    statements: str, data: Path, place: Place, binaries: Binaries, *, durable: bool
) -> None:
    """Run statements without a server, one to a line; nobody else can be connected meanwhile."""
    argv: list[str | Path] = [binaries.postgres, "--single", "-D", data, "-j"]
    argv += ["-c", "exit_on_error=on", "-c", f"fsync={'on' if durable else 'off'}", "postgres"]
    script = "".join(f"{line}\n\n" for line in statements.splitlines())
    done = run(argv, account=place.account, cwd=data, stdin=script)
    if done.returncode != 0 or "ERROR:" in done.stdout or "FATAL:" in done.stdout:
        raise _not_made("the database", done.stdout)


def _roles_and_database(record: HomeRecord) -> str:
    return "\n".join(
        (
            f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE "
            f"PASSWORD '{record.app_password}';",
            # A copy of files: through the log it would be written twice.
            f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE} STRATEGY file_copy;",
        )
    )


def _memory() -> dict[str, str]:
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    shared = max(32, min(256, total // 16))
    return {"shared_buffers": f"{shared}MB", "effective_cache_size": f"{total // 2}MB"}


def _check_version(place: Place) -> None:
    version = (place.postgres_data / "PG_VERSION").read_text().strip()
    if version != MAJOR_VERSION:
        raise EngineError(
            f"{place.postgres_data} was made by PostgreSQL {version}; this is {MAJOR_VERSION}.",
            remedy="dump it with the Crossdock version that made it, and load the dump here.",
        )


def _recall(place: Place) -> ProcessIdentity | None:
    return recall(place.root, NAME, folder=place.postgres_data, program=NAME)


def _postmaster_lines(place: Place) -> list[str]:
    try:
        return (place.postgres_data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _not_made(what: str, output: str) -> EngineError:
    end_of_output = "\n".join(f"    {line}" for line in output.splitlines()[-8:])
    return EngineError(
        f"Making {what} failed:\n{end_of_output}",
        remedy="mend what it says and start again; what is half-made will be cleared away.",
    )
