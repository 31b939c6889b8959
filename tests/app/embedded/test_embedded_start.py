"""Starting, joining and stopping the engines of a home."""

import socket
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.embedded import ephemeral_engines, start_engines
from app.embedded.liveness import working_in
from app.embedded.place import load_record

WARM_START_SECONDS = 1.5
LONGER_THAN_A_SOCKET_NAME = "long" * 40


async def fetch(url: str, query: str) -> asyncpg.Record:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchrow(query)
    finally:
        await connection.close()


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_application_role_is_bound_by_row_security(home: Path) -> None:
    with start_engines(home, durable=False) as engines:
        role = await fetch(
            engines.database_url,
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolcanlogin"
            " FROM pg_roles WHERE rolname = current_user",
        )
        owner = await fetch(
            engines.database_owner_url,
            "SELECT rolsuper, (SELECT datdba = pg_roles.oid FROM pg_database"
            " WHERE datname = 'crossdock') AS owns FROM pg_roles WHERE rolname = current_user",
        )
    assert tuple(role) == (False, False, False, False, True)
    assert tuple(owner) == (True, True)


async def test_text_is_utf8_and_sorts_alike_on_every_machine(home: Path) -> None:
    with start_engines(home, durable=False) as engines:
        locale = await fetch(
            engines.database_url,
            "SELECT datlocprovider::text, datlocale, current_setting('server_encoding')"
            " FROM pg_database WHERE datname = current_database()",
        )
    assert tuple(locale) == ("b", "C.UTF-8", "UTF8")


async def test_what_is_written_is_flushed_unless_a_test_asks_otherwise(home: Path) -> None:
    query = "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
    with start_engines(home) as engines:
        assert tuple(await fetch(engines.database_url, query)) == ("on", "on")
        with redis.Redis.from_url(engines.redis_url, decode_responses=True) as client:
            settings = client.config_get("append*", "maxmemory-policy")
    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "everysec"
    assert settings["maxmemory-policy"] == "noeviction"
    with start_engines(home, durable=False) as engines:
        assert tuple(await fetch(engines.database_url, query)) == ("off", "off")


async def test_a_wrong_password_is_refused(home: Path) -> None:
    with start_engines(home, durable=False) as engines:
        record = load_record(home)
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(engines.database_url.replace(record.app_password, "guess"))
        for password in ("guess", None):
            client = redis.Redis(
                port=record.valkey_port, password=password, retry=Retry(NoBackoff(), 0)
            )
            with client, pytest.raises(redis.AuthenticationError):
                client.ping()


def test_passwords_and_data_are_closed_to_others(home: Path) -> None:
    with start_engines(home, durable=False):
        files = [home / "engines.json", home / "engines" / "valkey" / "valkey.conf"]
        folders = [home / "engines" / "postgres", home / "engines" / "valkey"]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


async def test_a_warm_start_is_quick_and_keeps_data_addresses_and_passwords(home: Path) -> None:
    with start_engines(home) as first:
        await execute(first.database_owner_url, "CREATE TABLE warm AS SELECT 7 AS value")
        with redis.Redis.from_url(first.redis_url, decode_responses=True) as client:
            client.set("kept", "7")
    started_at = time.monotonic()
    with start_engines(home) as second:
        seconds = time.monotonic() - started_at
        assert (await fetch(second.database_owner_url, "SELECT value FROM warm"))["value"] == 7
        with redis.Redis.from_url(second.redis_url, decode_responses=True) as client:
            assert client.get("kept") == "7"
        assert second.database_url == first.database_url
        assert second.redis_url == first.redis_url
    assert seconds < WARM_START_SECONDS


async def test_engines_run_until_their_last_user_leaves(home: Path) -> None:
    first = start_engines(home, durable=False)
    second = start_engines(home, durable=False)
    first.close()
    assert await fetch(second.database_url, "SELECT 1")
    second.close()
    second.close()
    assert working_in(home / "engines" / "postgres", "postgres") == []
    assert working_in(home / "engines" / "valkey", "valkey-server") == []


async def test_a_port_taken_meanwhile_is_replaced_by_another(home: Path) -> None:
    start_engines(home, durable=False).close()
    before = load_record(home)
    with (
        socket.create_server(("127.0.0.1", before.postgres_port)),
        socket.create_server(("127.0.0.1", before.valkey_port)),
        start_engines(home, durable=False) as engines,
    ):
        assert await fetch(engines.database_url, "SELECT 1")
        after = load_record(home)
    assert after.postgres_port != before.postgres_port
    assert after.valkey_port != before.valkey_port


async def test_a_home_may_have_any_name(homes: Callable[[str], Path]) -> None:
    home = homes("with 'quotes\" and spaces ü") / LONGER_THAN_A_SOCKET_NAME
    with start_engines(home, durable=False) as engines:
        assert await fetch(engines.database_url, "SELECT 1")


async def test_two_homes_do_not_disturb_each_other(home: Path, new_home: Path) -> None:
    with start_engines(home, durable=False) as one:
        await execute(one.database_owner_url, "CREATE TABLE only_in_one ()")
        with start_engines(new_home, durable=False) as two:
            found = await fetch(two.database_owner_url, "SELECT to_regclass('only_in_one') AS it")
            assert found["it"] is None
        assert await fetch(one.database_owner_url, "SELECT count(*) FROM only_in_one")
        with redis.Redis.from_url(one.redis_url) as client:
            assert client.ping()


def test_a_copied_home_leaves_the_original_alone(home: Path, new_home: Path) -> None:
    with start_engines(home, durable=False) as first:
        subprocess.run(["cp", "-Rp", home, new_home], check=True)
        with start_engines(new_home, durable=False) as second:
            assert second.database_url != first.database_url
            assert second.redis_url != first.redis_url
        assert first.dead() == []


async def test_a_half_made_database_is_replaced(new_home: Path) -> None:
    start_engines(new_home, durable=False).close()
    root = new_home / "engines"
    (root / "postgres").rename(root / "postgres.new-half")
    (root / "postgres.new-half" / "global" / "pg_control").unlink()
    with start_engines(new_home, durable=False) as engines:
        assert await fetch(engines.database_url, "SELECT 1")
    assert list(root.glob("postgres.new-*")) == []


async def test_lost_passwords_are_replaced_and_the_data_stay(home: Path) -> None:
    with start_engines(home, durable=False) as engines:
        await execute(engines.database_owner_url, "CREATE TABLE kept AS SELECT 7 AS value")
    (home / "engines.json").unlink()
    with start_engines(home, durable=False) as engines:
        assert (await fetch(engines.database_owner_url, "SELECT value FROM kept"))["value"] == 7
        assert await fetch(engines.database_url, "SELECT 1")


def test_an_external_database_needs_only_the_embedded_broker(new_home: Path) -> None:
    with start_engines(new_home, durable=False, with_postgres=False) as engines:
        assert engines.database_url == ""
        assert not (new_home / "engines" / "postgres").exists()
        with redis.Redis.from_url(engines.redis_url) as client:
            assert client.ping()


async def test_engines_for_a_test_run_leave_nothing_behind() -> None:
    with ephemeral_engines() as engines:
        assert await fetch(engines.database_url, "SELECT 1")
        home = engines.home
    assert not home.exists()
