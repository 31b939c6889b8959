"""The settings of logs, slow operations and the worker's metrics."""

import pytest

from app.settings import SettingError, Settings


def test_each_has_a_default_that_works() -> None:
    settings = Settings.from_environment({})
    assert (settings.log_level, settings.log_format) == ("info", "auto")
    assert (settings.slow_ms, settings.worker_metrics_port) == (500, None)


def test_they_are_read_from_the_environment() -> None:
    settings = Settings.from_environment(
        {
            "CROSSDOCK_LOG_LEVEL": "DEBUG",
            "CROSSDOCK_LOG_FORMAT": "json",
            "CROSSDOCK_SLOW_MS": "50",
            "CROSSDOCK_WORKER_METRICS_PORT": "9100",
        }
    )
    assert (settings.log_level, settings.log_format) == ("debug", "json")
    assert (settings.slow_ms, settings.worker_metrics_port) == (50, 9100)


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("CROSSDOCK_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("CROSSDOCK_LOG_FORMAT", "xml", "one of auto, json, text"),
        ("CROSSDOCK_SLOW_MS", "0", "a whole number from 1"),
        ("CROSSDOCK_WORKER_METRICS_PORT", "70000", "a whole number from 0 to 65535"),
    ],
)
def test_what_cannot_be_used_is_said(variable: str, value: str, problem: str) -> None:
    with pytest.raises(SettingError, match=problem):
        Settings.from_environment({variable: value})
