"""Documents, parsed, measured and validated once for each text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)

from api.compiled.shelves import Shelves
from api.limits.bounds import BOUNDS, Bounds
from api.limits.holding import Shape, shape_of
from api.limits.introspection import asks_for_introspection
from api.limits.measuring import TooMuch, measure
from api.limits.pricing import page_variables, price
from api.limits.wording import without_suggestion

MOST_ERRORS = 10
_MOST_PRICES = 50
_SHOWN_DIGEST, _SHOWN_NAME = 16, 100


class Refused(Exception):
    """The document cannot be executed: why, for the caller."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.code, self.errors = code, errors


@dataclass(slots=True)
class Document:
    """A document that is valid for the schema and within the bounds."""

    text: str
    node: DocumentNode
    schema: GraphQLSchema
    introspects: bool
    page_variables: frozenset[str]
    # How often it was asked for, and what was compiled of its operations, by name.
    uses: int = 1
    plans: dict[str | None, Any] = field(default_factory=dict)
    _digest: str | None = None
    _prices: dict[Any, int] = field(default_factory=dict)
    _shapes: dict[int, Shape] = field(default_factory=dict)

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of this name, or the only one. Raises Refused."""
        found = get_operation_ast(self.node, name)
        if found is None:
            message = (
                "The document has several operations: say operationName."
                if name is None
                else "The document has no operation of this name."
            )
            raise Refused("BAD_INPUT", [GraphQLError(message)])
        return found

    def called(self, operation: OperationDefinitionNode) -> str:
        """What the audit log calls it: the operation's name, and which text it stood in (the
        beginning of its SHA-256, by which registered documents are known)."""
        if self._digest is None:
            self._digest = sha256(self.text.encode()).hexdigest()[:_SHOWN_DIGEST]
        name = "" if operation.name is None else operation.name.value[:_SHOWN_NAME]
        return f"graphql:{name}#{self._digest}"

    def price(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
        """What the operation may cost with these variables, in points."""
        asked = [(name, variables[name]) for name in self.page_variables if name in variables]
        if any(not isinstance(value, int | None) for _, value in asked):
            # Not a page size: the execution will say so.
            return price(self.schema, self.node, operation, {})
        key = (id(operation), *sorted(asked))
        if key not in self._prices:
            if len(self._prices) >= _MOST_PRICES:
                self._prices.clear()
            self._prices[key] = price(self.schema, self.node, operation, dict(asked))
        return self._prices[key]

    def shape(self, operation: OperationDefinitionNode) -> Shape:
        """Where the operation's answer holds objects."""
        found = self._shapes.get(id(operation))
        if found is None:
            found = self._shapes[id(operation)] = shape_of(self.node, operation)
        return found


class Documents:
    """The documents of one schema, kept by their text. What is kept holds nothing of a caller."""

    def __init__(self, schema: GraphQLSchema, bounds: Bounds = BOUNDS) -> None:
        self.schema = schema
        self.bounds = bounds
        self._kept: Shelves[Document] = Shelves()
        # Apart, so that what is refused makes no room for itself among what is served.
        self._refused: Shelves[Refused] = Shelves()

    def admit(self, text: str, *, suggesting: bool = False) -> Document:
        """The document of this text. Raises Refused with what is wrong with it; `suggesting`:
        the names that the schema has may show in the messages."""
        kept = self._kept.find(text, len(text))
        if kept is not None:
            kept.uses += 1
            return kept
        refused = self._refused.find((text, suggesting), len(text))
        if refused is not None:
            raise Refused(refused.code, refused.errors)
        try:
            document = self._admitted(text, suggesting)
        except Refused as new:
            # A new one without traceback: frames hold the whole request.
            errors = [error.with_traceback(None) for error in new.errors]
            self._refused.put((text, suggesting), Refused(new.code, errors), len(text))
            raise
        self._kept.put(text, document, len(text))
        return document

    def examine(self, text: str) -> None:
        """Raises Refused for a text that could not be executed; nothing is kept."""
        self._admitted(text, suggesting=False)

    def _admitted(self, text: str, suggesting: bool) -> Document:
        node = self._parsed(text)
        self._measured(node)
        self._validated(node, suggesting)
        return Document(text, node, self.schema, asks_for_introspection(node), page_variables(node))

    def _parsed(self, text: str) -> DocumentNode:
        if len(text) > self.bounds.length:
            raise _too_much(f"A document has at most {self.bounds.length:,} characters.")
        try:
            return parse(text, max_tokens=self.bounds.tokens)
        except GraphQLError as error:
            code = "TOO_EXPENSIVE" if "tokens" in error.message else "BAD_INPUT"
            raise Refused(code, [error]) from None
        except RecursionError:
            raise _too_much("The document is nested too deep.") from None

    def _measured(self, node: DocumentNode) -> None:
        try:
            measure(node, self.bounds)
        except TooMuch as error:
            raise _too_much(str(error)) from None

    def _validated(self, node: DocumentNode, suggesting: bool) -> None:
        try:
            errors = validate(self.schema, node, specified_rules, max_errors=MOST_ERRORS)
        except RecursionError:
            raise _too_much("The document is nested too deep.") from None
        if errors:
            raise Refused(
                "BAD_INPUT", errors if suggesting else list(map(without_suggestion, errors))
            )


def _too_much(message: str) -> Refused:
    return Refused("TOO_EXPENSIVE", [GraphQLError(message)])


def is_subscription(operation: OperationDefinitionNode) -> bool:
    """Whether the operation is a subscription."""
    return operation.operation is OperationType.SUBSCRIPTION
