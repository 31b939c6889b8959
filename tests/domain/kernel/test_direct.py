"""Prepared statements go to the driver itself, and fail and are seen as SQLAlchemy's are."""

import pytest
from sqlalchemy import Integer, Text, bindparam, insert, literal, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.kernel.activity import Activity, doing
from domain.kernel.direct import row_class
from domain.kernel.models import IdempotencyRecord
from domain.kernel.prepared import Prepared
from tests.factories.tenants import TenantUnderTest

_PAIR = Prepared(
    select(
        bindparam("number", type_=Integer).label("number"),
        literal("b", Text).label("word"),
        bindparam("number", type_=Integer).label("count"),
    )
)
_FAILS = Prepared(select((literal(1) / bindparam("by", type_=Integer)).label("quotient")))
_INSERT = Prepared(
    insert(IdempotencyRecord).values(
        tenant_id=bindparam("tenant", type_=Integer),
        actor=bindparam("actor", type_=Text),
        key=bindparam("key", type_=Text),
        operation=literal("test", Text),
        input_hash=literal("hash", Text),
        created_at=text("now()"),
    )
)


async def test_a_row_has_its_columns_by_name_and_by_place(tenant: TenantUnderTest) -> None:
    async with tenant.read() as reader:
        [row] = await reader.rows(_PAIR, {"number": 7})
        assert (row.number, row.word, row[0], row[1]) == (7, "b", 7, "b")
        number, word, count = row
        assert (number, word, count, row.count) == (7, "b", 7, 7)
        assert row == (7, "b", 7)
        assert dict(row._mapping) == row._asdict() == {"number": 7, "word": "b", "count": 7}
        assert await reader.value(_PAIR, {"number": 8}) == 8
        assert await reader.values(_PAIR, {"number": 9}) == [9]
        assert isinstance(await reader.row(_PAIR, {"number": 9}), row_class(_PAIR.columns))
        with pytest.raises(AttributeError):
            _ = row.absent


async def test_a_statement_without_rows_says_how_many_it_touched(tenant: TenantUnderTest) -> None:
    given = {"tenant": tenant.id, "actor": "a", "key": "k"}
    async with tenant.work() as work:
        assert await work.execute(_INSERT, given) == 1
    async with tenant.read() as reader:
        kept = select(IdempotencyRecord.key).where(IdempotencyRecord.tenant_id == tenant.id)
        assert await reader.values(kept) == ["k"]


async def test_a_statement_is_part_of_the_transaction(tenant: TenantUnderTest) -> None:
    given = {"tenant": tenant.id, "actor": "a", "key": "k"}
    with pytest.raises(RuntimeError):
        async with tenant.work() as work:
            await work.execute(_INSERT, given)
            raise RuntimeError
    async with tenant.read() as reader:
        kept = select(IdempotencyRecord.key).where(IdempotencyRecord.tenant_id == tenant.id)
        assert await reader.values(kept) == []


async def test_a_failure_is_sqlalchemys_and_its_activity_knows(tenant: TenantUnderTest) -> None:
    with (
        doing(Activity("query", "failing")) as activity,
        pytest.raises(DBAPIError, match="division by zero") as failure,
    ):
        async with tenant.read() as reader:
            await reader.rows(_FAILS, {"by": 0})
    assert failure.value.orig is not None
    assert getattr(failure.value.orig, "sqlstate", None) == "22012"
    # The scope of the transaction, and the one that failed.
    assert activity.statements == 2
    async with tenant.read() as reader:
        assert await reader.value(_FAILS, {"by": 1}) == 1


async def test_a_broken_rule_is_an_integrity_error_that_a_savepoint_undoes(
    tenant: TenantUnderTest,
) -> None:
    given = {"tenant": tenant.id, "actor": "a", "key": "k"}
    async with tenant.work() as work:
        await work.execute(_INSERT, given)
        with pytest.raises(IntegrityError):
            async with work.attempt():
                await work.execute(_INSERT, given)
        assert await work.execute(_INSERT, given | {"key": "other"}) == 1


async def test_a_connection_that_is_lost_leaves_the_pool(tenant: TenantUnderTest) -> None:
    with pytest.raises(DBAPIError) as failure:
        async with tenant.read() as reader:
            await reader.rows(_ENDS_ITSELF)
    assert failure.value.connection_invalidated
    async with tenant.read() as reader:
        assert await reader.value(_PAIR, {"number": 1}) == 1


_ENDS_ITSELF = Prepared(select(text("pg_terminate_backend(pg_backend_pid()) AS ended")))
