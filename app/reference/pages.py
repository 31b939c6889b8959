"""The pages of the reference, by file name."""

from collections.abc import Iterator

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_specified_directive,
)

from api.schema import graphql_core_schema
from api.user_errors import codes_of
from app.reference import markdown
from app.reference.areas import Area, areas_of, is_connection, is_payload, is_user_error
from app.reference.examples import examples, sample_variables
from app.reference.introduction import BUILT_IN_SCALARS, introduction
from app.reference.markdown import Links, headed

NOTE = "<!-- Written by `make schema` from the schema's descriptions; do not edit. -->"
ROOTS = (("query", "Queries"), ("mutation", "Mutations"), ("subscription", "Subscriptions"))


def reference_pages(schema: strawberry.Schema) -> dict[str, str]:
    """Every page's Markdown by its file name."""
    core = graphql_core_schema(schema)
    areas = areas_of(schema)
    links = Links(_places(areas))
    writer = _Writer(core, links, examples())
    pages = {f"{area.name}.md": writer.area(area) for area in areas}
    pages["errors.md"] = writer.errors()
    pages["scalars.md"] = writer.scalars()
    pages["README.md"] = introduction(areas)
    return {name: f"{NOTE}\n\n{text.strip()}\n" for name, text in sorted(pages.items())}


def _places(areas: list[Area]) -> dict[str, str]:
    """The page of each type that is described."""
    places = dict.fromkeys(BUILT_IN_SCALARS, "scalars.md")
    for area in areas:
        for kind in area.types:
            if isinstance(kind, GraphQLScalarType):
                places[kind.name] = "scalars.md"
            elif is_user_error(kind):
                places[kind.name] = "errors.md"
            elif not is_connection(kind) and not is_payload(kind):
                places[kind.name] = f"{area.name}.md"
    return places


class _Writer:
    def __init__(
        self, core: GraphQLSchema, links: Links, documents: dict[tuple[str, str], str]
    ) -> None:
        self._core, self._links, self._documents = core, links, documents

    def area(self, area: Area) -> str:
        """The page of one area."""
        parts = [f"# {area.name.capitalize()}", area.description, _contents(area)]
        for operation, title in ROOTS:
            names = area.roots.get(operation, [])
            if names:
                parts.append(f"## {title}")
                parts.extend(self._root(operation, name) for name in names)
        for title, kinds in _described(area.types):
            parts.append(f"## {title}")
            parts.extend(self._type(kind) for kind in kinds)
        return "\n\n".join(part for part in parts if part)

    def _root(self, operation: str, name: str) -> str:
        root = {
            "query": self._core.query_type,
            "mutation": self._core.mutation_type,
            "subscription": self._core.subscription_type,
        }[operation]
        assert root is not None
        field = root.fields[name]
        parts = [
            headed(f"{operation}-{name}", name),
            field.description or "",
            self._gives(field),
            markdown.arguments(field.args, self._links),
            self._example(operation, name, field),
        ]
        return "\n\n".join(part for part in parts if part)

    def _gives(self, field: GraphQLField) -> str:
        kind = get_named_type(field.type)
        if not (isinstance(kind, GraphQLObjectType) and is_payload(kind)):
            return f"Gives {self._links.to(field.type)}."
        answered = [
            f"`{name}` ({self._links.to(each.type)})"
            for name, each in kind.fields.items()
            if name != "userErrors"
        ]
        return f"Gives {', '.join(answered)} and [`userErrors`](errors.md)."

    def _example(self, operation: str, name: str, field: GraphQLField) -> str:
        document = self._documents.get((operation, name))
        if document is None:
            return ""
        shown = f"```graphql\n{document}\n```"
        if operation == "mutation":
            variables = sample_variables(field, with_key="$key" in document)
            shown += f"\n\nVariables (what is needed in any case):\n\n```json\n{variables}\n```"
        return f"<details><summary>Example</summary>\n\n{shown}\n\n</details>"

    def _type(self, kind: GraphQLNamedType) -> str:
        parts = [headed(kind.name, kind.name), kind.description or ""]
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            parts.append(markdown.fields(kind, self._links))
        elif isinstance(kind, GraphQLInputObjectType):
            parts.append(markdown.inputs(kind, self._links))
        elif isinstance(kind, GraphQLEnumType):
            parts.append(markdown.values(kind))
        return "\n\n".join(part for part in parts if part)

    def errors(self) -> str:
        """The page of the outcomes that the business expects."""
        parts = [_ERRORS]
        for name, kind in sorted(self._core.type_map.items()):
            if not is_user_error(kind):
                continue
            assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
            codes = ", ".join(f"`{code}`" for code in codes_of(name))
            own = {k: f for k, f in kind.fields.items() if name == "UserError" or k not in _SHARED}
            rows = ((f"`{k}`", self._links.to(f.type), f.description or "") for k, f in own.items())
            parts += [
                headed(name, name),
                f"{kind.description} {f'Code: {codes}.' if codes else ''}".strip(),
                markdown.table(("Field", "Type", ""), rows),
            ]
        return "\n\n".join(part for part in parts if part)

    def scalars(self) -> str:
        """The page of scalars and directives."""
        parts = ["# Scalars and directives", "## Scalars"]
        for name, kind in sorted(self._core.type_map.items()):
            if isinstance(kind, GraphQLScalarType):
                description = BUILT_IN_SCALARS.get(name) or kind.description or ""
                parts += [headed(name, name), description]
        parts.append("## Directives")
        for directive in self._core.directives:
            if not is_specified_directive(directive):
                parts += [
                    headed(f"directive-{directive.name}", f"@{directive.name}"),
                    directive.description or "",
                    markdown.arguments(directive.args, self._links),
                ]
        return "\n\n".join(part for part in parts if part)


def _contents(area: Area) -> str:
    return "\n".join(
        f"- {title}: " + ", ".join(f"[{name}](#{operation}-{name})" for name in names)
        for operation, title in ROOTS
        if (names := area.roots.get(operation))
    )


_SHARED = ("code", "message", "path")
_ERRORS = """# User errors

What the business expects to happen: a mutation was refused and nothing was changed. Each is a
type of its own in the payload's `userErrors`, with the fields of [UserError](#UserError) and those
below. A program switches on `code` or `__typename`; `message` is for people. What the caller did
wrong as a caller comes as a [top-level error](README.md#errors) instead."""


def _described(kinds: list[GraphQLNamedType]) -> Iterator[tuple[str, list[GraphQLNamedType]]]:
    """The types that have an entry of their own, by kind; others are told elsewhere."""
    own = [k for k in kinds if not (is_connection(k) or is_payload(k) or is_user_error(k))]
    for title, classes in (
        ("Objects", (GraphQLObjectType, GraphQLInterfaceType)),
        ("Inputs", (GraphQLInputObjectType,)),
        ("Enums", (GraphQLEnumType,)),
    ):
        found: list[GraphQLNamedType] = [kind for kind in own if isinstance(kind, classes)]
        if found:
            yield title, found
