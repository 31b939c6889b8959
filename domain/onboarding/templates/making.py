"""The pieces of a template are made by the very operations that an administrator would use."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, cast, exists, literal, select, union_all

from domain.allocation.models import AllocationPolicy
from domain.allocation.operations.policies import create_allocation_policy
from domain.allocation.operations.policy_activation import activate_allocation_policy
from domain.channels.models import Channel
from domain.channels.operations import create_channel
from domain.entities.models import LegalEntity, Location, WorkingCalendar
from domain.entities.operations.calendars import create_calendar
from domain.entities.operations.legal_entities import create_legal_entity
from domain.entities.operations.locations import create_location
from domain.inventory.models import StockTolerance
from domain.inventory.operations.tolerances import set_stock_tolerance
from domain.kernel.governing import ChangeRequestRequired
from domain.kernel.work import Work
from domain.ledger.books import open_books
from domain.ledger.models import Account
from domain.onboarding.access.operations.roles import create_role
from domain.onboarding.templates.policy import CALENDAR, ROLES, Piece
from domain.pricing.models import PriceList
from domain.pricing.operations.price_lists import create_price_list
from domain.promise.models import PromiseRule
from domain.promise.operations.rules import WantedRule, set_promise_rule
from tenancy.models import Role

# Differences of a count up to these need nobody's yes.
TOLERATED_QUANTITY, TOLERATED_PERCENT = Decimal(5), Decimal(2)
_CODED: dict[str, tuple[Any, Any]] = {
    "calendar": (WorkingCalendar, WorkingCalendar.code),
    "role": (Role, Role.name),
    "legal_entity": (LegalEntity, LegalEntity.code),
    "location": (Location, Location.code),
    "channel": (Channel, Channel.code),
    "price_list": (PriceList, PriceList.code),
    "allocation_policy": (AllocationPolicy, AllocationPolicy.code),
}


@dataclass(slots=True)
class Standing:
    """What there is already, by kind and code; what is made is added."""

    ids: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    # Policies that were drafted, and that only a change request can put into effect.
    drafts: set[int] = field(default_factory=set)
    has_standard_policy: bool = False

    def id_of(self, kind: str, code: str) -> int | None:
        """The id of what has this code."""
        return self.ids[kind].get(code)


async def standing(work: Work) -> Standing:
    """What the tenant has of what templates make, in one statement."""
    found = union_all(
        *(
            select(literal(kind).label("kind"), code.label("code"), table.id.label("id")).where(
                table.tenant_id == work.tenant_id
            )
            for kind, (table, code) in _CODED.items()
        ),
        *(
            select(literal(kind), cast("STANDARD", Text), table.id).where(
                table.tenant_id == work.tenant_id, scope.is_(None)
            )
            for kind, table, scope in (
                ("promise_rule", PromiseRule, PromiseRule.channel_id),
                ("stock_tolerance", StockTolerance, StockTolerance.location_id),
            )
        ),
        select(literal("books"), LegalEntity.code, LegalEntity.id).where(
            LegalEntity.tenant_id == work.tenant_id,
            exists().where(
                Account.tenant_id == work.tenant_id, Account.entity_id == LegalEntity.id
            ),
        ),
        select(literal("standard_policy"), AllocationPolicy.code, AllocationPolicy.id).where(
            AllocationPolicy.tenant_id == work.tenant_id,
            AllocationPolicy.channel_id.is_(None),
            AllocationPolicy.entity_id.is_(None),
            AllocationPolicy.status == "active",
        ),
    )
    known = Standing()
    for row in await work.rows(found):
        known.ids[row.kind][row.code] = row.id
    known.has_standard_policy = bool(known.ids.pop("standard_policy", None))
    return known


async def make(work: Work, piece: Piece, known: Standing) -> int:
    """Make the piece; its id. Raises what the operation raises."""
    return await _MAKERS[piece.kind](work, piece, known)


async def _calendar(work: Work, piece: Piece, known: Standing) -> int:
    return await create_calendar(work, code=piece.code, **piece.fields)


async def _role(work: Work, piece: Piece, known: Standing) -> int:
    permissions = ROLES[piece.code][1]
    return await create_role(work, name=piece.code, permissions=permissions, **piece.fields)


async def _legal_entity(work: Work, piece: Piece, known: Standing) -> int:
    return await create_legal_entity(work, code=piece.code, **piece.fields)


async def _books(work: Work, piece: Piece, known: Standing) -> int:
    entity_id = _entity(piece, known)
    await open_books(work, [entity_id])
    return entity_id


async def _location(work: Work, piece: Piece, known: Standing) -> int:
    fields = piece.fields | {"calendar_id": known.id_of("calendar", CALENDAR)}
    return await create_location(work, code=piece.code, entity_id=_entity(piece, known), **fields)


async def _channel(work: Work, piece: Piece, known: Standing) -> int:
    return await create_channel(
        work, code=piece.code, entity_id=_entity(piece, known), **piece.fields
    )


async def _price_list(work: Work, piece: Piece, known: Standing) -> int:
    return await create_price_list(work, code=piece.code, **piece.fields)


async def _allocation_policy(work: Work, piece: Piece, known: Standing) -> int:
    """The first entity's is the tenant's standard; those of later ones are their variants, which
    ask their own locations, and nobody else's. Where policies are governed it stays a draft."""
    sources = [
        row_id
        for code, row_id in known.ids["location"].items()
        if code.startswith(f"{piece.entity}-") and not code.endswith("-TRANSIT")
    ]
    policy_id = await create_allocation_policy(
        work,
        code=piece.code,
        name="Own locations, in the order in which they were made",
        location_ids=sorted(sources),
        entity_id=_entity(piece, known) if known.has_standard_policy else None,
    )
    try:
        async with work.attempt():
            await activate_allocation_policy(work, policy_id=policy_id)
    except ChangeRequestRequired:
        known.drafts.add(policy_id)
    known.has_standard_policy = True
    return policy_id


async def _promise_rule(work: Work, piece: Piece, known: Standing) -> int:
    return await set_promise_rule(work, rule=WantedRule())


async def _stock_tolerance(work: Work, piece: Piece, known: Standing) -> int:
    return await set_stock_tolerance(work, quantity=TOLERATED_QUANTITY, percent=TOLERATED_PERCENT)


def _entity(piece: Piece, known: Standing) -> int:
    return known.ids["legal_entity"][piece.entity or ""]


_Maker = Callable[[Work, Piece, Standing], Awaitable[int]]
_MAKERS: Mapping[str, _Maker] = {
    "calendar": _calendar,
    "role": _role,
    "legal_entity": _legal_entity,
    "books": _books,
    "location": _location,
    "channel": _channel,
    "price_list": _price_list,
    "allocation_policy": _allocation_policy,
    "promise_rule": _promise_rule,
    "stock_tolerance": _stock_tolerance,
}
