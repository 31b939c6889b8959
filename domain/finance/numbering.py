"""Numbers of finance's documents. They are drawn with the books locked: so a work that issues
several, and posts in between, never waits for somebody who waits for its books.

Invoices and credit notes are counted by each entity for itself, without gaps: IN-US1-7."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity
from domain.kernel.numbers import draw_numbers
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.books import lock_books


async def entities_of(reader: Reader, ids: Collection[int]) -> dict[int, Row[Any]]:
    """Code, country and currency of entities, by id."""
    rows = await reader.rows(
        select(LegalEntity.id, LegalEntity.code, LegalEntity.country, LegalEntity.currency).where(
            LegalEntity.tenant_id == reader.tenant_id, LegalEntity.id.in_(ids)
        )
    )
    return {row.id: row for row in rows}


async def draw_for_entities(
    work: Work, wanted: Mapping[tuple[str, int], int], entities: Mapping[int, Row[Any]]
) -> dict[tuple[str, int], list[str]]:
    """So many numbers of each (kind, entity id), with the entities' books locked."""
    if not wanted:
        return {}
    await lock_books(work, entities)
    drawn = await draw_numbers(work, **{f"{kind}:{who}": n for (kind, who), n in wanted.items()})
    return {
        (kind, who): [_numbered(label, entities[who].code) for label in drawn[f"{kind}:{who}"]]
        for kind, who in wanted
    }


async def draw_with_books(
    work: Work, kind: str, count: int, entities: Collection[int]
) -> list[str]:
    """So many numbers of a kind that the tenant counts, with the entities' books locked."""
    await lock_books(work, entities)
    return (await draw_numbers(work, **{kind: count}))[kind]


def _numbered(label: str, code: str) -> str:
    prefix, _, number = label.rpartition("-")
    return f"{prefix}-{code}-{number}"
