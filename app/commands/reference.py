"""`crossdock reference`: the API reference in Markdown."""

from pathlib import Path
from typing import Annotated

import typer

from api.schema import build_schema
from app.reference.pages import reference_pages


def reference(
    write: Annotated[Path, typer.Argument(help="The folder; its other Markdown is removed.")],
) -> None:
    """Write the API reference; docs/reference is this."""
    pages = reference_pages(build_schema())
    write.mkdir(parents=True, exist_ok=True)
    for old in write.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        (write / name).write_text(text)
