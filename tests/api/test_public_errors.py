"""Which faults a caller may try again."""

import pytest
from graphql import GraphQLError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.errors import public_error


class Said(Exception):
    """What the driver raised."""

    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


def _code(fault: Exception) -> object:
    error = public_error(GraphQLError("secret", original_error=fault), "r1")
    assert "secret" not in error.message
    assert error.extensions is not None
    return error.extensions["code"]


@pytest.mark.parametrize("state", ["57P01", "57P03", "08006", "53300"])
def test_a_database_that_is_away_is_said_to_be_so(state: str) -> None:
    assert _code(DBAPIError("SELECT 1", {}, Said(state))) == "UNAVAILABLE"


@pytest.mark.parametrize("fault", [ConnectionRefusedError(), TimeoutError(), PoolTimeout()])
def test_so_is_a_connection_that_cannot_be_had(fault: Exception) -> None:
    assert _code(fault) == "UNAVAILABLE"


def test_a_lost_connection_is_too() -> None:
    lost = DBAPIError("SELECT 1", {}, Said(None), connection_invalidated=True)
    assert _code(lost) == "UNAVAILABLE"


@pytest.mark.parametrize("fault", [ValueError(), DBAPIError("SELECT 1", {}, Said("42P01"))])
def test_anything_else_is_our_bug(fault: Exception) -> None:
    assert _code(fault) == "INTERNAL"
