"""An entity's chart of accounts is chosen and changed."""

from typing import Any, TypedDict, Unpack

from sqlalchemy import delete, exists, select, update

from domain.entities.models import LegalEntity
from domain.kernel import text
from domain.kernel.errors import CodeTaken, InvalidInput
from domain.kernel.inserting import insert_rows
from domain.kernel.permissions import operation
from domain.kernel.records import change_record, lock_record, require_record
from domain.kernel.work import Work
from domain.ledger.books import lock_books, open_books, opened_book
from domain.ledger.charts.templates import KINDS, OWN, ROLES, TEMPLATES
from domain.ledger.events import AccountChanged, AccountCreated
from domain.ledger.models import (
    Account,
    EntityBook,
    Journal,
    JournalLine,
    PostingRule,
)
from domain.ledger.outcomes import AccountInUse, BooksInUse

ACTIVE, CLOSED = "active", "closed"


class AccountFields(TypedDict, total=False):
    """What of an account changes; a role of None is taken away."""

    code: str
    name: str
    role: str | None
    status: str


@operation("ledger.manage")
async def create_account(
    work: Work, *, entity_id: int, code: str, name: str, kind: str, role: str | None = None
) -> int:
    """A new account of an entity's chart; its id. With a `role`, the posting rules' legs of that
    role go to it from now on. Raises InvalidInput, NotFound, CodeTaken, AccountInUse."""
    values = {
        "code": text.code(code),
        "name": text.name(name),
        "kind": text.choice(kind, KINDS, path=("kind",)),
        "role": _sound_role(role, kind),
    }
    await require_record(work, LegalEntity.__table__, entity_id, kind="legal entity")
    if role is not None:
        await _free_role(work, entity_id, role)
    made = await insert_rows(
        work,
        Account,
        [{"entity_id": entity_id, **values}],
        returning=("id",),
        unless_there=("tenant_id", "entity_id", "code"),
    )
    if not made:
        message = f"There is already an account with the code {values['code']}."
        raise CodeTaken(message, path=("code",), kind="account", value=values["code"])
    account_id = int(made[0].id)
    work.record(AccountCreated(aggregate_id=account_id, entity_id=entity_id, code=str(code)))
    work.audit("create_account", subject="account", subject_id=account_id, after=values)
    return account_id


@operation("ledger.manage")
async def update_account(
    work: Work,
    *,
    account_id: int,
    expected_version: int | None = None,
    **fields: Unpack[AccountFields],
) -> None:
    """Rename or renumber an account, give it a role, close it or open it again.

    An account that legs go to is not closed; a role with postings does not move. Raises
    InvalidInput, NotFound, StaleVersion, CodeTaken, AccountInUse."""
    row = await lock_record(
        work, Account, account_id, kind="account", expected_version=expected_version
    )
    values = _sound_fields(fields, row.kind)
    role = values.get("role", row.role)
    if role != row.role:
        await _require_unposted(work, account_id)
        if role is not None:
            await _free_role(work, row.entity_id, role)
    if values.get("status", row.status) == CLOSED:
        await _require_unruled(work, account_id, role)
    before = await change_record(work, Account, row, values, kind="account")
    if before:
        work.record(AccountChanged(aggregate_id=account_id, changed=tuple(sorted(before))))
        work.audit(
            "update_account",
            subject="account",
            subject_id=account_id,
            before=before,
            after={name: values[name] for name in before},
        )


@operation("ledger.manage")
async def choose_chart(work: Work, *, entity_id: int, template: str) -> None:
    """Give an entity, while nothing is posted in its books, the accounts of another template:
    `us_gaap`, `ifrs`, or `own` with none, to be created or imported.

    Accounts that were made besides stay. Raises InvalidInput, NotFound, BooksInUse."""
    text.choice(template, TEMPLATES, path=("template",))
    await opened_book(work, entity_id)
    (book,) = await lock_books(work, [entity_id])
    await _require_nothing_posted(work, entity_id)
    await work.execute(
        delete(Account).where(
            Account.tenant_id == work.tenant_id,
            Account.entity_id == entity_id,
            Account.role.is_not(None),
        )
    )
    await work.execute(
        update(EntityBook)
        .where(EntityBook.tenant_id == work.tenant_id, EntityBook.id == book.id)
        .values(template=template, version=EntityBook.version + 1)
    )
    if template != OWN:
        await open_books(work, [entity_id])
    work.audit(
        "choose_chart",
        subject="legal_entity",
        subject_id=entity_id,
        before={"template": book.template},
        after={"template": template},
    )


def _sound_role(role: str | None, kind: str) -> str | None:
    if role is None:
        return None
    if ROLES.get(role) != kind:
        known = ", ".join(sorted(each for each, of_kind in ROLES.items() if of_kind == kind))
        raise InvalidInput(f"An account of this kind may be: {known}.", path=("role",))
    return role


def _sound_fields(fields: AccountFields, kind: str) -> dict[str, Any]:
    text.refuse_nulls(fields, nullable=("role",))
    sound: dict[str, Any] = dict(fields)
    if "code" in fields:
        sound["code"] = text.code(fields["code"])
    if "name" in fields:
        sound["name"] = text.name(fields["name"])
    if "role" in fields:
        sound["role"] = _sound_role(fields["role"], kind)
    if "status" in fields:
        text.choice(fields["status"], (ACTIVE, CLOSED), path=("status",))
    return sound


async def _free_role(work: Work, entity_id: int, role: str) -> None:
    """The account that had the role has it no more, unless something was posted to it."""
    holder = await work.value(
        select(Account.id)
        .where(
            Account.tenant_id == work.tenant_id,
            Account.entity_id == entity_id,
            Account.role == role,
        )
        .with_for_update()
    )
    if holder is None:
        return
    await _require_unposted(work, holder)
    await work.execute(
        update(Account)
        .where(Account.tenant_id == work.tenant_id, Account.id == holder)
        .values(role=None, version=Account.version + 1)
    )


async def _require_unposted(work: Work, account_id: int) -> None:
    posted = exists().where(
        JournalLine.tenant_id == work.tenant_id, JournalLine.account_id == account_id
    )
    if await work.value(select(posted)):
        message = "Something is posted to the account; its role stays where it is."
        raise AccountInUse(message, path=("role",), account_id=account_id, reason=message)


async def _require_unruled(work: Work, account_id: int, role: str | None) -> None:
    ruled = exists().where(
        PostingRule.tenant_id == work.tenant_id,
        PostingRule.account_id == account_id,
        PostingRule.version_id.is_not(None),
    )
    if role is not None or await work.value(select(ruled)):
        message = "Posting rules send legs to the account; it is not closed."
        raise AccountInUse(message, path=("status",), account_id=account_id, reason=message)


async def _require_nothing_posted(work: Work, entity_id: int) -> None:
    posted = exists().where(Journal.tenant_id == work.tenant_id, Journal.entity_id == entity_id)
    ruled = exists().where(
        PostingRule.tenant_id == work.tenant_id, PostingRule.entity_id == entity_id
    )
    if await work.value(select(posted | ruled)):
        message = "The books are in use; their accounts are renamed one by one instead."
        raise BooksInUse(message, entity_id=entity_id)
