"""Posting rules as governed configuration. Their key is the entity's row id."""

from typing import Any

from domain.governance.kinds import Content, configurable
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.work import Work
from domain.ledger.books import lock_books, opened_book
from domain.ledger.rule_writing import (
    KIND,
    put_into_effect,
    rules_of_version,
    sound_rules,
    version_in_effect,
    write_draft,
)


async def sound_content(work: Work, key: str | None, proposal: Content) -> Content:
    """All of the entity's own rules as they are to be, and a note. Raises InvalidInput,
    NotFound."""
    rules: Any = proposal.get("rules")
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise InvalidInput("Say what the rules are.", path=("rules",))
    entity_id = _entity(key)
    await opened_book(work, entity_id)
    sound: Content = {"rules": await sound_rules(work, entity_id, rules)}
    if proposal.get("note"):
        sound["note"] = text.prose(proposal["note"], path=("note",))
    return sound


async def rules_as_they_are(work: Work, key: str | None, proposal: Content) -> Content:
    """The entity's own rules that count today, in the places of the proposal."""
    entity_id = _entity(key)
    await lock_books(work, [entity_id])
    version_id = await version_in_effect(work, entity_id, work.now.date())
    rules = [] if version_id is None else await rules_of_version(work, version_id)
    return {name: rules if name == "rules" else None for name in proposal}


@configurable(KIND, title="Posting rules", validate=sound_content, snapshot=rules_as_they_are)
async def apply_rules(work: Work, key: str | None, proposal: Content) -> str:
    """Put a new version that says this into effect today."""
    entity_id = _entity(key)
    rules = await sound_rules(work, entity_id, proposal["rules"] or [])
    version_id = await write_draft(work, entity_id, rules, note=proposal.get("note"))
    await put_into_effect(work, version_id, work.now.date())
    return str(entity_id)


def _entity(key: str | None) -> int:
    if key is None or not key.isdecimal():
        raise NotFound("legal entity")
    return int(key)
