"""Every statement that an engine runs is told to the activity that it runs for."""

import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.activity import note_statement

_STARTED = "crossdock_statement_started"


def tell_statements(engine: AsyncEngine) -> None:
    """Tell of each statement of the engine from now on; the text with its placeholders only."""
    event.listen(engine.sync_engine, "before_cursor_execute", _before)
    event.listen(engine.sync_engine, "after_cursor_execute", _after)
    event.listen(engine.sync_engine, "handle_error", _failed)


def _before(connection: Any, _cursor: Any, _text: str, _values: Any, _c: Any, _many: bool) -> None:
    connection.info[_STARTED] = time.perf_counter()


def _after(connection: Any, _cursor: Any, text: str, values: Any, _c: Any, _many: bool) -> None:
    started = connection.info.pop(_STARTED, None)
    if started is not None:
        note_statement(text, values, time.perf_counter() - started, None)


def _failed(failure: Any) -> None:
    if failure.connection is None or failure.statement is None:
        return
    started = failure.connection.info.pop(_STARTED, None)
    if started is not None:
        seconds = time.perf_counter() - started
        note_statement(failure.statement, None, seconds, failure.original_exception)
