"""Groups are set up: who belongs to them from when on, and which accounts are with an affiliate."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity, Party
from domain.finance.consolidation.events import ConsolidationGroupChanged
from domain.finance.consolidation.outcomes import HoldingUnsound
from domain.finance.consolidation.policies.entering import require_markable
from domain.finance.consolidation.policies.ownership import (
    HUNDRED,
    Holding,
    circle_in,
    held_too_much,
)
from domain.finance.consolidation.scope import holdings_of
from domain.finance.models import AffiliateAccount, ConsolidationGroup, GroupHolding
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.quantity import plain
from domain.kernel.records import change_record, lock_record, make_record, require_record
from domain.kernel.work import Work
from domain.ledger.facts import base_currency
from domain.ledger.models import Account

_KIND = "consolidation group"
_SMALLEST = Decimal("0.000001")
_MOST_HOLDINGS, _MOST_MARKS = 1000, 1000


@operation("consolidation.manage")
async def create_consolidation_group(
    work: Work, *, code: str, name: str, parent_id: int, currency: str | None = None
) -> int:
    """A new group of a parent entity, which reports in a currency (absent: the parent's); its id.
    Raises InvalidInput, NotFound, CodeTaken."""
    own = await base_currency(work, parent_id)
    values: dict[str, Any] = {
        "code": text.code(code),
        "name": text.name(name),
        "parent_id": parent_id,
        "currency": own if currency is None else iso.currency(currency),
    }
    group_id = await make_record(work, ConsolidationGroup, values, kind=_KIND)
    _tell(work, group_id, values["code"], "create_consolidation_group", after=values)
    return group_id


@operation("consolidation.manage")
async def change_consolidation_group(
    work: Work,
    *,
    group_id: int,
    code: str | None = None,
    name: str | None = None,
    expected_version: int | None = None,
) -> int:
    """Call a group something else; its id. Raises InvalidInput, NotFound, StaleVersion,
    CodeTaken."""
    group = await _locked(work, group_id, expected_version)
    values: dict[str, Any] = {}
    if code is not None:
        values["code"] = text.code(code)
    if name is not None:
        values["name"] = text.name(name)
    before = await change_record(work, ConsolidationGroup, group, values, kind=_KIND)
    if before:
        after = {each: values[each] for each in before}
        told = values.get("code", group.code)
        _tell(work, group_id, told, "change_consolidation_group", before=before, after=after)
    return group_id


@operation("consolidation.manage")
async def set_group_holding(
    work: Work,
    *,
    group_id: int,
    owner_id: int,
    entity_id: int,
    effective_from: date,
    percent: Decimal | None,
) -> int:
    """The owner holds so much of the entity from a day on: more than nothing makes it belong to the
    group, nothing takes it out; None takes back what was said for that day. Gives the group's id.

    Raises InvalidInput, NotFound, HoldingUnsound."""
    if owner_id == entity_id:
        raise InvalidInput("Must be another entity.", path=("entity_id",))
    if percent is not None and not (0 <= percent <= HUNDRED and percent % _SMALLEST == 0):
        message = "Must be 0 to 100, with at most 6 decimals."
        raise InvalidInput(message, path=("percent",))
    group = await _locked(work, group_id)
    for each in (owner_id, entity_id):
        await require_record(work, LegalEntity.__table__, each, kind="legal entity")
    key = {
        "tenant_id": work.tenant_id,
        "group_id": group_id,
        "owner_id": owner_id,
        "entity_id": entity_id,
        "effective_from": effective_from,
    }
    place = (owner_id, entity_id, effective_from)
    before, others = await _holdings_beside(work, group_id, place)
    said = [] if percent is None else [Holding(owner_id, entity_id, percent, effective_from)]
    _require_sound(group, [*others, *said], entity_id)
    if percent is None:
        await work.execute(delete(GroupHolding).filter_by(**key))
    else:
        statement = insert(GroupHolding).values(**key, percent=percent, created_at=work.now)
        await work.execute(
            statement.on_conflict_do_update(index_elements=list(key), set_={"percent": percent})
        )
    told = {name: key[name] for name in ("owner_id", "entity_id", "effective_from")}
    _tell(
        work,
        group_id,
        group.code,
        "set_group_holding",
        before={"percent": None if before is None else plain(before)},
        after={**told, "percent": percent},
    )
    return group_id


@operation("consolidation.manage")
async def mark_affiliate_account(
    work: Work,
    *,
    group_id: int,
    account_id: int,
    affiliate_id: int | None,
    kind: str = "balance",
    party_id: int | None = None,
) -> int:
    """What stands on an account (of a party) is with an affiliate, and is eliminated as a balance,
    as trade, as a dividend or as an investment; no affiliate: it is not. Gives the group's id.

    Raises InvalidInput, NotFound."""
    group = await _locked(work, group_id)
    account = await _account(work, account_id)
    require_markable(kind, account.kind, account.role)
    if affiliate_id == account.entity_id:
        raise InvalidInput("Must be another entity.", path=("affiliate_id",))
    await require_record(work, LegalEntity.__table__, affiliate_id, kind="legal entity")
    await require_record(work, Party.__table__, party_id, kind="party")
    before = await _unmark(work, group_id, account_id, party_id)
    values = {
        "account_id": account_id,
        "party_id": party_id,
        "affiliate_id": affiliate_id,
        "kind": kind,
    }
    if affiliate_id is not None:
        await _mark(work, group_id, values)
    _tell(work, group_id, group.code, "mark_affiliate_account", before=before, after=values)
    return group_id


async def _unmark(
    work: Work, group_id: int, account_id: int, party_id: int | None
) -> dict[str, Any] | None:
    """What was said of an account (of a party) is said no more; what it was."""
    mark = AffiliateAccount
    row = await work.row(
        delete(mark)
        .where(
            mark.tenant_id == work.tenant_id,
            mark.group_id == group_id,
            mark.account_id == account_id,
            mark.party_id.is_not_distinct_from(party_id),
        )
        .returning(mark.affiliate_id, mark.kind)
    )
    return None if row is None else dict(row._mapping)


async def _mark(work: Work, group_id: int, values: dict[str, Any]) -> None:
    mark = AffiliateAccount
    mine = [mark.tenant_id == work.tenant_id, mark.group_id == group_id]
    others = [*mine, mark.account_id == values["account_id"]]
    if values["party_id"] is not None:
        others.append(mark.party_id.is_(None))
    if await work.value(select(mark.id).where(*others).limit(1)) is not None:
        message = "An account is marked as a whole, or by parties."
        raise InvalidInput(message, path=("party_id",))
    own = {"tenant_id": work.tenant_id, "group_id": group_id, "created_at": work.now}
    await work.execute(insert(mark).values(**own, **values))
    await _require_room(work, mine)


async def _locked(work: Work, group_id: int, expected_version: int | None = None) -> Row[Any]:
    return await lock_record(
        work, ConsolidationGroup, group_id, kind=_KIND, expected_version=expected_version
    )


async def _account(work: Work, account_id: int) -> Row[Any]:
    row = await work.row(
        select(Account.entity_id, Account.kind, Account.role).where(
            Account.tenant_id == work.tenant_id, Account.id == account_id
        )
    )
    if row is None:
        raise NotFound("account")
    return row


async def _holdings_beside(
    work: Work, group_id: int, place: tuple[int, int, date]
) -> tuple[Decimal | None, list[Holding]]:
    """What is said of (owner, entity, day) in a group, and all else that is said in it."""
    every = {
        (each.owner_id, each.entity_id, each.effective_from): each
        for each in await holdings_of(work, group_id)
    }
    known = every.pop(place, None)
    return None if known is None else known.percent, list(every.values())


def _require_sound(group: Row[Any], holdings: Sequence[Holding], entity_id: int) -> None:
    if len(holdings) > _MOST_HOLDINGS:
        raise InvalidInput(f"A group has at most {_MOST_HOLDINGS} holdings.", path=("entity_id",))
    if circle_in(group.parent_id, holdings):
        message = "Entities would hold each other in a circle."
        raise HoldingUnsound(message, path=("owner_id",), entity_id=entity_id)
    if held_too_much(holdings):
        message = "More than the whole of an entity would be held."
        raise HoldingUnsound(message, path=("percent",), entity_id=entity_id)


async def _require_room(work: Work, mine: list[Any]) -> None:
    marks = await work.values(select(AffiliateAccount.id).where(*mine).limit(_MOST_MARKS + 1))
    if len(marks) > _MOST_MARKS:
        message = f"A group has at most {_MOST_MARKS} of these."
        raise InvalidInput(message, path=("account_id",))


def _tell(work: Work, group_id: int, code: str, done: str, **what: Any) -> None:
    work.record(ConsolidationGroupChanged(aggregate_id=group_id, code=code))
    work.audit(done, subject="consolidation_group", subject_id=group_id, **what)
