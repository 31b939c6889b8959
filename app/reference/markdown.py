"""Pieces of Markdown: tables of fields, links to types, anchors."""

from collections.abc import Iterable, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)

from app.reference.areas import is_connection

PAGING = ("first", "after", "last", "before")


class Links:
    """Where each type is described."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        self._pages = pages

    def to(self, kind: object) -> str:
        """The type as it is written in the schema, linked to its description."""
        named = get_named_type(kind)  # type: ignore[call-overload]
        target = _row_of(named)
        page = self._pages.get(target.name)
        shown = f"`{kind}`"
        return shown if page is None else f"[{shown}]({page}#{target.name})"


def _row_of(kind: GraphQLNamedType) -> GraphQLNamedType:
    """What a connection is a list of; another type itself."""
    if not isinstance(kind, GraphQLObjectType) or not is_connection(kind):
        return kind
    listed = kind.fields.get("nodes") or kind.fields["node"]
    inner: GraphQLNamedType = get_named_type(listed.type)
    return inner


def headed(anchor: str, title: str, *, level: int = 3) -> str:
    """A heading that can be linked to by a name of its own."""
    return f'<a id="{anchor}"></a>\n\n{"#" * level} {title}'


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table, or nothing where there are no rows."""
    lines = ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(
        ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |", *lines]
    )


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def arguments(given: Mapping[str, GraphQLArgument], links: Links) -> str:
    """A table of a field's arguments; those of every list are described once for all."""
    paged = all(name in given for name in PAGING)
    rows = [
        (f"`{name}`", links.to(a.type), _needed(is_required_argument(a)), a.description or "")
        for name, a in given.items()
        if not (paged and name in PAGING)
    ]
    shown = table(("Argument", "Type", "", ""), rows)
    also = "A [list](README.md#lists): `first`, `after`, `last`, `before`." if paged else ""
    return "\n\n".join(part for part in (shown, also) if part)


def _needed(is_needed: bool) -> str:
    return "needed" if is_needed else ""


def fields(kind: GraphQLObjectType | GraphQLInterfaceType, links: Links) -> str:
    """A table of an object's fields."""
    return table(
        ("Field", "Type", ""),
        ((f"`{name}`", links.to(f.type), _told(f, links)) for name, f in kind.fields.items()),
    )


def _told(field: GraphQLField, links: Links) -> str:
    text = field.description or ""
    if field.deprecation_reason:
        text += f" **Deprecated:** {field.deprecation_reason}"
    paged = all(name in field.args for name in PAGING)
    given = [
        f"`{name}` ({links.to(a.type)}): {a.description}"
        for name, a in field.args.items()
        if not (paged and name in PAGING)
    ]
    return text + (" Arguments: " + " ".join(given) if given else "")


def inputs(kind: GraphQLInputObjectType, links: Links) -> str:
    """A table of an input's fields."""
    return table(
        ("Field", "Type", "", ""),
        (
            (f"`{name}`", links.to(f.type), _given(f), f.description or "")
            for name, f in kind.fields.items()
        ),
    )


def _given(field: GraphQLInputField) -> str:
    return _needed(is_required_input_field(field))


def values(kind: GraphQLEnumType) -> str:
    """A table of an enum's values."""
    rows = ((f"`{name}`", value.description or "") for name, value in kind.values.items())
    return table(("Value", ""), rows)
