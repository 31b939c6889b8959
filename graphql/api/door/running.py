"""One operation from what was asked to its answer, whichever way it came in."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Protocol

import strawberry
from graphql import FieldNode, OperationDefinitionNode, OperationType
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.types.graphql import OperationType as AllowedType

from api.admission import Admission, QueueFull
from api.context import Context
from api.door.asking import Asked
from api.door.manners import (
    DEFAULT_MANNERS,
    DocumentText,
    DoorSettings,
    KnowsOrigin,
    Manners,
    MannersOf,
)
from api.door.operators import require_own_fields
from api.door.origins import is_allowed, normal_origin
from api.door.persisted import DocumentStore, Persisted, trusted_documents
from api.door.refusals import Refusal, formatted, of_document
from api.limits.bounds import BOUNDS
from api.limits.budgets import Purse, Spender, share_of
from api.limits.documents import Document, Documents, Refused
from api.limits.places import PlaceOf, Places
from api.limits.pricing import points_held
from api.metering import count_refused
from api.schema import graphql_core_schema
from domain.kernel.value_objects import value_object
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
    @property
    def document_text(self) -> DocumentText: ...
    @property
    def places(self) -> Places: ...
    @property
    def order_desk(self) -> object | None: ...


@value_object()
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

    @property
    def places_an_order(self) -> bool:
        """Whether that, and only that, is what it does."""
        if self.mutations != 1:
            return False
        [field] = self.operation.selection_set.selections
        return isinstance(field, FieldNode) and field.name.value == "placeOrder"


class Desk:
    """Prepares and runs operations of one schema."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self.schema = schema
        self.documents = Documents(graphql_core_schema(schema))
        self._trusted = trusted_documents()
        self._admission = Admission()

    async def prepare(
        self,
        asked: Asked,
        means: Means,
        caller: Principal | None,
        address: str,
        manners: Manners = DEFAULT_MANNERS,
    ) -> Prepared:
        """The operation, ready to run. Raises Refusal."""
        document = await self._document(asked, means, caller, manners)
        try:
            operation = document.operation(asked.operation_name)
        except Refused as refused:
            count_refused(refused.code)
            raise of_document(refused) from None
        require_own_fields(caller, document.node, operation)
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
        spender = context.extras["spender"] = prepared.spender
        try:
            # Orders that come at the same time are placed together.
            together = means.order_desk is not None and prepared.places_an_order
            async with self._admission.turn(spender.tenant, share_of(spender), together=together):
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
        shape = prepared.document.shape(prepared.operation)
        actual = points_held(result.data, shape, mutations=prepared.mutations)
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

        async def registered(digest: str) -> str | None:
            if caller is None:
                return None
            return await means.document_text(caller, manners.app_id, digest)

        try:
            text = await persisted.text_of(
                asked, tenant, only_trusted=manners.only_trusted, registered=registered
            )
        except Refusal as refusal:
            count_refused(refusal.code)
            raise
        knows_schema = means.door.may_introspect(caller)
        try:
            document = self.documents.admit(text, suggesting=knows_schema)
        except Refused as refused:
            count_refused(refused.code)
            raise of_document(refused) from None
        if document.introspects and not knows_schema:
            count_refused("FORBIDDEN")
            hidden = Refusal(403, "FORBIDDEN", "You may not see the schema (schema.introspect).")
            hidden.is_request_error = True
            raise hidden
        return document


async def manners_for(
    means: Means, caller: Principal | None, headers: Mapping[str, str]
) -> Manners:
    """What the caller's tenant settled for it, coming as these headers say."""
    if caller is None:
        return DEFAULT_MANNERS
    return await means.manners_of(caller, normal_origin(headers.get("origin")))


async def may_ask(
    means: Means, caller: Principal | None, manners: Manners, headers: Mapping[str, str]
) -> bool:
    """Whether a page of this origin may ask for this caller. One who has not signed in yet may
    from every origin that some tenant allows: it has to sign in from there."""
    if caller is None:
        return await may_come(headers, means)
    return is_allowed(headers, means.door.origins | manners.origins)


async def may_come(headers: Mapping[str, str], means: Means) -> bool:
    """Whether a browser's page of this origin may begin to talk to us at all: it is ours, or one
    that the installation or any tenant allows. Which tenant's is checked once the caller is
    known."""
    origin = headers.get("origin")
    if is_allowed(headers, means.door.origins):
        return True
    normal = normal_origin(origin)
    return normal is not None and await means.knows_origin(normal)


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
    # All who come through one app spend from one budget.
    app = f"app:{manners.app_id}" if manners.app_id is not None else caller_key(caller)
    return Spender(str(caller.tenant_id), app, manners.plan)


def place_of(caller: Principal | None, address: str, manners: Manners) -> PlaceOf:
    """Whose place an open connection takes."""
    if caller is None:
        return PlaceOf("anonymous", address, "anonymous")
    return PlaceOf(str(caller.tenant_id), caller_key(caller), manners.plan)


def caller_key(caller: Principal) -> str:
    """A caller's name in budgets and counts."""
    return f"{caller.kind}:{caller.id}"


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
