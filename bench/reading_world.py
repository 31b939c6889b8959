"""A tenant with stock and orders to be read, for benchmarks; filled by the database itself."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tenancy.authentication import Authenticator
from tenancy.permissions import ALL_PERMISSIONS
from tenancy.principals import system_principal
from tenancy.transaction import scoped_transaction

ITEMS, LOCATIONS, ORDERS, LINES = 100, 5, 50, 4
_FILL = """
INSERT INTO user_account (tenant_id, username, display_name, tokens_valid_from, created_at)
    VALUES (:t, 'reader', 'Reader', :now, :now);
INSERT INTO role (tenant_id, name) VALUES (:t, 'reader');
INSERT INTO role_permission (tenant_id, role_id, permission)
    SELECT :t, r.id, p FROM role r, unnest(cast(:permissions AS text[])) p
    WHERE r.tenant_id = :t AND r.name = 'reader';
INSERT INTO user_role (tenant_id, user_id, role_id)
    SELECT :t, u.id, r.id FROM user_account u, role r
    WHERE u.tenant_id = :t AND r.tenant_id = :t AND r.name = 'reader';
INSERT INTO legal_entity (tenant_id, code, name, country, currency, created_at)
    VALUES (:t, 'E', 'Entity', 'DE', 'EUR', :now);
INSERT INTO location (tenant_id, code, name, kind, entity_id, created_at)
    SELECT :t, 'L' || n, 'Location', 'owned', e.id, :now
    FROM legal_entity e, generate_series(1, :locations) n WHERE e.tenant_id = :t;
INSERT INTO item (tenant_id, sku, name, base_unit, created_at)
    SELECT :t, 'SKU' || n, 'Item', 'EA', :now FROM generate_series(1, :items) n;
INSERT INTO stock_balance (tenant_id, item_id, location_id, owner_id, on_hand, reserved)
    SELECT :t, i.id, l.id, l.entity_id, 100 + i.id % 7, 3 FROM item i, location l
    WHERE i.tenant_id = :t AND l.tenant_id = :t;
INSERT INTO channel (tenant_id, code, name, kind, source, entity_id, currency, created_at)
    SELECT :t, 'C', 'Channel', 'portal', 'generic', e.id, 'EUR', :now FROM legal_entity e
    WHERE e.tenant_id = :t;
INSERT INTO party (tenant_id, code, name, is_customer, created_at)
    SELECT :t, 'P' || n, 'Customer ' || n, true, :now FROM generate_series(1, :orders) n;
INSERT INTO sales_order (tenant_id, number, channel_id, entity_id, party_id, currency, ordered_at,
        received_at, subtotal_minor, discount_minor, tax_minor, shipping_minor, total_minor, status)
    SELECT :t, 'SO-' || p.id, c.id, c.entity_id, p.id, 'EUR', :now, :now, 4000, 0, 0, 0, 4000,
        'backordered'
    FROM channel c, party p WHERE c.tenant_id = :t AND p.tenant_id = :t;
INSERT INTO sales_order_line (tenant_id, order_id, party_id, line_number, item_id,
        quantity_ordered, unit, quantity, unit_price, net_minor)
    SELECT :t, o.id, o.party_id, n, (SELECT min(id) FROM item WHERE tenant_id = :t) + n, 2, 'EA',
        2, 5, 1000
    FROM sales_order o, generate_series(1, :lines) n WHERE o.tenant_id = :t;
"""


@dataclass(frozen=True, slots=True)
class ReadingWorld:
    """The tenant, a token of a reader of everything, and the ids of its items."""

    tenant_id: int
    token: str
    item_ids: list[int]


async def fill_world(engine: AsyncEngine, authenticator: Authenticator) -> ReadingWorld:
    """Make the tenant: 100 items at 5 locations, 50 orders with 4 lines and a customer each."""
    now = datetime.now(UTC)
    async with scoped_transaction(engine, system_principal(0)) as connection:
        made = await connection.execute(
            text("SELECT create_tenant('reading', 'reading', :now)"), {"now": now}
        )
        tenant_id = int(made.scalar_one())
    values = {
        "t": tenant_id,
        "now": now,
        "permissions": list(ALL_PERMISSIONS),
        "locations": LOCATIONS,
        "items": ITEMS,
        "orders": ORDERS,
        "lines": LINES,
    }
    async with scoped_transaction(engine, system_principal(tenant_id)) as connection:
        for statement in filter(str.strip, _FILL.split(";\n")):
            bound = text(statement)
            given = {name: values[name] for name in bound._bindparams}
            await connection.execute(bound, given)
        ids: Any = await connection.execute(
            text("SELECT id FROM item WHERE tenant_id = :t ORDER BY id"), {"t": tenant_id}
        )
        item_ids = list(ids.scalars())
    return ReadingWorld(
        tenant_id, await authenticator.issue_token("reading", "reader", now), item_ids
    )
