"""What becomes of documents, decided without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.intake import policy
from domain.intake.document import (
    Address,
    Moment,
    ParsedLine,
    ParsedOrder,
    PartyCode,
    Reading,
    Totals,
)
from domain.intake.policy import Existing, Known, Outcome, compare, content_hash

LINE = ParsedLine(line=1, path="lines[0]", quantity=Decimal(3), external_code="A-1")
ORDER = ParsedOrder(
    format="test",
    path="",
    external_number="1001",
    external_id="1",
    currency="EUR",
    lines=(LINE,),
    totals=Totals(total=Decimal("30.00")),
    ship_to=Address(name="Somebody", city="Bremen"),
    source_version="2026-03-02",
)
A, M, D, S, E, R = (
    Outcome.ACCEPTED,
    Outcome.AMENDED,
    Outcome.DUPLICATE,
    Outcome.SUPERSEDED,
    Outcome.EXCEPTION,
    Outcome.REJECTED,
)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "outcomes", "expected"),
    [
        ("not_an_order", [], "rejected"),
        ("faulty", [], "exception"),
        ("order", [A], "accepted"),
        ("order", [M], "accepted"),
        ("order", [D], "duplicate"),
        ("order", [S], "duplicate"),
        ("order", [D, S], "duplicate"),
        ("order", [A, D], "accepted"),
        ("order", [D, M, S], "accepted"),
        ("order", [A, E], "exception"),
        ("faulty", [E, A, D], "exception"),
        ("order", [R], "rejected"),
        ("order", [R, D], "rejected"),
        ("order", [R, A], "accepted"),
        ("order", [R, E], "exception"),
    ],
)
def test_the_outcome_of_a_message_follows_from_its_orders(
    kind: str, outcomes: list[Outcome], expected: str
) -> None:
    assert policy.message_outcome(Reading("test", kind), outcomes) == expected


@given(st.lists(st.sampled_from(Outcome), min_size=1), st.randoms())
def test_the_order_of_the_orders_does_not_decide_the_outcome(outcomes, random) -> None:
    shuffled = random.sample(outcomes, len(outcomes))
    assert policy.outcome_of_all(outcomes) == policy.outcome_of_all(shuffled)


@given(st.lists(st.sampled_from(Outcome)))
def test_a_message_with_an_order_that_waits_is_never_taken_as_done(outcomes) -> None:
    assert policy.outcome_of_all([*outcomes, E]) == "exception"


@pytest.mark.parametrize(
    ("now", "before", "kept"),
    [
        (D, None, D),
        (D, A, A),
        (D, M, M),
        (D, E, D),
        (A, E, A),
        (E, A, E),
        (S, A, S),
    ],
)
def test_an_order_read_again_keeps_what_it_did_the_first_time(now, before, kept) -> None:
    assert policy.outcome_again(now, before) is kept


@pytest.mark.parametrize(
    "same",
    [
        {"source_status": "shipped"},
        {"source_version": "2027"},
        {"payment_state": "paid"},
        {"notes": (("tag", "urgent"),)},
        {"path": "orders[4]"},
        {"is_test": True},
        {"email": "somebody@example.com"},
        {"totals": Totals(total=Decimal("30"))},
        {"lines": (replace(LINE, notes=(("fulfilment", "done"),), description="Renamed"),)},
        {"lines": (replace(LINE, quantity=Decimal("3.00"), quantity_current=Decimal(3)),)},
        {"ship_to": replace(ORDER.ship_to, email="somebody@example.com")},
    ],
)
def test_what_a_source_changes_while_it_serves_an_order_is_no_other_order(same) -> None:
    assert content_hash(replace(ORDER, **same)) == content_hash(ORDER)


@pytest.mark.parametrize(
    "other",
    [
        {"currency": "USD"},
        {"lines": ()},
        {"lines": (LINE, LINE)},
        {"lines": (replace(LINE, quantity=Decimal(4)),)},
        {"lines": (replace(LINE, quantity_current=Decimal(2)),)},
        {"lines": (replace(LINE, unit="CA"),)},
        {"lines": (replace(LINE, unit_price=Decimal(1)),)},
        {"lines": (replace(LINE, external_code="A-2"),)},
        {"totals": Totals(total=Decimal("30.01"))},
        {"ship_to": Address(name="Somebody", city="Kiel")},
        {"ship_to": None},
        {"requested_delivery_on": date(2026, 4, 1)},
    ],
)
def test_what_changes_the_order_changes_its_hash(other) -> None:
    assert content_hash(replace(ORDER, **other)) != content_hash(ORDER)


@pytest.mark.parametrize(
    ("order", "known_version", "brings"),
    [
        (ORDER, "2026-03-02", Existing.SAME),
        (ORDER, "2026-03-03", Existing.OLDER),
        (ORDER, None, Existing.SAME),
        (replace(ORDER, source_version=None), "2026-03-03", Existing.SAME),
        (replace(ORDER, cancelled=True), "2026-03-02", Existing.CANCELLED),
        (replace(ORDER, purpose="cancel"), "2026-03-01", Existing.CANCELLED),
        (replace(ORDER, cancelled=True), "2026-03-03", Existing.OLDER),
        (replace(ORDER, currency="USD"), "2026-03-02", Existing.CHANGED),
        (replace(ORDER, currency="USD"), "2026-03-03", Existing.OLDER),
    ],
)
def test_what_a_document_brings_to_an_order_that_is_known(order, known_version, brings) -> None:
    assert compare(order, Known(content_hash(ORDER), known_version)) is brings


@pytest.mark.parametrize(
    ("order", "withdrawn"),
    [
        (ORDER, False),
        (replace(ORDER, lines=()), False),
        (replace(ORDER, cancelled=True), True),
        (replace(ORDER, purpose="cancel", lines=()), True),
        (replace(ORDER, lines=(replace(LINE, quantity_current=Decimal(0)),)), True),
        (replace(ORDER, lines=(replace(LINE, quantity_current=Decimal(0)), LINE)), False),
        (replace(ORDER, lines=(replace(LINE, quantity=Decimal(0)),)), False),
    ],
)
def test_an_order_of_which_nothing_is_left_is_withdrawn(order, withdrawn) -> None:
    assert policy.is_withdrawn(order) is withdrawn


@given(
    st.decimals(-5, 1000, places=3),
    st.none() | st.decimals(-5, 1000, places=3),
)
def test_what_is_wanted_is_between_nothing_and_what_was_ordered(quantity, current) -> None:
    line = replace(LINE, quantity=quantity, quantity_current=current)
    wanted = policy.quantity_wanted(line)
    assert 0 <= wanted <= max(quantity, 0)
    if current is None:
        assert wanted == max(quantity, 0)


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ("unknown", "unknown"),
        ("pending", "pending"),
        ("authorized", "authorized"),
        ("partially_paid", "pending"),
        ("paid", "paid"),
        ("refunded", "refunded"),
        ("voided", "voided"),
        ("failed", "pending"),
    ],
)
def test_payment_in_our_words(said: str, ours: str) -> None:
    assert policy.payment_state(replace(ORDER, payment_state=said)) == ours


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (None, NOW),
        (date(2026, 1, 5), datetime(2026, 1, 5, tzinfo=UTC)),
        (datetime.fromisoformat("2026-01-05T08:00"), datetime(2026, 1, 5, 8, tzinfo=UTC)),
        (
            datetime(2026, 1, 5, 8, tzinfo=timezone(timedelta(hours=-5))),
            datetime(2026, 1, 5, 13, tzinfo=UTC),
        ),
    ],
)
def test_a_moment_without_zone_is_taken_as_utc(moment: Moment | None, expected: datetime) -> None:
    assert policy.aware(moment, NOW) == expected


def test_the_buyer_is_told_by_role_then_by_the_sender() -> None:
    parties = (
        PartyCode("ST", "SHOP-9"),
        PartyCode("VN", "US"),
        PartyCode("BY", "BUYER"),
        PartyCode("BT", None),
    )
    order = replace(ORDER, parties=parties, sender="ZZ:PARTNER")
    assert policy.buyer_codes(order) == ["BUYER", "SHOP-9", "ZZ:PARTNER"]


@pytest.mark.parametrize(
    ("outcome", "rights", "expected"),
    [
        ("exception", {"intake.manage"}, ["replay"]),
        ("rejected", {"intake.manage"}, ["replay"]),
        ("exception", {"intake.read"}, []),
        ("received", {"intake.manage"}, []),
        ("accepted", {"intake.manage"}, []),
        ("duplicate", {"intake.manage"}, []),
    ],
)
def test_only_a_message_that_waits_can_be_replayed(outcome, rights, expected) -> None:
    assert policy.actions(outcome, permitted=rights.__contains__) == expected


@given(st.none() | st.text(), st.text(min_size=1, max_size=300))
def test_a_drafts_name_can_always_be_kept(description, code) -> None:
    name = policy.draft_name(description, code)
    assert 0 < len(name) <= policy.LONGEST_NAME
    if description and description.isalnum():
        assert name == description[: policy.LONGEST_NAME]


@given(st.none() | st.text())
def test_what_a_sender_says_beside_a_document_can_always_be_kept(told) -> None:
    kept = policy.kept_text(told)
    assert kept is None or (kept.isprintable() and 0 < len(kept) <= policy.LONGEST_TOLD)
