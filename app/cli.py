"""The command line: `crossdock <command>`."""

import importlib
import sys
from typing import Any

import typer

from app.long_lived import undisturbed

# Each command's module; only the one that is asked for is imported, so that it starts at once.
COMMANDS = (
    "up",
    "serve",
    "worker",
    "migrate",
    "seed",
    "token",
    "tenant",
    "operator",
    "ingest",
    "check",
    "schema",
    "reference",
    "doctor",
)

# PostgreSQL's codes for a function and for a table that is not there.
NOT_MIGRATED = ("42883", "42P01")


def command_line(arguments: list[str]) -> typer.Typer:
    """The command line with the command that the arguments name, or with all of them."""
    line = typer.Typer(
        name="crossdock",
        help="Distribution ERP for multi-channel fulfilment behind one GraphQL API.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    wanted = [name for name in COMMANDS if name in arguments[:1]] or COMMANDS
    for name in wanted:
        line.command(name)(_function(name))
    # With a single command typer would drop its name; a callback keeps it.
    line.callback()(_describe)
    return line


def _describe() -> None:
    """Distribution ERP for multi-channel fulfilment behind one GraphQL API."""


def _function(name: str) -> Any:
    with undisturbed():
        return getattr(importlib.import_module(f"app.commands.{name}"), name)


def main() -> None:
    """The entry point. What a person can mend is said in one line, without a traceback."""
    from app.embedded.errors import EngineError
    from app.processes import PortInUse, ProcessesFailed
    from app.settings import SettingError

    try:
        command_line(sys.argv[1:])()
    except (SettingError, EngineError, PortInUse, ProcessesFailed) as error:
        print(f"crossdock: {error}", file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        print(f"crossdock: {_said_by_the_database(error)}", file=sys.stderr)
        sys.exit(2)


def _said_by_the_database(error: Exception) -> str:
    """The database's own words, which a person can act on. Other errors are bugs: raised again."""
    cause = getattr(error, "orig", error)
    said = getattr(cause, "__cause__", None) or cause
    if not type(said).__module__.startswith("asyncpg") and not isinstance(said, OSError):
        raise error
    if getattr(said, "sqlstate", None) in NOT_MIGRATED:
        return "the database has not been set up yet. Run `make up` once, or `crossdock migrate`."
    return f"the database says: {said}"


if __name__ == "__main__":
    main()
