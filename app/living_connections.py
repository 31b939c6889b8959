"""Connections are checked before use, so that a restarted server costs no request.

To ask the server each time takes three round trips. A server that went away has closed the
connection, which this side sees without asking; only what has lain idle is asked, as something
between the two may have forgotten it."""

import select
import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine

# No proxy or firewall forgets a connection sooner.
IDLE_SECONDS = 10.0
_LAST_USED = "crossdock_last_used"


def check_before_use(engine: AsyncEngine) -> None:
    """Have the engine's pool replace connections that have ended."""
    pool = engine.sync_engine.pool
    event.listen(pool, "checkout", _check)
    event.listen(pool, "checkin", _note)


def _note(_connection: Any, record: Any) -> None:
    record.info[_LAST_USED] = time.monotonic()


def _check(connection: Any, record: Any, _proxy: Any) -> None:
    last_used = record.info.get(_LAST_USED)
    if last_used is None:
        return  # It has just been made.
    driver = connection.driver_connection
    if driver.is_closed():
        raise InvalidatePoolError
    if time.monotonic() - last_used < IDLE_SECONDS and not _has_news(driver):
        return
    try:
        connection.ping()
    except (connection.dbapi.Error, OSError):
        raise InvalidatePoolError from None


def _has_news(driver: Any) -> bool:
    """Whether the server has said something since, which may be that it went away."""
    socket = driver._transport.get_extra_info("socket")
    poll = select.poll()
    poll.register(socket.fileno(), select.POLLIN)
    return bool(poll.poll(0))
