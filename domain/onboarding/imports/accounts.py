"""Accounts of charts: one row each, with the role that posting rules know it by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from domain.entities.models import LegalEntity
from domain.kernel import text
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.charts.templates import KINDS, ROLES
from domain.ledger.models import Account
from domain.ledger.operations.accounts import create_account, update_account
from domain.onboarding.imports.attempts import Refused, note_refusal, write_apart
from domain.onboarding.imports.headers import Column
from domain.onboarding.imports.records import Faults, Record, key_text
from domain.onboarding.imports.written import Written

KEY = ("entity", "code")
FIELDS = ("name", "role", "status")


def _kind(value: str) -> str:
    return text.choice(value.lower(), KINDS, path=("kind",))


def _role(value: str) -> str:
    return text.choice(value.lower(), tuple(sorted(ROLES)), path=("role",))


def _status(value: str) -> str:
    return text.choice(value.lower(), ("active", "closed"), path=("status",))


COLUMNS = (
    Column(
        field="entity",
        says="The code of the legal entity whose chart it is.",
        aliases=("legal entity", "company"),
        needed=True,
    ),
    Column(
        field="code",
        says="Its code in the chart.",
        aliases=("account", "account code", "account number", "number"),
        read=text.code,
        needed=True,
    ),
    Column(
        field="name",
        says="Its name; new accounts need it.",
        aliases=("account name", "description"),
        read=text.name,
    ),
    Column(
        field="kind",
        says="asset, liability, equity, income or expense; new accounts need it.",
        aliases=("type", "account type"),
        read=_kind,
    ),
    Column(
        field="role",
        says="What posting rules know it by, such as receivables; none if blank.",
        aliases=("posting role",),
        read=_role,
    ),
    Column(field="status", says="active (if blank) or closed.", read=_status),
)


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """What is wanted of each account, by entity id and code, and what stands."""

    wanted: list[tuple[Record, int]]
    standing: Mapping[tuple[int, str], Any]
    faults: Faults


async def check_accounts(work: Work, records: list[Record], faults: Faults) -> AccountPlan:
    """The rows without faults; every fault is noted."""
    whole = [record for record in records if not faults.failed(record.row)]
    entities = await _entities(work, {record.values["entity"] for record in whole})
    standing = await _standing(work, list(entities.values()))
    seen: dict[tuple[str, str], int] = {}
    wanted = []
    for record in whole:
        code, entity = record.values["code"], record.values["entity"]
        if entity not in entities:
            message, remedy = f"There is no entity {entity}.", "Create it first."
            faults.add(record.row, "entity", "UNKNOWN_ENTITY", message, remedy)
            continue
        first = seen.setdefault((entity, code), record.row)
        if first != record.row:
            message = f"Row {first} speaks of the same account."
            faults.add(record.row, "code", "GIVEN_TWICE", message, "Leave one of them out.")
            continue
        _require_whole(record, standing.get((entities[entity], code)), faults)
        if not faults.failed(record.row):
            wanted.append((record, entities[entity]))
    return AccountPlan(wanted, standing, faults)


async def write_accounts(work: Work, plan: AccountPlan) -> Written:
    """Make and change accounts; what is refused is noted."""
    created = [each for each in plan.wanted if _row(plan, each) is None]
    changed = [
        each
        for each in plan.wanted
        if (row := _row(plan, each)) is not None and _differing(row, each[0])
    ]

    async def make(rows: Sequence[tuple[Record, int]]) -> None:
        for record, entity_id in rows:
            await _create(work, record, entity_id)

    async def change(rows: Sequence[tuple[Record, int]]) -> None:
        for each in rows:
            row = _row(plan, each)
            await update_account(work, account_id=row.id, **_differing(row, each[0]))

    def refused(each: tuple[Record, int], problem: Refused) -> None:
        note_refusal(plan.faults, each[0].row, problem)

    made = await write_apart(work, created, make, refused)
    updated = await write_apart(work, changed, change, refused)
    return Written(len(made), len(updated), len(plan.wanted) - len(created) - len(changed))


async def found_accounts(reader: Reader, plan: AccountPlan) -> Sequence[tuple[str, int]]:
    """Key (entity and code) and id of the wanted accounts that stand."""
    standing = await _standing(reader, sorted({entity_id for _, entity_id in plan.wanted}))
    return [
        (key_text((record.values["entity"], record.values["code"])), row.id)
        for record, entity_id in plan.wanted
        if (row := standing.get((entity_id, record.values["code"]))) is not None
    ]


def _require_whole(record: Record, row: Any, faults: Faults) -> None:
    values = record.values
    if row is None:
        for name in ("name", "kind"):
            if name not in values:
                faults.add(record.row, name, "MISSING", "It is new and has none.", "Fill the cell.")
    kind = values.get("kind") if row is None else row.kind
    if row is not None and values.get("kind", kind) != kind:
        faults.add(record.row, "kind", "BAD_VALUE", f"It is {kind}; that stays.")
    if kind is not None and "role" in values and ROLES[values["role"]] != kind:
        message = f"An account of this role is {ROLES[values['role']]}."
        faults.add(record.row, "role", "BAD_VALUE", message)


async def _create(work: Work, record: Record, entity_id: int) -> None:
    values = record.values
    account_id = await create_account(
        work,
        entity_id=entity_id,
        code=values["code"],
        name=values["name"],
        kind=values["kind"],
        role=values.get("role"),
    )
    if values.get("status") == "closed":
        await update_account(work, account_id=account_id, status="closed")


def _row(plan: AccountPlan, each: tuple[Record, int]) -> Any:
    return plan.standing.get((each[1], each[0].values["code"]))


def _differing(row: Any, record: Record) -> Any:
    return {
        name: record.values[name]
        for name in FIELDS
        if name in record.values and record.values[name] != getattr(row, name)
    }


async def _entities(reader: Reader, codes: set[str]) -> dict[str, int]:
    rows = await reader.rows(
        select(LegalEntity.code, LegalEntity.id).where(
            LegalEntity.tenant_id == reader.tenant_id, LegalEntity.code.in_(codes)
        )
    )
    return {row.code: row.id for row in rows}


async def _standing(reader: Reader, entity_ids: Sequence[int]) -> dict[tuple[int, str], Any]:
    rows = await reader.rows(
        select(*Account.__table__.c).where(
            Account.tenant_id == reader.tenant_id, Account.entity_id.in_(entity_ids)
        )
    )
    return {(row.entity_id, row.code): row for row in rows}
