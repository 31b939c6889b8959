"""One walk over a document that counts what could make it dear to validate or to execute.

Each fragment is measured once, however often it is spread: the walk is linear in the text even
where the fragments, put in place, double each other thirty times over."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
)

from api.limits.bounds import BOUNDS, Bounds


class TooMuch(Exception):
    """The document is over a limit; the message names it and says how much is allowed."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How deep a selection set goes and how many fields it has, fragments in place."""

    depth: int
    fields: int


NOTHING = Extent(0, 0)


def measure(document: DocumentNode, bounds: Bounds = BOUNDS) -> None:
    """Raises TooMuch for a document that is over one of the bounds."""
    _Walk(document, bounds).run()


class _Walk:
    def __init__(self, document: DocumentNode, bounds: Bounds) -> None:
        self._bounds = bounds
        self._definitions = document.definitions
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[str, Extent] = {}
        self._aliases = self._directives = self._spreads = 0

    def run(self) -> None:
        """Measure every definition."""
        bounds = self._bounds
        self._at_most("fragments", len(self._fragments), bounds.fragments)
        for name in self._fragments:
            self._fragment(name)
        for definition in self._definitions:
            if isinstance(definition, OperationDefinitionNode):
                self._named(definition)
                self._directed(definition)
                extent = self._selections(definition.selection_set, 0)
                self._at_most("fields", extent.fields, bounds.fields)
                self._at_most("levels", extent.depth, bounds.depth)
        self._at_most("aliases", self._aliases, bounds.aliases)
        self._at_most("fragment spreads", self._spreads, bounds.spreads)
        self._at_most("directives", self._directives, bounds.directives)

    def _selections(self, selection_set: SelectionSetNode, level: int) -> Extent:
        self._at_most("levels", level, self._bounds.depth)
        selections = selection_set.selections
        self._at_most("fields in one place", len(selections), self._bounds.breadth)
        self._repeated(selections)
        depth = fields = 0
        for selection in selections:
            extent = self._selection(selection, level)
            depth, fields = max(depth, extent.depth), fields + extent.fields
        return Extent(depth, fields)

    def _selection(self, selection: Node, level: int) -> Extent:
        self._directed(selection)
        if isinstance(selection, FieldNode):
            return self._field(selection, level)
        if isinstance(selection, InlineFragmentNode):
            # Counted as a level while walking, so that the walk itself is bounded.
            return self._selections(selection.selection_set, level + 1)
        if isinstance(selection, FragmentSpreadNode):
            self._spreads += 1
            self._named(selection)
            return self._fragment(selection.name.value)
        return NOTHING

    def _field(self, field: FieldNode, level: int) -> Extent:
        self._named(field)
        self._aliases += field.alias is not None
        if field.selection_set is None:
            return Extent(1, 1)
        inner = self._selections(field.selection_set, level + 1)
        return Extent(inner.depth + 1, inner.fields + 1)

    def _fragment(self, name: str) -> Extent:
        if name not in self._known:
            # What stands here while it is measured: a fragment that spreads itself is refused
            # by validation.
            self._known[name] = NOTHING
            definition = self._fragments.get(name)
            if definition is not None:
                self._named(definition)
                self._directed(definition)
                self._known[name] = self._selections(definition.selection_set, 0)
        return self._known[name]

    def _named(self, node: Node) -> None:
        for part in (getattr(node, "name", None), getattr(node, "alias", None)):
            if part is not None and len(part.value) > self._bounds.name:
                raise TooMuch(f"A name has at most {self._bounds.name} characters.")

    def _directed(self, node: Node) -> None:
        self._directives += len(getattr(node, "directives", None) or ())

    def _repeated(self, selections: Iterable[Node]) -> None:
        """The rule that compares fields of one name looks at every pair of them."""
        names = Counter(
            (field.alias or field.name).value
            for field in selections
            if isinstance(field, FieldNode)
        )
        most = max(names.values(), default=0)
        self._at_most("fields of one name in one place", most, self._bounds.repetitions)

    @staticmethod
    def _at_most(what: str, count: int, limit: int) -> None:
        if count > limit:
            raise TooMuch(f"A document has at most {limit:,} {what}.")
