"""What the command line says when a person can mend it."""

import asyncpg
import pytest

from app.cli import _said_by_the_database


def test_a_database_without_tables_is_told_how_to_get_them() -> None:
    for missing in (asyncpg.UndefinedFunctionError("no f"), asyncpg.UndefinedTableError("no t")):
        assert _said_by_the_database(missing) == (
            "the database has not been set up yet. Run `make up` once, or `crossdock migrate`."
        )
    refused = asyncpg.InvalidPasswordError("wrong password")
    assert _said_by_the_database(refused) == "the database says: wrong password"


def test_a_bug_is_not_taken_for_a_word_of_the_database() -> None:
    with pytest.raises(KeyError):
        _said_by_the_database(KeyError("x"))
