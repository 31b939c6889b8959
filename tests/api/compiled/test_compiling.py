"""When a plan executes, what stays with graphql-core, and how to turn plans off."""

import gc
from typing import Any

import pytest
from strawberry.extensions import SchemaExtension

from api.compiled import plans
from api.compiled.extension import SWITCH, CompiledOperations
from api.limits.documents import Document, Documents, Refused
from api.schema import Schema
from tests.factories.compiled_world import Mutation, Query, World

TYPES: dict[str, Any] = {"query": Query, "mutation": Mutation}
schema = Schema(**TYPES, extensions=[CompiledOperations])
PLAIN = "query Plain($skipped: Boolean! = false) { echo @skip(if: $skipped) }"


async def executed(
    document: Document, on: Schema = schema, variables: dict[str, Any] | None = None
) -> Any:
    """The data of an execution without errors."""
    result = await on.execute(
        document.text, variables, context_value=World(2, document), operation_name=None
    )
    assert result.errors is None
    return result.data


def repeated(text: str, on: Schema = schema) -> Document:
    """A document that came for the second time."""
    documents = Documents(on._schema)
    documents.admit(text)
    return documents.admit(text)


async def test_a_document_is_compiled_when_it_comes_again() -> None:
    documents = Documents(schema._schema)
    once = documents.admit(PLAIN)
    assert await executed(once) == {"echo": "None t"}
    assert once.plans == {}
    again = documents.admit(PLAIN)
    assert await executed(again) == {"echo": "None t"}
    assert again is once
    assert set(again.plans) == {"Plain"}
    assert again.plans["Plain"] is not None


async def test_each_combination_of_conditions_has_its_fields() -> None:
    document = repeated(PLAIN)
    assert await executed(document) == {"echo": "None t"}
    assert await executed(document, variables={"skipped": True}) == {}
    assert await executed(document, variables={"skipped": False}) == {"echo": "None t"}


async def test_many_conditions_are_left_to_graphql_core() -> None:
    names = [f"v{number}" for number in range(5)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: echo @include(if: ${name})" for name in names)
    document = repeated(f"query Many({declared}) {{ {fields} }}")
    for number in range(32):
        chosen = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        answered = await executed(document, variables=chosen)
        assert answered == {name: "None t" for name, yes in chosen.items() if yes}
    assert len(document.plans["Many"]._variants) == 16


@pytest.mark.parametrize(
    "text",
    [
        '{ __type(name: "Box") { name } }',
        "{ __schema { queryType { name } } }",
        "query Both { echo __typename __schema { description } }",
    ],
)
async def test_introspection_is_left_to_graphql_core(text: str) -> None:
    document = repeated(text)
    await executed(document)
    assert list(document.plans.values()) == [None]


async def test_the_switch_leaves_everything_to_graphql_core(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(SWITCH, "off")
    document = repeated(PLAIN)
    assert await executed(document) == {"echo": "None t"}
    assert document.plans == {}


class Shouting(SchemaExtension):
    """Stands around every resolver."""

    def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
        """The same, after a note."""
        info.context.log.append("around")
        return _next(root, info, *args, **kwargs)


async def test_an_extension_around_resolvers_keeps_its_meaning() -> None:
    around = Schema(**TYPES, extensions=[Shouting, CompiledOperations])
    document = repeated("{ echo }", around)
    world = World(2, document)
    result = await around.execute(document.text, context_value=world)
    assert (result.data, result.errors) == ({"echo": "None t"}, None)
    assert "around" in world.log
    assert list(document.plans.values()) == [None]


async def test_plans_are_bounded_together_and_give_back_their_room() -> None:
    document = repeated(
        "query Sized { echo things { ... on Lone { x } ... on Leaf { id count } } }"
    )
    gc.collect()
    before = plans._taken.fields
    await executed(document)
    assert plans._taken.fields - before == 2 + 1 + 2
    document.plans.clear()
    gc.collect()
    assert plans._taken.fields == before


async def test_without_room_graphql_core_executes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MOST_FIELDS_OF_ALL", 0)
    document = repeated(PLAIN)
    assert await executed(document) == {"echo": "None t"}
    assert document.plans["Plain"]._variants == {}


async def test_a_plan_serves_no_other_schema() -> None:
    document = repeated(PLAIN)
    await executed(document)
    other = Schema(**TYPES, extensions=[CompiledOperations])
    assert await executed(document, other) == {"echo": "None t"}


async def test_wrong_variables_are_refused_in_graphql_cores_words() -> None:
    document = repeated("query One($n: Int!) { boxes(first: $n) { id } }")
    result = await schema.execute(
        document.text, {"n": "x"}, context_value=World(2, document), operation_name="One"
    )
    assert result.data is None
    assert [error.message for error in result.errors or []] == [
        "Variable '$n' has invalid value: Int cannot represent non-integer value: 'x'"
    ]


def test_a_refused_document_is_refused_again_without_being_validated() -> None:
    documents = Documents(schema._schema)
    refusals = []
    for _ in range(3):
        with pytest.raises(Refused) as refused:
            documents.admit("{ nothing }")
        refusals.append(refused.value)
    assert refusals[1].errors[0] is refusals[0].errors[0]
    assert refusals[2].code == "BAD_INPUT"
