"""Random GraphQL operations on any schema, from a seed; most of them valid."""

from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)

VARIABLES = {
    "flag": ("Boolean!", lambda draw: draw.random() < 0.5),
    "other": ("Boolean! = true", lambda draw: draw.random() < 0.5),
    "number": ("Int! = 3", lambda draw: draw.randrange(9)),
    "maybe": ("Int", lambda draw: draw.choice([None, 4, "x"] if draw.random() < 0.1 else [5, 6])),
    "filter": (
        "Filter!",
        lambda draw: draw.choice([{"least": 4}, {"names": ["a"], "color": "RED"}, {}]),
    ),
}
DEPTH = 4


class RandomOperation:
    """One operation: its text and the values of its variables."""

    def __init__(self, schema: GraphQLSchema, seed: int) -> None:
        self._schema = schema
        self._draw = Random(seed)
        self._fragments: dict[str, str] = {}
        self._used: set[str] = set()
        mutates = schema.mutation_type is not None and self._draw.random() < 0.25
        root = schema.mutation_type if mutates else schema.query_type
        assert root is not None
        body = self._selection(root, DEPTH)
        declared = ", ".join(f"${name}: {VARIABLES[name][0]}" for name in sorted(self._used))
        head = f"{'mutation' if mutates else 'query'} Random{f'({declared})' if declared else ''}"
        self.text = "\n".join([f"{head} {body}", *self._fragments.values()])
        self.variables = self._values()

    def _values(self) -> dict[str, Any]:
        values = {name: VARIABLES[name][1](self._draw) for name in sorted(self._used)}
        # What has a default or may be null is sometimes left out.
        return {n: v for n, v in values.items() if n == "flag" or self._draw.random() < 0.8}

    def _selection(self, on: GraphQLNamedType, depth: int) -> str:
        parts = [self._part(on, depth) for _ in range(self._draw.randint(1, 6))]
        return "{ " + " ".join(parts) + " }"

    def _part(self, on: GraphQLNamedType, depth: int) -> str:
        kind = self._draw.random()
        if kind < 0.12 and depth:
            return self._inline(on, depth - 1)
        if kind < 0.2 and depth:
            return self._spread(on, depth - 1)
        fields: dict[str, GraphQLField] = getattr(on, "fields", {})
        names = [
            name
            for name, field in fields.items()
            if depth or not is_composite_type(get_named_type(field.type))
        ]
        if not names or kind > 0.95:
            return f"{self._draw.choice(['', 'kind: '])}__typename{self._condition()}"
        return self._field(self._draw.choice(names), fields, depth)

    def _field(self, name: str, fields: dict[str, GraphQLField], depth: int) -> str:
        field = fields[name]
        arguments = [
            f"{key}: {self._argument(argument)}"
            for key, argument in field.args.items()
            if is_required_argument(argument) or self._draw.random() < 0.5
        ]
        given = f"({', '.join(arguments)})" if arguments else ""
        alias = f"a{self._draw.randrange(99)}: " if arguments or self._draw.random() < 0.1 else ""
        below = get_named_type(field.type)
        rest = f" {self._selection(below, depth - 1)}" if is_composite_type(below) else ""
        return f"{alias}{name}{given}{self._condition()}{rest}"

    def _argument(self, argument: GraphQLArgument) -> str:
        named: Any = argument.type
        while is_non_null_type(named) or is_list_type(named):
            named = named.of_type
        if is_input_object_type(named):
            if self._draw.random() < 0.5:
                return self._variable("filter")
            return self._draw.choice(["{}", "{least: 7}", '{names: ["b"], color: BLUE}'])
        if named.name == "Int":
            if self._draw.random() < 0.5:
                return self._variable("number")
            required = is_non_null_type(argument.type)
            return str(self._draw.randrange(9)) if required else self._variable("maybe")
        return '"text"'

    def _variable(self, name: str) -> str:
        self._used.add(name)
        return f"${name}"

    def _condition(self) -> str:
        if self._draw.random() > 0.12:
            return ""
        value = self._draw.choice(["true", "false", "$flag", "$other"])
        if value.startswith("$"):
            self._used.add(value[1:])
        return f" @{self._draw.choice(['skip', 'include'])}(if: {value})"

    def _narrower(self, on: GraphQLNamedType) -> GraphQLNamedType:
        if is_abstract_type(on) and self._draw.random() < 0.8:
            return self._draw.choice(self._schema.get_possible_types(on))
        return on

    def _inline(self, on: GraphQLNamedType, depth: int) -> str:
        target = self._narrower(on)
        condition = "" if target is on and self._draw.random() < 0.4 else f" on {target.name}"
        return f"...{condition}{self._condition()} {self._selection(target, depth)}"

    def _spread(self, on: GraphQLNamedType, depth: int) -> str:
        target = self._narrower(on)
        known = [n for n in self._fragments if n.startswith(f"On{target.name}_")]
        if known and self._draw.random() < 0.5:
            return f"...{self._draw.choice(known)}{self._condition()}"
        name = f"On{target.name}_{len(self._fragments)}"
        # Reserved first: the fragment's own body may make further ones, never this one again.
        self._fragments[name] = ""
        body = self._selection(target, depth)
        self._fragments[name] = f"fragment {name} on {target.name} {body}"
        return f"...{name}{self._condition()}"
