"""Prepared statements go to the driver itself, in the transaction that SQLAlchemy has begun.

SQLAlchemy describes the columns of a statement and dresses its rows anew at each execution, which
takes longer than many a statement does in the database."""

from functools import lru_cache
from operator import itemgetter
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.kernel.prepared import Prepared
from tenancy.driver import driver_of, seen


class DriverRow(asyncpg.Record):  # type: ignore[misc]
    """A row as the driver made it; its columns are attributes too, as those of SQLAlchemy's rows
    are."""

    __slots__ = ()

    @property
    def _mapping(self) -> "DriverRow":
        return self

    def _asdict(self) -> dict[str, Any]:
        return dict(self.items())


@lru_cache(maxsize=1024)
def row_class(columns: tuple[str, ...]) -> type[DriverRow]:
    """The class of the rows with these columns."""
    attributes: dict[str, Any] = {"__slots__": ()}
    for place, name in enumerate(columns):
        # Of two columns with one name the attribute is the first.
        if name not in attributes and not hasattr(DriverRow, name):
            attributes[name] = property(itemgetter(place))
    return type("DriverRow", (DriverRow,), attributes)


class Fetched:
    """What a statement gave; it stands for SQLAlchemy's result, and for the driver's cursor."""

    __slots__ = ("_rows", "description", "rowcount")

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.description = [(column,) for column in columns]
        self._rows: list[Any] = []
        self.rowcount = -1

    def all(self) -> list[Any]:
        """All rows."""
        return self._rows

    def first(self) -> Any:
        """The first row, or None."""
        return self._rows[0] if self._rows else None

    def scalar(self) -> Any:
        """The first column of the first row, or None."""
        return self._rows[0][0] if self._rows else None

    def scalars(self) -> "Fetched":
        """The first column of every row."""
        self._rows = [row[0] for row in self._rows]
        return self

    async def run(self, driver: Any, statement: Prepared, values: tuple[Any, ...]) -> None:
        """Take the statement's rows, or how many it touched, from the driver."""
        if statement.columns:
            kind = row_class(statement.columns)
            self._rows = await driver.fetch(statement.text, *values, record_class=kind)
            self.rowcount = len(self._rows)
        else:
            status = await driver.execute(statement.text, *values)
            self.rowcount = int(status.rpartition(" ")[2])


async def fetched(
    connection: AsyncConnection, statement: Prepared, values: tuple[Any, ...]
) -> Fetched:
    """Run the statement. Fails as SQLAlchemy would fail, and is seen by its listeners."""
    given = Fetched(statement.columns)
    driver = driver_of(connection)
    # Without one each statement would be committed by itself.
    assert driver.is_in_transaction()
    await seen(connection, statement.text, values, given.run(driver, statement, values), given)
    return given
