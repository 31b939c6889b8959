"""`crossdock schema`: the GraphQL schema definition."""

from pathlib import Path
from typing import Annotated

import typer

from api.evolution import breaking_changes, undeclared
from api.schema import build_schema, sdl

DECLARATIONS = "breaking_changes.txt"


def schema(
    write: Annotated[
        Path | None,
        typer.Option(help="Write it here, unless a change would break clients undeclared."),
    ] = None,
) -> None:
    """Print the schema definition (SDL); graphql/schema.graphql is this."""
    definition = sdl(build_schema())
    if write is None:
        print(definition, end="")
        return
    broken = _undeclared_changes(write, definition)
    if broken:
        place = write.with_name(DECLARATIONS)
        typer.echo(f"crossdock: these break clients; declare them in {place} first:", err=True)
        typer.echo("\n".join(broken), err=True)
        raise typer.Exit(1)
    write.write_text(definition)


def _undeclared_changes(path: Path, definition: str) -> list[str]:
    if not path.exists() or not path.read_text().strip():
        return []
    declarations = path.with_name(DECLARATIONS)
    declared = declarations.read_text() if declarations.exists() else ""
    return undeclared(breaking_changes(path.read_text(), definition), declared)
