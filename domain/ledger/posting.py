"""Posting: a milestone becomes a journal in an entity's books, in one transaction with it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, bindparam, select, text
from sqlalchemy.exc import IntegrityError

from domain.entities.models import Party
from domain.kernel import json
from domain.kernel.errors import NotFound
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.books import open_books, open_years
from domain.ledger.currency import in_base
from domain.ledger.entries import NONE, Day, Dimensions, Entry, Leg
from domain.ledger.facts import BookFacts, read_facts
from domain.ledger.outcomes import AlreadyPosted, PeriodClosed, PostingRuleMissing
from domain.ledger.rates import Pair, rates_on
from domain.ledger.rule_choice import Rule, chosen_rule, version_on
from domain.ledger.standard_rules.everything import STANDARD_RULES

__all__ = ["Day", "Dimensions", "Entry", "Leg", "post", "write_journals"]

POST_JOURNALS = text(
    "SELECT journal_id FROM post_journals(CAST(:entries AS jsonb)) ORDER BY entry_position"
).bindparams(bindparam("entries", type_=Text))
Facts = Mapping[int, BookFacts]
Rates = Mapping[date, Mapping[Pair, Decimal]]
Journal = tuple[Entry, Sequence[Leg]]


async def post(work: Work, entries: Sequence[Entry]) -> list[int]:
    """Write a journal for each entry that moves money; their ids, in the order of the entries.

    The account of each leg is the posting rules' choice; an entity without books gets those of
    its chart. The books of all the entities are locked here until the end of the work: take every
    other lock before, and post once. The database refuses what does not balance (IntegrityError).
    Raises AlreadyPosted when a milestone of a source is in the books, PostingRuleMissing when a
    leg has no account, ExchangeRateMissing, and PeriodClosed for a day that somebody chose."""
    journals = [(entry, legs) for entry in entries if (legs := entry.moving_legs)]
    if not journals:
        return []
    # A partner that ships or receives moves the house's money and sees none of it.
    async with work.house():
        facts = await _facts(work, journals)
        groups = await _party_groups(work, facts, journals)
        rates = await _rates(work, facts, journals)
        return await write_journals(
            work, [_journal(work, entry, legs, facts, groups, rates) for entry, legs in journals]
        )


async def write_journals(work: Work, journals: Sequence[Mapping[str, Any]]) -> list[int]:
    """Hand finished journals to the database's own function, the one door to the books."""
    try:
        return list(await work.values(POST_JOURNALS, {"entries": json.dump(journals)}))
    except IntegrityError as error:
        said = str(error.orig)
        if "uq_journal_tenant_id_entity_id_milestone" in said:
            raise AlreadyPosted(
                "This is in the books already.",
                sources=[(j["milestone"], j["source_kind"], j["source_id"]) for j in journals],
            ) from error
        if "the books of" in said:
            refused = next(j for j in journals if j["posted_on"] in said)
            raise PeriodClosed(
                "The books are closed on that day.",
                entity_id=refused["entity_id"],
                on=date.fromisoformat(refused["posted_on"]),
            ) from error
        raise


async def _facts(work: Work, journals: Sequence[Journal]) -> Facts:
    facts = await _read_facts(work, journals)
    lacking = {entry.entity_id for entry, legs in journals if _lacks_accounts(entry, legs, facts)}
    uncovered: dict[int, list[date]] = {}
    for entry, _ in journals:
        known = facts.get(entry.entity_id)
        if known is None or not known.covers(entry.posted_on):
            uncovered.setdefault(entry.entity_id, []).append(entry.posted_on)
    if not lacking and not uncovered:
        return facts
    await open_books(work, lacking)
    for entity_id in sorted(uncovered):
        await open_years(work, entity_id, *uncovered[entity_id])
    return await _read_facts(work, journals)


async def _read_facts(work: Work, journals: Sequence[Journal]) -> Facts:
    ruled = {(entry.milestone, leg.name) for entry, legs in journals for leg in legs}
    roles = {STANDARD_RULES[each] for each in ruled if each in STANDARD_RULES}
    return await read_facts(
        work,
        entity_ids=sorted({entry.entity_id for entry, _ in journals}),
        roles=sorted(roles),
        milestones=sorted({milestone for milestone, _ in ruled}),
        until=max(entry.posted_on for entry, _ in journals),
    )


def _lacks_accounts(entry: Entry, legs: Sequence[Leg], facts: Facts) -> bool:
    known = facts.get(entry.entity_id)
    if known is None:
        return True
    roles = (STANDARD_RULES.get((entry.milestone, leg.name)) for leg in legs)
    return any(role is not None and role not in known.accounts for role in roles)


async def _party_groups(
    reader: Reader, facts: Facts, journals: Sequence[Journal]
) -> Mapping[int, str | None]:
    """The groups of the legs' parties, where any rule asks for one."""
    asked = any(
        "party_group" in rule.conditions
        for known in facts.values()
        for version in known.versions
        for rule in version.rules
    )
    if not asked:
        return {}
    parties = {(leg.dimensions or NONE).party_id for _, legs in journals for leg in legs}
    rows = await reader.rows(
        select(Party.id, Party.customer_group).where(
            Party.tenant_id == reader.tenant_id, Party.id.in_(parties - {None})
        )
    )
    return {row.id: row.customer_group for row in rows}


async def _rates(reader: Reader, facts: Facts, journals: Sequence[Journal]) -> Rates:
    wanted: dict[date, set[Pair]] = {}
    for entry, legs in journals:
        base = _known(facts, entry).currency
        foreign = {
            (leg.currency or base, base)
            for leg in legs
            if leg.base_amount_minor is None and leg.currency != base
        }
        if foreign:
            wanted.setdefault(entry.posted_on, set()).update(foreign)
    return {on: await rates_on(reader, pairs, on=on) for on, pairs in sorted(wanted.items())}


def _known(facts: Facts, entry: Entry) -> BookFacts:
    if entry.entity_id not in facts:
        raise NotFound("legal entity")
    return facts[entry.entity_id]


def _journal(
    work: Work,
    entry: Entry,
    legs: Sequence[Leg],
    facts: Facts,
    groups: Mapping[int, str | None],
    rates: Rates,
) -> dict[str, Any]:
    known = facts[entry.entity_id]
    version = version_on(known.versions, entry.posted_on)
    rules = version.rules if version is not None else ()
    ruled = [ruled_leg(entry, leg, rules, known.accounts, groups) for leg in legs]
    lines = in_base(ruled, known.currency, rates.get(entry.posted_on, {}))
    return {
        "entity_id": entry.entity_id,
        "milestone": entry.milestone,
        "source_kind": entry.source_kind,
        "source_id": entry.source_id,
        "posted_on": entry.posted_on.isoformat(),
        "posted_at": work.now.isoformat(),
        "day": entry.day.value,
        "description": entry.description,
        "country": entry.country,
        "trace": entry.trace,
        "reverses_id": entry.reverses_id,
        "lines": [line_of(leg) for leg in lines],
    }


def ruled_leg(
    entry: Entry,
    leg: Leg,
    rules: Sequence[Rule],
    accounts: Mapping[str, int],
    groups: Mapping[int, str | None],
) -> Leg:
    """The leg with its account, and the project that its rule says. Pure.

    Raises PostingRuleMissing."""
    if leg.account_id is not None:
        return leg
    said = leg.dimensions or NONE
    if rules:
        circumstances = said.stated() | {"country": entry.country, "currency": leg.currency}
        if said.party_id is not None:
            circumstances["party_group"] = groups.get(said.party_id)
        rule = chosen_rule(
            rules, milestone=entry.milestone, leg=leg.name, circumstances=circumstances
        )
        if rule is not None:
            put = said if rule.project is None else replace(said, project=rule.project)
            return replace(leg, account_id=rule.account_id, dimensions=put)
    account_id = accounts.get(STANDARD_RULES.get((entry.milestone, leg.name), ""))
    if account_id is None:
        raise PostingRuleMissing(
            f"No account is named for {leg.name} at {entry.milestone}.",
            entity_id=entry.entity_id,
            milestone=entry.milestone,
            leg=leg.name,
        )
    return replace(leg, account_id=account_id)


def line_of(leg: Leg) -> dict[str, Any]:
    """A leg as the database's function takes it."""
    return {
        "account_id": leg.account_id,
        "leg": leg.name,
        "amount_minor": leg.amount_minor,
        "currency": leg.currency,
        "base_amount_minor": leg.base_amount_minor,
        **(leg.dimensions or NONE).stated(),
    }
