"""The command line: `crossdock <command>`."""

import sys

import typer

from app.commands import (
    check,
    doctor,
    ingest,
    migrate,
    schema,
    seed,
    serve,
    token,
    up,
    worker,
)
from app.embedded import EngineError
from app.processes import PortInUse, ProcessesFailed
from app.settings import SettingError

cli = typer.Typer(
    name="crossdock",
    help="Distribution ERP for multi-channel fulfilment behind one GraphQL API.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    up.up,
    serve.serve,
    worker.worker,
    migrate.migrate,
    seed.seed,
    token.token,
    ingest.ingest,
    check.check,
    schema.schema,
    doctor.doctor,
):
    cli.command()(command)


def main() -> None:
    """The entry point. What a person can mend is said in one line, without a traceback."""
    try:
        cli()
    except (SettingError, EngineError, PortInUse, ProcessesFailed) as error:
        print(f"crossdock: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
