"""Reading the environment."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.embedded.diagnosis import examine
from app.embedded.services import open_services
from app.settings import SettingError, Settings
from domain.integration.addresses import Reach
from domain.kernel.sealing import Keyring


def test_without_any_variable_everything_is_embedded_and_on_loopback() -> None:
    settings = Settings.from_environment({})
    assert settings.home == Path(__file__).resolve().parents[3] / ".crossdock"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.database_url is None
    assert settings.redis_url is None


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_any_common_form_of_a_database_address_is_understood(scheme: str) -> None:
    settings = Settings.from_environment({"DATABASE_URL": f"{scheme}://u:p%40ss@db:6432/x"})
    assert settings.database_url == "postgresql://u:p%40ss@db:6432/x"
    assert settings.database_owner_url == settings.database_url


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CROSSDOCK_PORT", "eighty"),
        ("CROSSDOCK_PORT", "0"),
        ("CROSSDOCK_PORT", "65536"),
        ("CROSSDOCK_PORT", "-1"),
        ("CROSSDOCK_WORKER_THREADS", "٣"),
        ("CROSSDOCK_WORKER_PROCESSES", "9" * 5000),
        ("CROSSDOCK_SECRET", "short"),
        ("CROSSDOCK_HOME", "/dev/null"),
        ("DATABASE_URL", "mysql://db/x"),
        ("DATABASE_URL", "postgres://:password@/x"),
        ("DATABASE_URL", "postgres://u@db:port/x"),
        ("DATABASE_OWNER_URL", "postgres://u@db/x"),
        ("REDIS_URL", "localhost:6379"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_remedy(variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=variable) as refused:
        Settings.from_environment({variable: value})
    assert "What to do" in str(refused.value)


def test_passwords_are_shown_neither_in_errors_nor_in_logs() -> None:
    settings = Settings.from_environment({"DATABASE_URL": "postgres://u:hush@db/x"})
    assert "hush" not in repr(settings)
    with pytest.raises(SettingError) as refused:
        Settings.from_environment({"REDIS_URL": "http://:hush@db"})
    assert "hush" not in str(refused.value)


def test_the_signing_secret_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    settings = Settings.from_environment({"CROSSDOCK_HOME": str(tmp_path / "home")})
    with ThreadPoolExecutor() as pool:
        secrets = set(pool.map(lambda _: settings.signing_secret(), range(8)))
    assert len(secrets) == 1
    assert stat.S_IMODE((tmp_path / "home/secret").stat().st_mode) == 0o600


def test_a_given_signing_secret_is_used(tmp_path: Path) -> None:
    given = "x" * 40
    variables = {"CROSSDOCK_HOME": str(tmp_path / "home"), "CROSSDOCK_SECRET": given}
    assert Settings.from_environment(variables).signing_secret() == given
    assert not (tmp_path / "home").exists()


def test_set_addresses_are_used_and_no_engine_is_started(tmp_path: Path) -> None:
    variables = {"CROSSDOCK_HOME": str(tmp_path / "home"), "DATABASE_URL": "postgres://u@db/x"}
    variables["REDIS_URL"] = "redis://broker:6379/0"
    with open_services(Settings.from_environment(variables)) as services:
        assert services.engines is None
        assert services.environment() == {
            "DATABASE_URL": "postgresql://u@db/x",
            "DATABASE_OWNER_URL": "postgresql://u@db/x",
            "REDIS_URL": "redis://broker:6379/0",
        }
        assert services.revive() == []


def test_the_diagnosis_finds_a_sound_installation_sound(home: Path) -> None:
    settings = Settings.from_environment({"CROSSDOCK_HOME": str(home), "CROSSDOCK_PORT": "1"})
    with open_services(settings, durable=False) as services:
        variables = {**services.environment(), "CROSSDOCK_HOME": str(home)}
        external = Settings.from_environment(variables)
        findings = {finding.name: finding for finding in examine(settings) + examine(external)}
    wrong = [f for f in findings.values() if not f.ok and f.name != "port"]
    assert wrong == []
    assert {"postgres", "valkey", "database", "database role", "broker"} <= findings.keys()


def test_the_diagnosis_says_what_is_wrong_and_how_to_mend_it(home: Path) -> None:
    variables = {"CROSSDOCK_HOME": str(home), "DATABASE_URL": "postgres://u@127.0.0.1:1/x"}
    variables["REDIS_URL"] = "redis://127.0.0.1:1"
    wrong = [f for f in examine(Settings.from_environment(variables)) if not f.ok]
    assert {"database", "broker"} <= {finding.name for finding in wrong}
    assert all(finding.remedy for finding in wrong)


def test_webhooks_go_by_https_to_public_addresses_unless_the_installation_is_ones_own() -> None:
    shared = {"DATABASE_URL": "postgresql://db/name"}
    assert Settings.from_environment(shared).webhook_reach == Reach()
    assert Settings.from_environment({}).webhook_reach == Reach(private=True, plain=True)
    allowed = Settings.from_environment({**shared, "CROSSDOCK_PLAIN_WEBHOOKS": "1"})
    assert allowed.webhook_reach == Reach(plain=True)


def test_secrets_are_sealed_by_keys_of_their_own_or_by_the_one_that_signs(tmp_path: Path) -> None:
    old, new = "o" * 40, "n" * 40
    variables = {"CROSSDOCK_HOME": str(tmp_path), "CROSSDOCK_SECRET": old}
    kept = Settings.from_environment(variables).keys().seal("hush", tenant_id=1)
    changed = Settings.from_environment({**variables, "CROSSDOCK_SEALING_KEYS": f"{new} {old}"})
    assert changed.keys().opened(kept, tenant_id=1) == "hush"
    assert changed.keys().prefix == Keyring([new]).prefix
    assert new not in repr(changed)
    with pytest.raises(SettingError, match="CROSSDOCK_SEALING_KEYS is shorter"):
        Settings.from_environment({**variables, "CROSSDOCK_SEALING_KEYS": f"{new} short"})
