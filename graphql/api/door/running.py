"""One operation from what was asked to its answer, whichever way it came in."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

import strawberry
from graphql import OperationDefinitionNode, OperationType
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.types.graphql import OperationType as AllowedType

from api.admission import Admission, QueueFull
from api.context import Context
from api.door.asking import Asked
from api.door.manners import DEFAULT_MANNERS, DoorSettings, KnowsOrigin, Manners, MannersOf
from api.door.origins import is_allowed
from api.door.persisted import DocumentStore, Persisted, trusted_documents
from api.door.refusals import Refusal, formatted, of_document
from api.limits.bounds import BOUNDS
from api.limits.budgets import Purse, Spender, share_of
from api.limits.documents import Document, Documents, Refused
from api.limits.pricing import points_held
from api.metering import count_refused
from api.schema import graphql_core_schema
from tenancy.authentication import Authenticator
from tenancy.principals import Principal

_ALLOWED = (AllowedType.QUERY, AllowedType.MUTATION, AllowedType.SUBSCRIPTION)


class Means(Protocol):
    """What the process holds for the door; the application's services."""

    @property
    def engine(self) -> AsyncEngine: ...
    @property
    def authenticator(self) -> Authenticator: ...
    @property
    def purse(self) -> Purse: ...
    @property
    def documents(self) -> DocumentStore: ...
    @property
    def door(self) -> DoorSettings: ...
    @property
    def manners_of(self) -> MannersOf: ...
    @property
    def knows_origin(self) -> KnowsOrigin: ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may run: its document is valid, and it is paid for."""

    document: Document
    operation: OperationDefinitionNode
    asked: Asked
    spender: Spender
    cost: int
    left: int

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.operation.operation

    @property
    def mutations(self) -> int:
        """How many root fields change something."""
        if self.kind is not OperationType.MUTATION:
            return 0
        return len(self.operation.selection_set.selections)


class Desk:
    """Prepares and runs operations of one schema."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self.schema = schema
        self.documents = Documents(graphql_core_schema(schema))
        self._trusted = trusted_documents()
        self._admission = Admission()

    async def prepare(
        self, asked: Asked, means: Means, caller: Principal | None, address: str
    ) -> Prepared:
        """The operation, ready to run. Raises Refusal."""
        manners = DEFAULT_MANNERS if caller is None else await means.manners_of(caller)
        document = await self._document(asked, means, caller, manners)
        try:
            operation = document.operation(asked.operation_name)
        except Refused as refused:
            count_refused(refused.code)
            raise of_document(refused) from None
        cost = document.price(operation, asked.variables)
        if cost > BOUNDS.cost:
            count_refused("TOO_EXPENSIVE")
            raise _too_expensive(cost)
        spender = _spender(caller, address, manners)
        taken = await means.purse.pay(spender, cost)
        if not taken.granted:
            count_refused("RATE_LIMITED")
            raise _rate_limited(cost, taken.left, taken.wait_seconds)
        return Prepared(document, operation, asked, spender, cost, taken.left)

    async def answer(self, prepared: Prepared, context: Context, means: Means) -> dict[str, Any]:
        """Run a query or mutation and give its answer, ready for JSON."""
        context.document = prepared.document
        spender = prepared.spender
        try:
            async with self._admission.turn(spender.tenant, share_of(spender)):
                result = await self.schema.execute(
                    prepared.document.text,
                    variable_values=prepared.asked.variables,
                    context_value=context,
                    operation_name=prepared.asked.operation_name,
                )
        except QueueFull:
            count_refused("RATE_LIMITED")
            left = means.purse.give_back(spender, prepared.cost)
            raise _rate_limited(prepared.cost, left, 1.0) from None
        shown = answer_of(result)
        actual = points_held(result.data, mutations=prepared.mutations)
        left = means.purse.give_back(prepared.spender, prepared.cost - actual)
        shown["extensions"] = {
            **shown.get("extensions", {}),
            "cost": {"requested": prepared.cost, "actual": actual, "left": left},
        }
        return shown

    async def stream(
        self, prepared: Prepared, context: Context, means: Means
    ) -> AsyncGenerator[dict[str, Any]]:
        """Every answer of a subscription; the one of anything else."""
        if prepared.kind is not OperationType.SUBSCRIPTION:
            yield await self.answer(prepared, context, means)
            return
        context.document = prepared.document
        results = await self.schema.stream(
            prepared.document.text,
            variable_values=prepared.asked.variables,
            context_value=context,
            operation_name=prepared.asked.operation_name,
            allowed_operation_types=_ALLOWED,
        )
        async with aclosing(results):
            async for result in results:
                yield answer_of(result)

    async def _document(
        self, asked: Asked, means: Means, caller: Principal | None, manners: Manners
    ) -> Document:
        tenant = "anonymous" if caller is None else str(caller.tenant_id)
        persisted = Persisted(means.documents, self._trusted, longest=BOUNDS.length)
        text = await persisted.text_of(
            asked,
            tenant,
            only_trusted=manners.only_trusted_for(caller),
            registered=manners.documents,
        )
        knows_schema = means.door.may_introspect(caller)
        try:
            document = self.documents.admit(text, suggesting=knows_schema)
        except Refused as refused:
            count_refused(refused.code)
            raise of_document(refused) from None
        if document.introspects and not knows_schema:
            count_refused("FORBIDDEN")
            refusal = Refusal(403, "FORBIDDEN", "You may not see the schema (schema.introspect).")
            refusal.is_request_error = True
            raise refusal
        return document


async def may_come(headers: Mapping[str, str], means: Means) -> bool:
    """Whether a browser's page of this origin may begin to talk to us at all: it is ours, or one
    that the installation or any tenant allows. Which tenant's is checked once the caller is
    known."""
    origin = headers.get("origin")
    if is_allowed(headers, means.door.origins):
        return True
    return origin is not None and len(origin) < 300 and await means.knows_origin(origin)


def answer_of(result: Any) -> dict[str, Any]:
    """A result as it goes over the wire; without data where nothing was executed."""
    shown: dict[str, Any] = {}
    if result.errors:
        shown["errors"] = [formatted(error) for error in result.errors]
    if result.data is not None or not is_request_error(result):
        shown["data"] = result.data
    if result.extensions:
        shown["extensions"] = result.extensions
    return shown


def is_request_error(result: Any) -> bool:
    """Whether the result says that execution did not begin, as for a variable of a wrong type."""
    return bool(result.errors) and all(error.path is None for error in result.errors)


def _spender(caller: Principal | None, address: str, manners: Manners) -> Spender:
    if caller is None:
        return Spender("anonymous", address, "anonymous")
    return Spender(str(caller.tenant_id), f"{caller.kind}:{caller.id}", manners.plan)


def _too_expensive(cost: int) -> Refusal:
    refusal = Refusal(
        400,
        "TOO_EXPENSIVE",
        f"The operation may cost {cost:,} points; at most {BOUNDS.cost:,} are allowed. "
        "Ask for smaller pages.",
        more={"cost": {"requested": cost, "limit": BOUNDS.cost}},
    )
    refusal.is_request_error = True
    return refusal


def _rate_limited(cost: int, left: int, wait_seconds: float) -> Refusal:
    seconds = max(1, round(wait_seconds + 0.5))
    return Refusal(
        429,
        "RATE_LIMITED",
        "The budget is spent. Wait, then try again.",
        headers={"Retry-After": str(seconds)},
        more={"retryAfterSeconds": seconds, "cost": {"requested": cost, "left": max(0, left)}},
    )
