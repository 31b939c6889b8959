"""Pure decisions about changes: what differs, what is restored, what may be done next."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Content = Mapping[str, Any]

PROCESSES = (
    "order_to_cash",
    "procure_to_pay",
    "inventory",
    "warehouse",
    "returns",
    "close",
)

DRAFT, WAITING, APPROVED, EFFECTIVE = "draft", "waiting", "approved", "effective"
REJECTED, WITHDRAWN, EXPIRED = "rejected", "withdrawn", "expired"
STALE, FAILED = "stale", "failed"

# What may be done with a change request in each state.
ACTIONS: Mapping[str, tuple[str, ...]] = {
    DRAFT: ("revise_change", "submit_change", "discard_change"),
    WAITING: (),
    APPROVED: ("discard_change",),
    EFFECTIVE: (),
    REJECTED: ("redraft_change",),
    WITHDRAWN: ("redraft_change",),
    EXPIRED: ("redraft_change",),
    STALE: ("redraft_change",),
    FAILED: ("redraft_change",),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a proposal differs from what stands: None where there is nothing."""

    path: tuple[str, ...]
    before: Any
    after: Any


def differences(base: Content, proposal: Content) -> list[Difference]:
    """Where the proposal differs from `base`, place by place, in the order of the proposal."""
    return [
        difference
        for field, after in proposal.items()
        for difference in _differences((field,), base.get(field), after)
    ]


def _differences(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from _differences((*path, str(key)), before.get(key), after.get(key))
    elif _is_set(before) and _is_set(after):
        yield from (Difference(path, each, None) for each in before if each not in after)
        yield from (Difference(path, None, each) for each in after if each not in before)
        if sorted(before) == sorted(after):
            yield Difference(path, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            there, then = before[place : place + 1], after[place : place + 1]
            yield from _differences(
                (*path, str(place)), there[0] if there else None, then[0] if then else None
            )
    else:
        yield Difference(path, before, after)


def _is_set(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def restored(undone: Sequence[Content], *, keyed: Collection[str]) -> dict[str, Any]:
    """The proposal that takes back changes, given what stood before each, the latest first: in
    every place that one of them touched, what stood there before the earliest of them."""
    proposal: dict[str, Any] = {}
    for before in undone:
        for field, value in before.items():
            if field in keyed:
                proposal[field] = {**proposal.get(field, {}), **value}
            else:
                proposal[field] = value
    return proposal
