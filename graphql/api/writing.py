"""How a mutation field runs its operation: one transaction, retried when the database asks,
answered once for each idempotency key."""

from collections.abc import Awaitable, Callable
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLNonNull,
    GraphQLString,
    StringValueNode,
    VariableNode,
)
from sqlalchemy.exc import DBAPIError
from strawberry.types.unset import UNSET

from api.context import Info
from api.loaders import Batch
from api.user_errors import UserError, described, user_error
from domain.kernel.activity import Activity, doing
from domain.kernel.errors import Expected, InvalidInput
from domain.kernel.idempotency import KEY_LENGTH_LIMIT, Repeatable, once
from domain.kernel.value_objects import value_object
from domain.kernel.work import Work, unit_of_work
from tenancy.principals import PrincipalKind

IDEMPOTENT = GraphQLDirective(
    name="idempotent",
    locations=[DirectiveLocation.FIELD],
    args={
        "key": GraphQLArgument(
            GraphQLNonNull(GraphQLString),
            description="Your own unique key of this request, at most 255 characters.",
        )
    },
    description=(
        "On a mutation field: the same key with the same input has one effect and one answer, "
        "kept for 30 days; the same key with another input is a CONFLICT."
    ),
)

Value = TypeVar("Value")
Values = dict[str, Any]
Operation = Callable[[Work], Awaitable[Values]]
# Deadlock and serialisation failure: the database chose us to try again.
_RETRIED = {"40P01", "40001"}
_ATTEMPTS = 4


@value_object()
class Performed:
    """What an operation gave: plain values (ids, mostly), or why it did not happen."""

    values: Values
    user_errors: list[UserError]

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)


async def perform(
    info: Info, operation: Operation, *, input: object, key_required: bool = False
) -> Performed:
    """Run `operation` in a unit of work of the caller and answer in plain values.

    `key_required`: stock or money moves, so an API key must send @idempotent. Raises what the
    operation refuses; an Expected outcome comes back as a user error with nothing changed."""
    request = repeatable(info, input=input, key_required=key_required)
    return await answered(info, lambda: _answer(info, operation, request))


async def perform_one(
    info: Info,
    operation: Callable[[Work], Awaitable[int]],
    *,
    input: object,
    load: Batch[Value],
    key_required: bool = False,
) -> tuple[Value | None, list[UserError]]:
    """Perform an operation that gives a row's id: the row's object as it is afterwards, or why
    nothing was done."""

    async def by_id(work: Work) -> Values:
        return {"id": await operation(work)}

    done = await perform(info, by_id, input=input, key_required=key_required)
    return await info.context.load_done(load, done["id"]), done.user_errors


def repeatable(info: Info, *, input: object, key_required: bool) -> Repeatable | None:
    """The request under its key, None without one. Raises InvalidInput when it must have one."""
    key = _key(info)
    if key is None and key_required and info.context.principal.kind is PrincipalKind.API_KEY:
        raise InvalidInput(
            "This moves stock or money: send @idempotent(key: …) on the field.", path=("key",)
        )
    return None if key is None else Repeatable(key, info.field_name, plain_input(input))


async def answered(info: Info, answer: Callable[[], Awaitable[Values]]) -> Performed:
    """Carry out a mutation that answers in plain values, or with the outcome it describes."""
    await info.context.scope.release()
    with doing(Activity("mutation", info.field_name)) as activity:
        try:
            given = await answer()
        except Expected as outcome:
            given = {"error": described(outcome)}
        if "error" in given:
            activity.outcome = "refused"
    if "error" in given:
        return Performed({}, [user_error(given["error"])])
    return Performed(given["values"], [])


async def _answer(info: Info, operation: Operation, request: Repeatable | None) -> Values:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return await _once_through(info, operation, request)
        except DBAPIError as error:
            if attempt == _ATTEMPTS or getattr(error.orig, "sqlstate", None) not in _RETRIED:
                raise
    raise AssertionError("the loop returns or raises")


async def _once_through(info: Info, operation: Operation, request: Repeatable | None) -> Values:
    context = info.context
    async with unit_of_work(
        context.engine, context.principal, now=context.now, request_id=context.request_id
    ) as work:
        if request is None:
            return {"values": await operation(work)}
        return await once(work, request, lambda: _kept(work, operation))


async def _kept(work: Work, operation: Operation) -> Values:
    """With a key a refusal is an answer too: its rows are undone, the answer is kept."""
    try:
        async with work.attempt():
            return {"values": await operation(work)}
    except Expected as outcome:
        return {"error": described(outcome)}


def _key(info: Info) -> str | None:
    """The key of @idempotent on this field's node; no hook on any other field is needed."""
    node = info._raw_info.field_nodes[0]
    for directive in node.directives or ():
        if directive.name.value == IDEMPOTENT.name and directive.arguments:
            value = directive.arguments[0].value
            if isinstance(value, VariableNode):
                key = info.variable_values.get(value.name.value)
            else:
                key = value.value if isinstance(value, StringValueNode) else None
            if not isinstance(key, str) or not 1 <= len(key) <= KEY_LENGTH_LIMIT:
                raise InvalidInput("The key has 1 to 255 characters.", path=("key",))
            return key
    return None


_PLAIN = frozenset({type(None), str, bool, int, Decimal})


def plain_input(value: object) -> Any:
    """A strawberry input as plain values, for hashing; what was left out stays out."""
    kind: Any = type(value)
    names = _names_of(kind)
    if names is not None:
        return {
            name: given if type(given) in _PLAIN else plain_input(given)
            for name in names
            if (given := getattr(value, name)) is not UNSET
        }
    if isinstance(value, list):
        return [plain_input(part) for part in value]
    return value


@cache
def _names_of(kind: type[Any]) -> tuple[str, ...] | None:
    """The fields of an input type; None of any other type."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None
