"""Who may decide about a request now, in whose right, and what follows from it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

Who = tuple[str, int]
USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may decide: with these roles, and whether they hold the permissions to decide
    and of the subject."""

    who: Who
    role_ids: frozenset[int] = frozenset()
    permitted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStep:
    """The step that a request waits in. Those of the escalation count once it has escalated."""

    needed: int = 1
    role_ids: frozenset[int] = frozenset()
    user_ids: frozenset[int] = frozenset()
    escalation_role_ids: frozenset[int] = frozenset()
    escalation_user_ids: frozenset[int] = frozenset()
    escalated: bool = False

    @property
    def names_nobody(self) -> bool:
        """Anybody with the permission may say yes."""
        return not self.role_ids and not self.user_ids

    def admits(self, person: Person) -> bool:
        """Whether this person may say yes in their own right. Where a step names somebody, a
        machine (an API key that is no user's) is none of them."""
        if not person.permitted:
            return False
        if self.names_nobody:
            return True
        kind, number = person.who
        if kind != USER:
            return False
        if number in self.user_ids or person.role_ids & self.role_ids:
            return True
        return self.escalated and (
            number in self.escalation_user_ids or bool(person.role_ids & self.escalation_role_ids)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """`person` lets somebody decide for them between two moments, about these subjects, or all
    when there is none."""

    delegation_id: int
    person: Person
    starts_at: datetime
    ends_at: datetime
    revoked_at: datetime | None = None
    subjects: frozenset[str] = frozenset()

    def counts(self, subject: str, at: datetime) -> bool:
        """Whether it is in force then, for that subject."""
        return (
            self.starts_at <= at < self.ends_at
            and (self.revoked_at is None or at < self.revoked_at)
            and (not self.subjects or subject in self.subjects)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """In whose right somebody decides: their own without a delegation."""

    of: Who
    delegation_id: int | None = None


def right_to_decide(
    step: OpenStep,
    caller: Person,
    stand_ins: Iterable[StandIn],
    *,
    subject: str,
    at: datetime,
    requester: Who,
    counted: Collection[Who],
) -> Right | None:
    """The caller's right to decide in this step, or None.

    Who asked never decides, in nobody's right, and nobody in the right of who asked. `counted` are
    all who have decided or been decided for: nobody is counted twice. Standing in is not passed
    on."""
    if caller.who == requester or caller.who in counted:
        return None
    if step.admits(caller):
        return Right(of=caller.who)
    for each in sorted(stand_ins, key=lambda one: one.delegation_id):
        other = each.person
        if other.who == requester or other.who in counted or not each.counts(subject, at):
            continue
        if step.admits(other):
            return Right(of=other.who, delegation_id=each.delegation_id)
    return None


class Follows(Enum):
    """What follows from one more yes."""

    WAITS = "waits"
    NEXT_STEP = "next_step"
    APPROVED = "approved"


def after_yes(*, needed: int, given: int, more_steps: bool) -> Follows:
    """What follows when `given` of `needed` have said yes in a step, the latest included."""
    if given < needed:
        return Follows.WAITS
    return Follows.NEXT_STEP if more_steps else Follows.APPROVED


def most_possible(step: OpenStep, people: Sequence[Person]) -> int:
    """How many of these could say yes in a step, by escalation or not."""
    escalated = OpenStep(
        needed=step.needed,
        role_ids=step.role_ids,
        user_ids=step.user_ids,
        escalation_role_ids=step.escalation_role_ids,
        escalation_user_ids=step.escalation_user_ids,
        escalated=True,
    )
    return sum(escalated.admits(person) for person in people)
