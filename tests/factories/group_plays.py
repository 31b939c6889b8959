"""The documents about groups of legal entities, as somebody of the demo company sends them."""

import itertools
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from api.ids import global_id
from domain.entities.operations.legal_entities import create_legal_entity
from domain.ledger.books import open_books
from domain.ledger.models import Account
from tests.factories.affiliate_plays import Affiliate, bought
from tests.factories.document_plays import Play, Scene, Variables, keyed

_serial = itertools.count(1)
DAY, END = "2026-01-01", "2026-12-31"


@dataclass(frozen=True, slots=True)
class PlayedGroup:
    """A group in which the company's own entity holds another one, by global ids."""

    id: str
    entity: str
    other: str


def _own(scene: Scene) -> str:
    return scene.id("LegalEntity", "legal_entity", "US1")


def _made(scene: Scene) -> Variables:
    code = f"GROUP{next(_serial)}"
    return keyed(code=code, name="All of us", parentEntityId=_own(scene), currency="USD")


async def _group(scene: Scene, other: str) -> PlayedGroup:
    done = await scene.stage.play("finance", "CreateConsolidationGroup", **_made(scene))
    group = PlayedGroup(done.value["consolidationGroup"]["id"], _own(scene), other)
    await scene.stage.play("finance", "SetGroupHolding", **_held(group))
    return group


def _held(group: PlayedGroup, percent: str | None = "80") -> Variables:
    return keyed(
        groupId=group.id,
        ownerId=group.entity,
        entityId=group.other,
        effectiveFrom=DAY,
        percent=percent,
    )


async def group(scene: Scene) -> PlayedGroup:
    """A group with an entity whose books are empty."""
    async with scene.stage.tenant.work() as work:
        other = await create_legal_entity(
            work, code=f"HELD{next(_serial)}", name="Held", country="US", currency="USD"
        )
    return await _group(scene, global_id("LegalEntity", other))


async def trading_group(scene: Scene) -> PlayedGroup:
    """A group with an entity of which the own one has bought."""
    one: Affiliate = await bought(scene)
    return await _group(scene, one.id)


async def with_account(scene: Scene) -> tuple[PlayedGroup, str]:
    """A group, and an account of the parent's that may be with an affiliate."""
    made = await group(scene)
    entity = scene.history.of("legal_entity", "US1")
    async with scene.stage.tenant.work() as work:
        await open_books(work, [entity])
        account = await work.value(
            select(Account.id).where(
                Account.tenant_id == work.tenant_id,
                Account.entity_id == entity,
                Account.role == "investments",
            )
        )
    return made, global_id("Account", account)


def _adjustment(made: PlayedGroup) -> Variables:
    lines = [
        {"account": "write_down", "amount": "12.50", "entityId": made.other},
        {"account": "goodwill", "amount": "-12.50"},
    ]
    return keyed(groupId=made.id, postedOn="2026-02-01", reason="As agreed", lines=lines)


async def adjusted(scene: Scene) -> Any:
    """An adjustment that was entered just now."""
    made = await group(scene)
    done = await scene.stage.play("finance", "EnterGroupAdjustment", **_adjustment(made))
    return done.value["groupAdjustment"]


async def adjusted_group(scene: Scene) -> PlayedGroup:
    """A group with an adjustment."""
    made = await group(scene)
    await scene.stage.play("finance", "EnterGroupAdjustment", **_adjustment(made))
    return made


async def elimination(scene: Scene) -> str:
    """The key of a sale that is left out."""
    made = await trading_group(scene)
    done = await scene.stage.play("finance", "ConsolidatedTrialBalance", groupId=made.id, asOf=END)
    return str(next(e["key"] for e in done.value["eliminations"] if e["kind"] == "SALES"))


GROUPS = {
    "ConsolidationGroups": Play("finance"),
    "CreateConsolidationGroup": Play("finance", _made),
    "ChangeConsolidationGroup": Play(
        "finance", lambda s: keyed(groupId=s.prepared.id, name="Everybody"), group
    ),
    "SetGroupHolding": Play("finance", lambda s: _held(s.prepared, "75.5"), group),
    "MarkAffiliateAccount": Play(
        "finance",
        lambda s: keyed(
            groupId=s.prepared[0].id,
            accountId=s.prepared[1],
            affiliateId=s.prepared[0].other,
            kind="INVESTMENT",
        ),
        with_account,
    ),
    "ConsolidatedTrialBalance": Play(
        "finance", lambda s: {"groupId": s.prepared.id, "asOf": END}, trading_group
    ),
    "EliminatedLines": Play("finance", lambda s: {"elimination": s.prepared}, elimination),
    "EliminatedLayers": Play("finance", lambda s: {"elimination": s.prepared}, elimination),
    "GroupAdjustments": Play("finance", lambda s: {"groupId": s.prepared.id}, adjusted_group),
    "EnterGroupAdjustment": Play("finance", lambda s: _adjustment(s.prepared), group),
    "ReverseGroupAdjustment": Play(
        "finance",
        lambda s: keyed(adjustmentId=s.prepared["id"], reason="It was not so"),
        adjusted,
    ),
}
