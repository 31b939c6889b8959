"""The statements of one order as the product runs them, as a script for pgbench.

An order is placed alone, its statements and their values are noted, and written down again with
variables where a value depends on the order: its key, its items and their balances, and the ids
that earlier statements gave. Everything else is the product's own text."""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from api.orders.desk import OrderDesk, PlacingAsk
from app.database import connect
from app.embedded import Engines
from app.http.services import system_clock
from bench.trading_world import LOCATIONS, World
from domain.allocation.ordering import OrderedLine
from domain.allocation.requests import OrderRequest
from domain.kernel.idempotency import Repeatable
from domain.kernel.work import Actor
from tenancy.principals import system_principal

KEY = "recorded-key"
# A list that goes to the server as text, up to the name of what it is a list of.
_LISTED = re.compile(r"CAST\(\$(\d+)::VARCHAR AS (\w+)")
_ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)')
READ_AS: Mapping[str, Callable[[str], Any]] = {"BIGINT": int, "INTEGER": int, "NUMERIC": Decimal}
Run = tuple[str, Sequence[Any], list[Any]]


def script_of(engines: Engines, world: World, *, lines: int = 3) -> str:
    """A pgbench script that places one random order as the product places it."""
    runs, number = asyncio.run(_recorded(engines, world, lines))
    part = world.items // lines
    variables = {KEY: "key", number: "number"}
    head = ["\\set serial random(1, 9000000000000000)", f"\\set n0 random(0, {part - 1})"]
    # The recorded order was of the first item of each part.
    for n in range(lines):
        place = n * part
        if n:
            head.append(f"\\set n{n} :n0 + {place}")
        head.append(f"\\set item{n} {world.first_item} + :n{n}")
        head.append(
            f"\\set balance{n} {world.first_balance} + :n{n} * {LOCATIONS} + :n{n} % {LOCATIONS}"
        )
        variables[world.first_item + place] = f"item{n}"
        variables[world.first_balance + place * LOCATIONS + place % LOCATIONS] = f"balance{n}"
    body = list(_body(runs, variables))
    key = "SELECT 'k' || :serial AS key, 'N' || :serial AS number \\gset"
    return "\n".join([*head, key, "BEGIN;", *body, "COMMIT;", ""])


def _body(runs: Sequence[Run], variables: dict[Any, str]) -> Iterator[str]:
    for place, (statement, values, ids) in enumerate(runs):
        text = _spelled_out(statement, values, variables)
        text = " ".join(text.split())
        if not ids:
            yield f"{text};"
            continue
        named = []
        for n, row_id in enumerate(ids, start=1):
            variables[row_id] = f"id{place}_{n}"
            named.append(f"(array_agg(id ORDER BY id))[{n}] AS id{place}_{n}")
        yield f"WITH made AS ({text}) SELECT {', '.join(named)} FROM made \\gset"


def _spelled_out(statement: str, values: Sequence[Any], variables: Mapping[Any, str]) -> str:
    def listed(found: re.Match[str]) -> str:
        elements = _elements(values[int(found[1]) - 1], READ_AS.get(found[2], str))
        return f"CAST({_literal(elements, variables)} AS {found[2]}"

    def value(found: re.Match[str]) -> str:
        return _literal(values[int(found[1]) - 1], variables)

    return re.sub(r"\$(\d+)", value, _LISTED.sub(listed, statement))


def _elements(array: str, read: Callable[[str], Any]) -> list[Any]:
    """What stands in the text of an array (domain.kernel.array_text)."""
    return [
        None if bare == "NULL" else read(bare or re.sub(r"\\(.)", r"\1", quoted))
        for quoted, bare in _ELEMENT.findall(array)
    ]


def _literal(value: Any, variables: Mapping[Any, str]) -> str:
    if isinstance(value, list | tuple):
        return f"ARRAY[{','.join(_literal(each, variables) for each in value)}]"
    if isinstance(value, bool) or value is None:
        return "NULL" if value is None else str(value).lower()
    if isinstance(value, int | str) and value in variables:
        return f":{variables[value]}"
    if isinstance(value, int | Decimal):
        return str(value)
    text = value.isoformat() if isinstance(value, date | datetime) else str(value)
    # A colon before a letter would name a variable.
    pieces = re.split(r":(?=[A-Za-z0-9_])", text.replace("'", "''"))
    return "(" + "||chr(58)||".join(f"'{piece}'" for piece in pieces) + ")"


async def _recorded(engines: Engines, world: World, lines: int) -> tuple[list[Run], str]:
    engine = connect(engines.database_url)
    part = world.items // lines
    request = OrderRequest(
        channel_id=world.channel_id,
        lines=[
            OrderedLine(item_id=world.first_item + n * part, quantity=Decimal(1))
            for n in range(lines)
        ],
    )
    ask = PlacingAsk(
        engine=engine,
        actor=Actor(system_principal(world.tenant_id), "recorded"),
        request=request,
        repeatable=Repeatable(KEY, "placeOrder", {}),
        now=system_clock(),
    )
    with _noting(engine) as runs:
        told = await OrderDesk().place(ask)
    await engine.dispose()
    assert told.placed is not None
    return runs, told.placed.number


@contextmanager
def _noting(engine: AsyncEngine) -> Iterator[list[Run]]:
    runs: list[Run] = []

    def note(_c: Any, cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        made = re.search(r"^INSERT .* RETURNING .*\bid\b", statement, re.DOTALL)
        described = [column[0] for column in getattr(cursor, "description", None) or ()]
        ids = [row[described.index("id")] for row in cursor._rows] if made else []
        runs.append((statement, values, sorted(ids)))

    event.listen(engine.sync_engine, "after_cursor_execute", note)
    try:
        yield runs
    finally:
        event.remove(engine.sync_engine, "after_cursor_execute", note)
