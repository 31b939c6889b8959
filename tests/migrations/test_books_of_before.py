"""Books that were kept before numbers, periods and base amounts are brought into them."""

import json
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.database import async_url, migrate
from tests.factories.databases import administer, with_database

NAME = "crossdock_books_of_before"
TENANT = """
WITH t AS (INSERT INTO tenant (slug, name, created_at) VALUES ('before', 'Before', now())
           RETURNING id)
SELECT set_config('app.tenant_id', id::text, false) FROM t
"""
ENTITY = """
INSERT INTO legal_entity (tenant_id, code, name, country, currency, fiscal_year_start_month,
                          created_at)
VALUES (current_setting('app.tenant_id')::int, 'UK1', 'Before Ltd', 'GB', 'GBP', 7, now())
RETURNING id
"""
ACCOUNTS = """
INSERT INTO account (tenant_id, entity_id, code, name, kind)
SELECT current_setting('app.tenant_id')::int, :entity, code, 'x', 'asset'
FROM unnest(ARRAY['1200', '2050', '7777']) code RETURNING id
"""
JOURNALS = """
SELECT j.number, j.fiscal_year, j.sequence, min(l.base_amount_minor), bool_and(
    l.posted_on = j.posted_on)
FROM journal j JOIN journal_line l ON l.tenant_id = j.tenant_id AND l.journal_id = j.id
GROUP BY j.id, j.number, j.fiscal_year, j.sequence ORDER BY j.id
"""


def _journal(number: int, entity: int, accounts: list[int], on: str) -> dict[str, Any]:
    """As a program of before hands it in: with a number of its own and no base amounts."""
    lines = [
        {"account_id": account, "leg": leg, "amount_minor": amount, "currency": "GBP"}
        for account, leg, amount in zip(accounts, ("inventory", "x"), (500, -500), strict=False)
    ]
    return {
        "number": f"JE-{number}",
        "entity_id": entity,
        "milestone": "receipt",
        "source_kind": "stock_document",
        "source_id": number,
        "posted_on": on,
        "posted_at": "2026-01-01T00:00:00Z",
        "description": "of before",
        "lines": lines,
    }


async def _post(connection: AsyncConnection, *journals: dict[str, Any]) -> None:
    await connection.execute(
        text("SELECT * FROM post_journals(cast(:entries AS jsonb))"),
        {"entries": json.dumps(journals)},
    )


async def test_books_of_before_get_numbers_roles_and_base_amounts(owner_url: str) -> None:
    await administer(owner_url, f'DROP DATABASE IF EXISTS "{NAME}"')
    await administer(owner_url, f'CREATE DATABASE "{NAME}"')
    url = with_database(owner_url, NAME)
    await migrate(url, revision="0022")
    engine = create_async_engine(async_url(url))
    async with engine.connect() as connection:
        await connection.execute(text(TENANT))
        entity = (await connection.execute(text(ENTITY))).scalar_one()
        made = await connection.execute(text(ACCOUNTS), {"entity": entity})
        accounts = list(made.scalars())
        days = ("2025-06-30", "2025-07-01", "2026-01-01")
        await _post(
            connection,
            *(_journal(n, entity, accounts, on) for n, on in enumerate(days, start=1)),
        )
        await connection.commit()
    await engine.dispose()
    await migrate(url, revision="0023")
    engine = create_async_engine(async_url(url))
    async with engine.connect() as connection:
        tenant = "SELECT set_config('app.tenant_id', id::text, false) FROM tenant WHERE id > 0"
        await connection.execute(text(tenant))
        # A program of before still works while the new one comes up.
        await _post(connection, _journal(9, entity, accounts, "2026-02-01"))
        journals = [tuple(row) for row in await connection.execute(text(JOURNALS))]
        roles = await connection.execute(text("SELECT role FROM account ORDER BY id"))
        assert list(roles.scalars()) == ["inventory", "goods_received", None]
        book = await connection.execute(text("SELECT entity_id, start_month FROM entity_book"))
        assert [tuple(row) for row in book] == [(entity, 7)]
        counter = "SELECT fiscal_year, last FROM journal_counter ORDER BY fiscal_year"
        found = await connection.execute(text(counter))
        assert [tuple(row) for row in found] == [(2025, 1), (2026, 3)]
    await engine.dispose()
    assert journals == [
        ("JE-1", 2025, 1, -500, True),
        ("JE-2", 2026, 1, -500, True),
        ("JE-3", 2026, 2, -500, True),
        ("UK1-2026-3", 2026, 3, -500, True),
    ]
    await administer(owner_url, f'DROP DATABASE "{NAME}"')
