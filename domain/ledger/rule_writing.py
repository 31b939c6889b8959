"""An entity's own posting rules: what makes them sound, drafting and activating a version."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import column, func, select, table, update
from sqlalchemy.engine import Row

from domain.entities.models import Location
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.governing import require_variant_allowed
from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.books import lock_books
from domain.ledger.events import PostingRulesActivated
from domain.ledger.models import Account, PostingRule, PostingRuleVersion
from domain.ledger.policy import CONTROL_ROLES
from domain.ledger.rule_choice import CONDITIONS
from domain.ledger.standard_rules.everything import STANDARD_RULES

# As governance calls it.
KIND = "posting_rules"
DRAFT, ACTIVE, WITHDRAWN = "draft", "active", "withdrawn"
FIELDS = ("milestone", "leg", "account_id", *CONDITIONS, "project")
MOST_RULES = 500
# Channels stand in a higher area, which this one must not import.
_CHANNEL = table("channel", column("tenant_id"), column("id"))
_PLAIN = {"item_group", "party_group", "project"}
WrittenRule = dict[str, Any]


async def sound_rules(
    reader: Reader, entity_id: int, rules: Sequence[Mapping[str, Any]]
) -> list[WrittenRule]:
    """The rules with every field. Raises InvalidInput for a leg that no milestone has, that
    follows documents of its own, or is ruled twice under the same conditions; NotFound."""
    if len(rules) > MOST_RULES:
        raise InvalidInput(f"At most {MOST_RULES} rules.", path=("rules",))
    sound = [_sound(rule, ("rules", place)) for place, rule in enumerate(rules)]
    seen: set[tuple[Any, ...]] = set()
    for place, rule in enumerate(sound):
        what = tuple(rule[name] for name in FIELDS if name not in ("account_id", "project"))
        if what in seen:
            message = "There is a rule for this leg under these conditions."
            raise InvalidInput(message, path=("rules", place))
        seen.add(what)
    await _require_accounts(reader, entity_id, sound)
    for name, source, kind in (
        ("channel_id", _CHANNEL, "channel"),
        ("location_id", Location.__table__, "location"),
    ):
        await _require_rows(reader, {rule[name] for rule in sound} - {None}, source, kind)
    return sound


async def write_draft(
    work: Work, entity_id: int, rules: Sequence[WrittenRule], *, note: str | None
) -> int:
    """Keep sound rules as the entity's next version; its id. The entity's books are locked, so
    that versions are numbered one after the other. Raises NotFound."""
    if not await lock_books(work, [entity_id]):
        raise NotFound("legal entity")
    last = await work.value(
        select(func.max(PostingRuleVersion.number)).where(
            PostingRuleVersion.tenant_id == work.tenant_id,
            PostingRuleVersion.entity_id == entity_id,
        )
    )
    version = {
        "entity_id": entity_id,
        "number": (last or 0) + 1,
        "note": note,
        "created_by": work.principal.name,
        "created_at": work.now,
    }
    (version_id,) = await insert_ids(work, PostingRuleVersion, [version])
    rows = [{"entity_id": entity_id, "version_id": version_id, **rule} for rule in rules]
    await insert_rows(work, PostingRule, rows)
    return version_id


async def put_into_effect(work: Work, version_id: int, effective_from: date) -> None:
    """Make a drafted version count from a day on, today or later. Raises NotFound, InvalidState,
    InvalidInput, VariantNotAllowed."""
    if effective_from < work.now.date():
        raise InvalidInput("Must not be in the past.", path=("effectiveFrom",))
    version = await locked_version(work, version_id)
    await require_variant_allowed(work, KIND, "entity")
    if version.status != DRAFT:
        message = "Only a draft is activated."
        raise InvalidState(message, state=version.status, allowed=[])
    await work.execute(
        update(PostingRuleVersion)
        .where(PostingRuleVersion.tenant_id == work.tenant_id, PostingRuleVersion.id == version_id)
        .values(
            status=ACTIVE, effective_from=effective_from, version=PostingRuleVersion.version + 1
        )
    )
    work.record(
        PostingRulesActivated(
            aggregate_id=version_id,
            entity_id=version.entity_id,
            effective_from=effective_from.isoformat(),
        )
    )
    work.audit(
        "activate_posting_rules",
        subject="posting_rule_version",
        subject_id=version_id,
        after={"effective_from": effective_from},
    )


async def locked_version(work: Work, version_id: int) -> Row[Any]:
    """The version, locked. Raises NotFound."""
    row = await work.row(
        select(*PostingRuleVersion.__table__.c)
        .where(PostingRuleVersion.tenant_id == work.tenant_id, PostingRuleVersion.id == version_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound("posting rules")
    return row


async def rules_of_version(reader: Reader, version_id: int) -> list[WrittenRule]:
    """The rules of a version, in order, each with every field."""
    rows = await reader.rows(
        select(*(getattr(PostingRule, name) for name in FIELDS))
        .where(PostingRule.tenant_id == reader.tenant_id, PostingRule.version_id == version_id)
        .order_by(PostingRule.id)
    )
    return [dict(zip(FIELDS, row, strict=True)) for row in rows]


async def version_in_effect(reader: Reader, entity_id: int, on: date) -> int | None:
    """The id of the version that counts on a day."""
    version_id: int | None = await reader.value(
        select(PostingRuleVersion.id)
        .where(
            PostingRuleVersion.tenant_id == reader.tenant_id,
            PostingRuleVersion.entity_id == entity_id,
            PostingRuleVersion.status == ACTIVE,
            PostingRuleVersion.effective_from <= on,
        )
        .order_by(PostingRuleVersion.effective_from.desc(), PostingRuleVersion.number.desc())
        .limit(1)
    )
    return version_id


def _sound(rule: Mapping[str, Any], path: tuple[str | int, ...]) -> WrittenRule:
    unknown = sorted(rule.keys() - set(FIELDS))
    if unknown:
        raise InvalidInput("A rule has no such field.", path=(*path, unknown[0]))
    milestone, leg = rule.get("milestone"), rule.get("leg")
    role = STANDARD_RULES.get((str(milestone), str(leg)))
    if role is None:
        raise InvalidInput("No such milestone posts such a leg.", path=(*path, "leg"))
    if role in CONTROL_ROLES:
        message = "This leg follows documents of its own; its account is fixed by the chart."
        raise InvalidInput(message, path=(*path, "leg"))
    if not isinstance(rule.get("account_id"), int):
        raise InvalidInput("Say which account.", path=(*path, "account_id"))
    sound = {name: rule.get(name) for name in FIELDS}
    for name in _PLAIN:
        if sound[name] is not None:
            sound[name] = text.code(str(sound[name]), path=(*path, name))
    if sound["country"] is not None:
        sound["country"] = iso.country(sound["country"], path=(*path, "country"))
    if sound["currency"] is not None:
        sound["currency"] = iso.currency(sound["currency"], path=(*path, "currency"))
    return sound


async def _require_accounts(reader: Reader, entity_id: int, rules: Sequence[WrittenRule]) -> None:
    rows = await reader.rows(
        select(Account.id, Account.status, Account.role).where(
            Account.tenant_id == reader.tenant_id,
            Account.entity_id == entity_id,
            Account.id.in_({rule["account_id"] for rule in rules}),
        )
    )
    known = {row.id: row for row in rows}
    for place, rule in enumerate(rules):
        account = known.get(rule["account_id"])
        if account is None:
            raise NotFound("account")
        if account.status != ACTIVE or account.role in CONTROL_ROLES:
            message = "The account is closed, or follows documents of its own."
            raise InvalidInput(message, path=("rules", place, "account_id"))


async def _require_rows(reader: Reader, wanted: set[Any], source: Any, kind: str) -> None:
    if not wanted:
        return
    found = await reader.values(
        select(source.c.id).where(source.c.tenant_id == reader.tenant_id, source.c.id.in_(wanted))
    )
    if set(found) != wanted:
        raise NotFound(kind)
