"""Whether a document asks what the schema holds."""

from graphql import DocumentNode, FieldNode, Visitor, visit
from graphql.language.visitor import BREAK, VisitorActionEnum

_ASKING = {"__schema", "__type"}


def asks_for_introspection(document: DocumentNode) -> bool:
    """Whether any field of the document is `__schema` or `__type`."""
    search = _Search()
    visit(document, search)
    return search.found


class _Search(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_field(self, node: FieldNode, *_: object) -> VisitorActionEnum | None:
        if node.name.value in _ASKING:
            self.found = True
            return BREAK
        return None
