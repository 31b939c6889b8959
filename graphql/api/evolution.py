"""How the schema may change: fields are added; anything that breaks a client is declared first."""

from collections.abc import Iterable

from graphql import build_schema
from graphql.utilities import find_breaking_changes


def breaking_changes(before: str, after: str) -> list[str]:
    """What in the schema definition `after` breaks a client of `before`, one sentence each."""
    found = find_breaking_changes(build_schema(before), build_schema(after))
    return sorted(change.description for change in found)


def declared_changes(text: str) -> dict[str, str]:
    """The declared changes with their days, from lines such as
    `2026-11-22 Field Item.weight was removed.`

    Empty lines and lines that begin with # are remarks."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return {change.strip(): day for day, _, change in pairs}


def undeclared(changes: Iterable[str], declarations: str) -> list[str]:
    """The changes that nobody declared."""
    declared = declared_changes(declarations)
    return [change for change in changes if change not in declared]
