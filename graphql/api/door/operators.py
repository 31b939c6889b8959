"""Which root fields an operator's key may ask for: its own, and nothing of a tenant's."""

from collections.abc import Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from api.door.refusals import Refusal
from api.metering import count_refused
from tenancy.principals import Principal, PrincipalKind

OWN, INTROSPECTION = "operator", "__"


def require_own_fields(
    caller: Principal | None, document: DocumentNode, operation: OperationDefinitionNode
) -> None:
    """Raise Refusal for an operator that asks for a field that is not for operators, whatever it
    may do there."""
    if caller is None or caller.kind is not PrincipalKind.OPERATOR:
        return
    if not _is_own(document, operation):
        count_refused("FORBIDDEN")
        refusal = Refusal(403, "FORBIDDEN", "An operator's key asks for operator fields only.")
        refusal.is_request_error = True
        raise refusal


def _is_own(document: DocumentNode, operation: OperationDefinitionNode) -> bool:
    """Whether every root field is one for operators, or tells of the schema."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    names = _root_fields(operation.selection_set, fragments, frozenset())
    return all(name.startswith((OWN, INTROSPECTION)) for name in names)


def _root_fields(
    selections: SelectionSetNode,
    fragments: dict[str, FragmentDefinitionNode],
    within: frozenset[str],
) -> Iterator[str]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name in fragments and name not in within:
                yield from _root_fields(fragments[name].selection_set, fragments, within | {name})
        elif isinstance(node, InlineFragmentNode):
            yield from _root_fields(node.selection_set, fragments, within)
