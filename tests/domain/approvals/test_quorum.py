"""Whatever is decided in whatever order, nothing passes without its policy's quorum, and nobody
decides about their own request."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.approvals.policies.quorum import (
    Follows,
    OpenStep,
    Person,
    Right,
    StandIn,
    Who,
    after_yes,
    right_to_decide,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALICE, BOB, CAROL = ("user", 1), ("user", 2), ("user", 3)


def _person(who: Who, *roles: int, permitted: bool = True) -> Person:
    return Person(who=who, role_ids=frozenset(roles), permitted=permitted)


def _stand_in(giver: Person, *subjects: str, **fields: datetime) -> StandIn:
    period = {"starts_at": NOW - HOUR, "ends_at": NOW + HOUR} | fields
    return StandIn(delegation_id=1, person=giver, subjects=frozenset(subjects), **period)


def _right(step: OpenStep, caller: Person, *stand_ins: StandIn, **fields: object) -> Right | None:
    given: dict[str, object] = {"requester": ALICE, "counted": ()}
    return right_to_decide(step, caller, stand_ins, subject="s", at=NOW, **given | fields)  # type: ignore[arg-type]


NAMED = OpenStep(role_ids=frozenset({7}), user_ids=frozenset({3}))
LATE = OpenStep(user_ids=frozenset({9}), escalation_role_ids=frozenset({7}))


@pytest.mark.parametrize(
    ("step", "caller", "may"),
    [
        (OpenStep(), _person(BOB), True),
        (OpenStep(), _person(BOB, permitted=False), False),
        (OpenStep(), _person(("api_key", 2)), True),
        (NAMED, _person(BOB), False),
        (NAMED, _person(BOB, 7), True),
        (NAMED, _person(CAROL), True),
        (NAMED, _person(BOB, 7, permitted=False), False),
        (NAMED, _person(("api_key", 3), 7), False),
        (LATE, _person(BOB, 7), False),
        (OpenStep(user_ids=frozenset({9}), escalation_role_ids=frozenset({7}), escalated=True),
         _person(BOB, 7), True),
        (OpenStep(), _person(ALICE), False),
    ],
)  # fmt: skip
def test_a_step_admits_whom_it_names_and_who_may(step: OpenStep, caller: Person, may: bool) -> None:
    assert (_right(step, caller) is not None) is may


@pytest.mark.parametrize(
    ("stand_in", "counts"),
    [
        (_stand_in(_person(CAROL, 7)), True),
        (_stand_in(_person(CAROL, 7), "s", "other"), True),
        (_stand_in(_person(CAROL, 7), "other"), False),
        (_stand_in(_person(CAROL, 7), starts_at=NOW + HOUR / 2), False),
        (_stand_in(_person(CAROL, 7), ends_at=NOW), False),
        (_stand_in(_person(CAROL, 7), revoked_at=NOW), False),
        (_stand_in(_person(CAROL, 7), revoked_at=NOW + HOUR), True),
        (_stand_in(_person(CAROL, 8)), False),
        (_stand_in(_person(CAROL, 7, permitted=False)), False),
        (_stand_in(_person(ALICE, 7)), False),
    ],
)
def test_a_delegate_decides_in_the_right_of_whoever_they_stand_in_for(
    stand_in: StandIn, counts: bool
) -> None:
    step = OpenStep(role_ids=frozenset({7}))
    right = _right(step, _person(BOB, permitted=False), stand_in)
    assert right == (Right(of=CAROL, delegation_id=1) if counts else None)


def test_ones_own_right_comes_first_and_nobody_is_counted_twice() -> None:
    step = OpenStep(role_ids=frozenset({7}))
    carol = _stand_in(_person(CAROL, 7))
    assert _right(step, _person(BOB, 7), carol) == Right(of=BOB)
    assert _right(step, _person(BOB, 7), carol, counted={BOB}) is None
    assert _right(step, _person(BOB), carol, counted={CAROL}) is None
    assert _right(step, _person(BOB, 7), carol, counted={CAROL}) == Right(of=BOB)


PEOPLE = [("user", n) for n in range(1, 7)]
_steps = st.builds(
    OpenStep,
    needed=st.integers(1, 3),
    role_ids=st.frozensets(st.integers(1, 3), max_size=2),
    user_ids=st.frozensets(st.integers(1, 6), max_size=2),
    escalation_role_ids=st.frozensets(st.integers(1, 3), max_size=1),
    escalated=st.booleans(),
)
_people = st.fixed_dictionaries(
    {
        who: st.builds(
            Person,
            who=st.just(who),
            role_ids=st.frozensets(st.integers(1, 3), max_size=2),
            permitted=st.booleans(),
        )
        for who in PEOPLE
    }
)
_delegations = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.integers(0, 4)), max_size=8
)
_moves = st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(0, 4)), max_size=25)


@dataclass
class _Request:
    """A request that is decided about step by step, as the operations do it."""

    steps: list[OpenStep]
    at: int = 0
    said: list[list[Right]] = field(default_factory=list)
    deciders: list[Who] = field(default_factory=list)
    passed: bool = False

    def __post_init__(self) -> None:
        self.said = [[] for _ in self.steps]

    @property
    def counted(self) -> set[Who]:
        """Everybody who decided or was decided for."""
        return set(self.deciders) | {right.of for said in self.said for right in said}

    def yes(self, caller: Person, right: Right) -> None:
        """One more yes in the open step."""
        self.said[self.at].append(right)
        self.deciders.append(caller.who)
        follows = after_yes(
            needed=self.steps[self.at].needed,
            given=len(self.said[self.at]),
            more_steps=self.at + 1 < len(self.steps),
        )
        self.passed = follows is Follows.APPROVED
        self.at += follows is Follows.NEXT_STEP


@given(
    steps=st.lists(_steps, min_size=1, max_size=3),
    people=_people,
    delegations=_delegations,
    requester=st.sampled_from(PEOPLE),
    moves=_moves,
)
def test_no_sequence_of_decisions_passes_without_its_quorum_or_by_the_requester(
    steps: list[OpenStep],
    people: dict[Who, Person],
    delegations: list[tuple[Who, Who, int]],
    requester: Who,
    moves: list[tuple[Who, int]],
) -> None:
    request = _Request(steps)
    stand_ins = [
        (
            taker,
            StandIn(
                delegation_id=n,
                person=people[giver],
                starts_at=NOW,
                ends_at=NOW + HOUR * (hours + 1),
            ),
        )
        for n, (giver, taker, hours) in enumerate(delegations)
        if giver != taker
    ]
    for who, hours in moves:
        if request.passed:
            break
        right = right_to_decide(
            steps[request.at],
            people[who],
            [each for taker, each in stand_ins if taker == who],
            subject="s",
            at=NOW + HOUR * hours,
            requester=requester,
            counted=request.counted,
        )
        if right is not None:
            assert steps[request.at].admits(people[right.of])
            request.yes(people[who], right)
    of = [right.of for said in request.said for right in said]
    assert requester not in [*of, *request.deciders]
    assert len(set(of)) == len(of)
    assert len(set(request.deciders)) == len(request.deciders)
    full = all(len(s) == e.needed for s, e in zip(request.said, steps, strict=True))
    assert request.passed is full
