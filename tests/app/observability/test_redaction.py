"""What is masked in logs, and what stays readable."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.observability.redaction import clean, shown_error, told_error, without_values
from tests.factories.tenants import TenantUnderTest


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Authorization: Bearer abc.def-123", "Authorization: ***"),
        ("sent Bearer abc.def-12345", "sent Bearer ***"),
        ("password=hunter2 and more", "password=*** and more"),
        ("{'refresh_token': 'x y z', 'n': 1}", "{'refresh_token': ***, 'n': 1}"),
        ('{"client_secret":"s3cr3t","n":1}', '{"client_secret":***,"n":1}'),
        ("key cdk_12_34_abcDEF-_9 used", "key cdk_*** used"),
        ("signed with whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "signed with whsec_***"),
        ("token eyJhbGciOi.eyJzdWIiOiJ.sflKxwRJ ends", "token *** ends"),
        ("postgresql://app:pw@db:5432/x", "postgresql://***@db:5432/x"),
        ("GET https://shop.example/hook?key=abc&b=1", "GET https://shop.example/hook?key=***&b=***"),
        ("mail to jane.doe+x@example.co.uk failed", "mail to *** failed"),
        ("from 8.8.8.8 to 127.0.0.1", "from *** to 127.0.0.1"),
        ("The relay failed and tries again", "The relay failed and tries again"),
        ("Event 17 (orders.order_placed) is parked", "Event 17 (orders.order_placed) is parked"),
    ],
)  # fmt: skip
def test_secrets_and_persons_are_masked_and_the_rest_stays(said: str, shown: str) -> None:
    assert clean(said) == shown


def test_a_plan_is_shown_without_its_constants() -> None:
    plan = "Index Cond: ((code = 'O''Neill; x'::text) AND (tenant_id = 5))"
    assert without_values(plan) == "Index Cond: ((code = ?::text) AND (tenant_id = 5))"


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ValueError("invalid literal: 'Jane Doe'"), "ValueError"),
        (KeyError("Jane Doe"), "KeyError"),
        (
            AttributeError("'NoneType' object has no attribute 'id'"),
            "AttributeError: 'NoneType' object has no attribute 'id'",
        ),
        (FileNotFoundError(2, "No such file", "/home/jane"), "FileNotFoundError: No such file"),
    ],
)  # fmt: skip
def test_an_exception_shows_its_words_only_where_they_are_ours(
    error: Exception, shown: str
) -> None:
    assert shown_error(error) == shown


async def test_a_refusal_of_the_database_names_the_constraint_and_no_value(
    tenant: TenantUnderTest,
) -> None:
    insert = text("INSERT INTO document_counter (tenant_id, kind, last) VALUES (:t, :k, 1)")
    with pytest.raises(DBAPIError) as caught:
        async with tenant.work() as work:
            await work.execute(insert, {"t": tenant.id, "k": "Jane Doe"})
            await work.execute(insert, {"t": tenant.id, "k": "Jane Doe"})
    shown = shown_error(caught.value)
    assert shown == (
        "IntegrityError: 23505 duplicate key value violates unique constraint "
        '"uq_document_counter_tenant_id_kind"'
    )
    assert "Jane" not in str(told_error(caught.value))


async def test_a_value_that_the_database_cannot_read_is_not_repeated(
    tenant: TenantUnderTest,
) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with tenant.read() as reader:
            await reader.value(text("SELECT CAST(CAST(:v AS text) AS int)"), {"v": "Jane Doe"})
    assert shown_error(caught.value) == "DBAPIError: 22P02"


def test_an_error_tells_where_it_arose_and_what_caused_it() -> None:
    try:
        try:
            {}["Jane Doe"]
        except KeyError as missing:
            raise ValueError("Jane Doe") from missing
    except ValueError as error:
        told = told_error(error)
    assert told["type"] == "builtins.ValueError"
    assert told["because"] == ["KeyError"]
    assert told["at"][-1].startswith("app/observability/test_redaction.py:")
    assert "Jane" not in str(told)
