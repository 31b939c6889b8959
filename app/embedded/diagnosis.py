"""What is wrong with this installation, and how to mend it; `crossdock doctor` shows it."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import redis

from app.embedded import postgres, valkey
from app.embedded.account import nearest_existing
from app.embedded.binaries import REINSTALL, find_binaries
from app.embedded.errors import EngineError
from app.embedded.liveness import ProcessIdentity, working_in
from app.embedded.locks import in_use
from app.embedded.place import SYSTEM_FOLDER, HomeRecord, Place, load_record
from app.embedded.ports import is_free
from app.processes.listening import who_listens
from app.processes.readiness import is_ready
from app.settings import Settings

FREE_BYTES_NEEDED = 1_000_000_000
CONNECT_SECONDS = 5.0
OLDEST_POSTGRES = 16


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `remedy` says what to do when it is not ok."""

    name: str
    ok: bool
    message: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that can keep the services of these settings from running."""
    looks: list[Callable[[Settings], list[Finding]]] = [examine_home, examine_disk, examine_port]
    if settings.database_url is None or settings.redis_url is None:
        looks += [examine_binaries, examine_engines, examine_abandoned_data]
    looks += [examine_external_database, examine_external_broker]
    return [finding for look in looks for finding in look(settings)]


def examine_home(settings: Settings) -> list[Finding]:
    """Can the home be written?"""
    folder = nearest_existing(settings.home)
    ok = os.access(folder, os.W_OK | os.X_OK)
    state = "can be written" if ok else f"cannot be written by user {os.geteuid()}"
    remedy = f"run as the owner of {folder}, or set CROSSDOCK_HOME to a folder of your own."
    return [Finding("home", ok, f"{settings.home} {state}", "" if ok else remedy)]


def examine_disk(settings: Settings) -> list[Finding]:
    """Is there space for data and logs?"""
    record = load_record(settings.home)
    folder = nearest_existing(Path(record.data_folder) if record.data_folder else settings.home)
    free = shutil.disk_usage(folder).free
    ok = free >= FREE_BYTES_NEEDED
    remedy = f"free at least {FREE_BYTES_NEEDED / 1e9:.0f} GB, or set CROSSDOCK_HOME elsewhere."
    return [Finding("disk", ok, f"{free / 1e9:.1f} GB free at {folder}", "" if ok else remedy)]


def examine_port(settings: Settings) -> list[Finding]:
    """Is the API's port free, or used by this very API?"""
    if is_free(settings.port, settings.host):
        return [Finding("port", True, f"port {settings.port} is free")]
    holder = who_listens(settings.port)
    if is_ready(f"{settings.base_url}/readyz"):
        return [Finding("port", True, f"an API is ready on port {settings.port}: {holder}")]
    remedy = "stop that program, or set CROSSDOCK_PORT to another port."
    return [Finding("port", False, f"port {settings.port} is in use by {holder}", remedy)]


def examine_binaries(_settings: Settings) -> list[Finding]:
    """Are the engines' programs there, and do they run on this machine?"""
    try:
        binaries = find_binaries()
    except EngineError as error:
        return [Finding("binaries", False, error.message, error.remedy)]
    return [_version_of(program) for program in (binaries.postgres, binaries.valkey_server)]


def examine_engines(settings: Settings) -> list[Finding]:
    """Do the embedded engines run, rest, or lie there crashed?"""
    home = settings.home
    record = load_record(home)
    place = Place(home, Path(record.data_folder or home / "engines"), None)
    if not place.postgres_data.exists():
        return [Finding("engines", True, f"no data yet in {place.root}; the next start makes them")]
    users = "in use" if in_use(place.usage) else "used by nobody"
    findings = [Finding("engines", True, f"data in {place.root}, {users}")]
    findings.append(_postgres_state(place))
    findings.append(_valkey_state(place, record))
    return findings


def examine_abandoned_data(_settings: Settings) -> list[Finding]:
    """Are there data whose home was deleted? They only take space: nothing is wrong here."""
    findings = []
    for note in SYSTEM_FOLDER.glob("*/home"):
        home = Path(note.read_text())
        if load_record(home).id != note.parent.name:
            message = f"{note.parent} holds the data of {home}, which is gone"
            remedy = f"if you do not need them: rm -rf '{note.parent}'"
            findings.append(Finding("abandoned data", True, f"{message}; {remedy}"))
    return findings


def examine_external_database(settings: Settings) -> list[Finding]:
    """Does the database at DATABASE_URL answer, in a version and with a role that will do?"""
    if settings.database_url is None:
        return []
    try:
        return asyncio.run(_ask_database(settings.database_url))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        remedy = "correct DATABASE_URL, or unset it to use the embedded PostgreSQL."
        return [Finding("database", False, f"no connection: {error}", remedy)]


def examine_external_broker(settings: Settings) -> list[Finding]:
    """Does the server at REDIS_URL answer?"""
    if settings.redis_url is None:
        return []
    try:
        with redis.Redis.from_url(
            settings.redis_url, socket_connect_timeout=CONNECT_SECONDS
        ) as client:
            version = client.info("server")["redis_version"]
    except (redis.RedisError, OSError) as error:
        remedy = "correct REDIS_URL, or unset it to use the embedded Valkey."
        return [Finding("broker", False, f"no connection: {error}", remedy)]
    return [Finding("broker", True, f"answers, version {version}")]


def _version_of(program: Path) -> Finding:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return Finding("binaries", False, f"{program} does not run here: {error}", REINSTALL)
    return Finding("binaries", True, done.stdout.strip())


def _postgres_state(place: Place) -> Finding:
    found = postgres.living(place)
    if found is not None:
        return Finding("postgres", True, f"runs on port {found[1]} (pid {found[0].pid})")
    left = working_in(place.postgres_data, postgres.NAME)
    return _resting("postgres", left, has_lock=(place.postgres_data / "postmaster.pid").exists())


def _valkey_state(place: Place, record: HomeRecord) -> Finding:
    found = valkey.living(place, record)
    if found is not None:
        return Finding("valkey", True, f"runs on port {record.valkey_port} (pid {found.pid})")
    left = working_in(place.valkey_data, valkey.PROGRAM)
    return _resting("valkey", left, has_lock=(place.valkey_data / "valkey.pid").exists())


def _resting(name: str, left: list[ProcessIdentity], *, has_lock: bool) -> Finding:
    if left:
        return Finding(
            name,
            False,
            f"{len(left)} processes left over by a crash still hold its data",
            "`crossdock up` ends them and recovers.",
        )
    state = "crashed; the next start recovers it" if has_lock else "does not run"
    return Finding(name, True, state)


async def _ask_database(url: str) -> list[Finding]:
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    try:
        major = connection.get_server_version().major
        role = await connection.fetchrow(
            "SELECT rolname, rolsuper OR rolbypassrls AS unbound"
            " FROM pg_roles WHERE rolname = current_user"
        )
    finally:
        await connection.close()
    return [
        Finding(
            "database",
            major >= OLDEST_POSTGRES,
            f"answers, PostgreSQL {major}",
            "" if major >= OLDEST_POSTGRES else f"use PostgreSQL {OLDEST_POSTGRES} or newer.",
        ),
        Finding(
            "database role",
            not role["unbound"],
            f"{role['rolname']} is {'not ' if role['unbound'] else ''}bound by row security",
            "let DATABASE_URL name a role with NOSUPERUSER NOBYPASSRLS, and set "
            "DATABASE_OWNER_URL to the role that migrates."
            if role["unbound"]
            else "",
        ),
    ]
