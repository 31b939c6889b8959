"""By which keys waiting lines queue. Pure: what was asked for in, a checked rule out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.kernel.errors import InvalidInput

# Each with what comes first by it.
KINDS: Mapping[str, str] = {
    "customer_group": "The customer's group or contract tier, in the order of `groups`.",
    "channel": "The channel, in the order of `channel_ids`.",
    "promised_date": "What was promised for the earliest day; what has no promise comes last.",
    "order_age": "The order that was placed first.",
    "margin": "The line that leaves the largest share of its price; unknown comes last.",
    "order_value": "The most valuable order in `currency`; others come last.",
}
# What decides when all keys are the same.
LINE_AGE = "line_age"
MOST_RANKS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityKey:
    """One key of a rule. What is not in `groups` or `channel_ids` comes after all that is."""

    kind: str
    groups: tuple[str, ...] = ()
    channel_ids: tuple[int, ...] = ()
    currency: str | None = None


Rule = tuple[PriorityKey, ...]
# The oldest line first, as long as a tenant says nothing else.
OLDEST_FIRST: Rule = ()


def checked(keys: Sequence[PriorityKey], *, path: tuple[str | int, ...]) -> Rule:
    """The keys as a rule. Raises InvalidInput with the path to what can never be right."""
    kinds = [key.kind for key in keys]
    for place, key in enumerate(keys):
        here = (*path, place)
        if key.kind not in KINDS:
            raise InvalidInput(f"One of {', '.join(KINDS)}.", path=(*here, "kind"))
        if key.kind in kinds[:place]:
            raise InvalidInput("The key stands here twice.", path=(*here, "kind"))
        _check_ranks(key.groups, wanted=key.kind == "customer_group", path=(*here, "groups"))
        _check_ranks(key.channel_ids, wanted=key.kind == "channel", path=(*here, "channel_ids"))
        if (key.currency is not None) != (key.kind == "order_value"):
            message = "Values are compared in one currency: order_value names it, no other key."
            raise InvalidInput(message, path=(*here, "currency"))
    return tuple(keys)


def _check_ranks(ranks: Sequence[Any], *, wanted: bool, path: tuple[str | int, ...]) -> None:
    if bool(ranks) != wanted:
        raise InvalidInput("Needed by the key of its kind, and by no other.", path=path)
    if len(ranks) > MOST_RANKS or len(set(ranks)) != len(ranks):
        raise InvalidInput(f"At most {MOST_RANKS}, each once.", path=path)


def written(rule: Rule) -> list[dict[str, Any]]:
    """A rule as JSON; what a key does not need is left out."""
    return [
        {
            name: list(value) if isinstance(value, tuple) else value
            for name in PriorityKey.__slots__
            if (value := getattr(key, name))
        }
        for key in rule
    ]


def read(document: Sequence[Mapping[str, Any]]) -> Rule:
    """A rule as it was kept."""
    return tuple(
        PriorityKey(
            kind=each["kind"],
            groups=tuple(each.get("groups", ())),
            channel_ids=tuple(each.get("channel_ids", ())),
            currency=each.get("currency"),
        )
        for each in document
    )


def decided_by(rule: Rule, before: Sequence[Any] | None, mine: Sequence[Any]) -> str | None:
    """The kind of the first key by which a line stands behind the one before it; LINE_AGE when
    all keys are the same, None when nobody is before it. Both are the lines' values by the keys."""
    if before is None:
        return None
    for key, theirs, own in zip(rule, before, mine, strict=False):
        if theirs != own:
            return key.kind
    return LINE_AGE
