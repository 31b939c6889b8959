"""The order desk: orders that callers place at the same time share a transaction.

Those of one tenant do, and of partners those with the same eyes: row security is set for a
transaction as a whole. Each order has its own outcome, its own actor and its own key."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.errors import is_away
from api.user_errors import described
from domain.allocation.accepting import accept_orders
from domain.allocation.placing import PlacedOrder
from domain.allocation.requests import OrderRequest
from domain.kernel.activity import Activity, document_of, doing, running
from domain.kernel.combining import Combiner
from domain.kernel.each_once import Answer, Keyed, each_once
from domain.kernel.errors import Expected, Refusal
from domain.kernel.idempotency import Repeatable
from domain.kernel.value_objects import value_object
from domain.kernel.verdicts import Refused
from domain.kernel.work import Actor, Work, behalf_of, unit_of_work
from tenancy.principals import Principal, PrincipalKind

# Deadlock and serialisation failure: the database chose us to try again.
RETRIED = {"40P01", "40001"}
ATTEMPTS = 4


@value_object(kw_only=True)
class PlacingAsk:
    """An order that a caller asks for, at a moment; `repeatable` if it sent a key."""

    engine: AsyncEngine
    actor: Actor
    request: OrderRequest
    repeatable: Repeatable | None
    now: datetime

    @property
    def lane(self) -> tuple[Any, ...]:
        """Who may share a transaction with it."""
        who = self.actor.principal
        return self.engine, who.tenant_id, who.party_id, who.location_id

    @property
    def signed(self) -> OrderRequest:
        """The request, on behalf of who asks."""
        request = self.request
        return request if request.by is self.actor else replace(request, by=self.actor)

    @property
    def keyed(self) -> Keyed:
        """It as its key knows it."""
        return Keyed(self.actor.principal, self.repeatable)


@value_object()
class Told:
    """The answer, as it is kept with the key; `placed` when the order was placed just now."""

    answer: Answer
    placed: PlacedOrder | None = None


class OrderDesk:
    """Places the orders of this process. `at_most` so many share a transaction; 1: none do."""

    def __init__(self, *, at_most: int = 64) -> None:
        self._combiner: Combiner[PlacingAsk, Told] = Combiner(
            _serve, is_final=is_away, at_most=at_most
        )

    async def place(self, ask: PlacingAsk) -> Told:
        """Place one order. Raises Refusal, QueueFull, Closed, and what is nobody's fault."""
        return await self._combiner.tell(ask.lane, ask, key=ask.keyed.key)

    async def close(self) -> None:
        """Take no more orders, and end those under way."""
        await self._combiner.close()


async def _serve(
    asks: Sequence[PlacingAsk], ending: Callable[[], None]
) -> Sequence[Told | Exception]:
    first = asks[0]
    tenant_id = first.actor.principal.tenant_id
    with doing(Activity("batch", "placeOrder", tenant_id=tenant_id)):
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with unit_of_work(first.engine, _eyes(first), now=first.now) as work:
                    return await _place(work, asks, ending)
            except DBAPIError as error:
                if attempt == ATTEMPTS or getattr(error.orig, "sqlstate", None) not in RETRIED:
                    raise
    raise AssertionError("the loop returns or raises")


def _eyes(ask: PlacingAsk) -> Principal:
    """Nobody, with the scope of all who ask: what any of them may do is asked one by one."""
    who = ask.actor.principal
    return Principal(
        tenant_id=who.tenant_id,
        kind=PrincipalKind.SYSTEM,
        id=0,
        name="order desk",
        party_id=who.party_id,
        location_id=who.location_id,
    )


async def _place(
    work: Work, asks: Sequence[PlacingAsk], ending: Callable[[], None]
) -> list[Told | Exception]:
    placed: dict[int, PlacedOrder] = {}

    async def run(fresh: list[int]) -> list[Answer | Refusal]:
        requests = [asks[n].signed for n in fresh]
        outcomes = await accept_orders(work, requests)
        # What is left locks nothing but the keys, which are taken already.
        ending()
        for n, outcome in zip(fresh, outcomes, strict=True):
            if isinstance(outcome, PlacedOrder):
                placed[n] = outcome
        return [_answer(outcome) for outcome in outcomes]

    answers = await each_once(work, [ask.keyed for ask in asks], run)
    return [
        answer if isinstance(answer, Refusal) else Told(answer, placed.get(n))
        for n, answer in enumerate(answers)
    ]


def _answer(outcome: PlacedOrder | Refused) -> Answer | Refusal:
    if isinstance(outcome, Expected):
        return {"error": described(outcome)}
    return outcome if isinstance(outcome, Refusal) else {"values": {"id": outcome.order_id}}


def actor_now(principal: Principal, request_id: str) -> Actor:
    """The caller of the request under way, with its trace."""
    activity = running()
    trace_context = None if activity is None else activity.trace_context
    return Actor(principal, request_id, trace_context, document_of(activity), behalf_of(principal))
