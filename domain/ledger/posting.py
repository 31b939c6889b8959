"""Posting: a milestone becomes a journal in an entity's books, in one transaction with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from domain.kernel.numbers import draw_numbers
from domain.kernel.work import Work
from domain.ledger.books import open_books
from domain.ledger.models import PostingRule
from domain.ledger.outcomes import AlreadyPosted, PostingRuleMissing

POST_JOURNALS = text(
    "SELECT journal_id FROM post_journals(:entries) ORDER BY entry_position"
).bindparams(bindparam("entries", type_=JSONB))
Rules = Mapping[tuple[int, str, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a milestone of one source means in one entity's books.

    `legs` are (leg name, amount in minor units of `currency`): a debit is positive. `trace` leads
    back to what caused it: {"shipment_id", "order_id", "intake_message_id"} as far as they are."""

    entity_id: int
    milestone: str
    source_kind: str
    source_id: int
    currency: str
    legs: tuple[tuple[str, int], ...]
    posted_on: date
    description: str
    trace: dict[str, Any] = field(default_factory=dict)

    @property
    def moving_legs(self) -> tuple[tuple[str, int], ...]:
        """The legs that move money."""
        return tuple(leg for leg in self.legs if leg[1] != 0)


async def post(work: Work, entries: Sequence[Entry]) -> list[int]:
    """Write a journal for each entry that moves money; their ids, in the order of the entries.

    The account of each leg is the posting rules' choice; an entity without books gets the
    standard ones. Journal numbers are drawn here: take every other lock before. The database
    refuses what does not balance (IntegrityError). Raises AlreadyPosted when a milestone of a
    source is in the books, PostingRuleMissing when a leg has no account."""
    posted = [entry for entry in entries if entry.moving_legs]
    if not posted:
        return []
    # A partner that ships or receives moves the house's money and sees none of it.
    async with work.house():
        return await _post(work, posted)


async def _post(work: Work, posted: Sequence[Entry]) -> list[int]:
    rules = await _rules(work, posted)
    numbers = await draw_numbers(work, journal=len(posted))
    return await write_journals(
        work,
        [
            _journal(work, entry, number, _lines(entry, rules))
            for entry, number in zip(posted, numbers["journal"], strict=True)
        ],
    )


async def write_journals(work: Work, journals: Sequence[Mapping[str, Any]]) -> list[int]:
    """Hand finished journals to the database's own function, the one door to the books."""
    try:
        return list(await work.values(POST_JOURNALS, {"entries": list(journals)}))
    except IntegrityError as error:
        if "uq_journal_" not in str(error.orig):
            raise
        raise AlreadyPosted(
            "This is in the books already.",
            sources=[(j["milestone"], j["source_kind"], j["source_id"]) for j in journals],
        ) from error


async def _rules(work: Work, entries: Sequence[Entry]) -> Rules:
    rules = await _find_rules(work, entries)
    lacking = {entity for entity, _, _ in _needed(entries) - rules.keys()}
    if lacking:
        await open_books(work, lacking)
        rules = await _find_rules(work, entries)
    for entity_id, milestone, leg in sorted(_needed(entries) - rules.keys()):
        raise PostingRuleMissing(
            f"No account is named for {leg} at {milestone}.",
            entity_id=entity_id,
            milestone=milestone,
            leg=leg,
        )
    return rules


def _needed(entries: Sequence[Entry]) -> set[tuple[int, str, str]]:
    return {
        (entry.entity_id, entry.milestone, leg) for entry in entries for leg, _ in entry.moving_legs
    }


async def _find_rules(work: Work, entries: Sequence[Entry]) -> Rules:
    rows = await work.rows(
        select(
            PostingRule.entity_id, PostingRule.milestone, PostingRule.leg, PostingRule.account_id
        ).where(
            PostingRule.tenant_id == work.tenant_id,
            PostingRule.entity_id.in_({entry.entity_id for entry in entries}),
            PostingRule.milestone.in_({entry.milestone for entry in entries}),
        )
    )
    return {(row.entity_id, row.milestone, row.leg): row.account_id for row in rows}


def _lines(entry: Entry, rules: Rules) -> list[dict[str, Any]]:
    return [
        {
            "account_id": rules[entry.entity_id, entry.milestone, leg],
            "leg": leg,
            "amount_minor": amount,
            "currency": entry.currency,
        }
        for leg, amount in entry.moving_legs
    ]


def _journal(
    work: Work, entry: Entry, number: str, lines: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "number": number,
        "entity_id": entry.entity_id,
        "milestone": entry.milestone,
        "source_kind": entry.source_kind,
        "source_id": entry.source_id,
        "posted_on": entry.posted_on.isoformat(),
        "posted_at": work.now.isoformat(),
        "description": entry.description,
        "trace": entry.trace,
        "reverses_id": None,
        "lines": list(lines),
    }
