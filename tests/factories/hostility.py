"""Trying another's ids and codes in every argument, and reading the answers for what they tell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from graphql import get_named_type

from api.ids import global_id
from tests.factories.api import Answer, ApiCaller
from tests.factories.crawling import Findings, wanted_type
from tests.factories.schema_walk import (
    RootField,
    Slot,
    arguments,
    document,
    selection_of,
    slots,
)

NOWHERE = 999_999_999_999
CURSORS = {"after", "before", "last"}
# In one place so many texts of each name are tried, so many ids of the type that belongs there,
# and one id each of so many other types.
TEXTS_TRIED = 3
IDS_TRIED = 3
STRANGERS_TRIED = 3


@dataclass(frozen=True, slots=True)
class Attempt:
    """One value of theirs in one place, and like values that are nobody's."""

    slot: Slot
    theirs: str
    nobodys: tuple[str, str]
    full: bool = False

    def __str__(self) -> str:
        return f"{self.slot} = {self.theirs}{' with all arguments' if self.full else ''}"


@dataclass(frozen=True, slots=True)
class Attacker:
    """A caller with what it sees itself; other arguments are filled from that."""

    caller: ApiCaller
    seen: Findings

    async def ask(self, slot: Slot, value: str, *, full: bool) -> Answer:
        """Send the field with the value in its place."""

        def choose(path: tuple[str, ...], kind: Any) -> Any:
            return value if path == slot.path else self.seen.own(path, kind, slot.field)

        values = arguments(slot.field, choose, through=slot.path, full=full)
        for name in CURSORS & values.keys():
            if get_named_type(slot.field.definition.args[name].type).name != "ID":
                del values[name]
        selection = selection_of(slot.field.definition.type, 1, self.seen.without)
        query = document(slot.field, list(values), selection)
        return await self.caller.ask(query, **values)


@dataclass(slots=True)
class Nobodys:
    """The answers to ids that are nobody's: asked once for each place and type, not for each id."""

    attacker: Attacker
    answers: dict[tuple[Slot, str, bool], Answer] = field(default_factory=dict)

    async def answer(self, attempt: Attempt) -> Answer:
        """What the attempt would be told if its id were nobody's."""
        key = attempt.slot, attempt.nobodys[0], attempt.full
        if key not in self.answers:
            self.answers[key] = await self.attacker.ask(key[0], key[1], full=key[2])
        return self.answers[key]


def id_attempts(root: RootField, theirs: Findings) -> Iterator[Attempt]:
    """Their ids in every place for an id: of the type that belongs there, and of some others."""
    for slot in slots(root, "ID"):
        wanted = wanted_type(slot)
        strangers = sorted(theirs.ids, key=lambda kind: crc32(f"{slot}{kind}".encode()))
        for kind, ids in theirs.ids.items():
            nobodys = (global_id(kind, NOWHERE), global_id(kind, NOWHERE - 1))
            if wanted is None:
                yield from (Attempt(slot, each, nobodys) for each in ids)
            elif wanted == kind:
                for each in ids[:IDS_TRIED]:
                    yield Attempt(slot, each, nobodys)
                    yield Attempt(slot, each, nobodys, full=True)
            elif kind in strangers[:STRANGERS_TRIED]:
                yield Attempt(slot, ids[0], nobodys)


def text_attempts(
    root: RootField, theirs: Findings, mark: str, numbers_from: str
) -> Iterator[Attempt]:
    """Their codes and names in every place for a text, by the name of the place."""
    for slot in slots(root, "String"):
        for each in _fitting_texts(slot, theirs, mark, numbers_from):
            nobodys = [
                each.replace(mark, other).replace(mark.lower(), other.lower())
                for other in ("QZN", "QZM")
            ]
            yield Attempt(
                slot,
                each,
                (
                    nobodys[0].replace(numbers_from, "990"),
                    nobodys[1].replace(numbers_from, "880"),
                ),
            )


def _fitting_texts(slot: Slot, theirs: Findings, mark: str, numbers_from: str) -> list[str]:
    name = slot.path[-1].lower()
    if name in CURSORS:
        return []
    return [
        each
        for key, values in theirs.texts.items()
        if name.endswith(key.lower())
        for each in [v for v in values if mark in v.upper() or numbers_from in v][:TEXTS_TRIED]
    ]


def told(answer: Answer, sent: str) -> Any:
    """What an answer tells apart from the values of fresh objects: refusals, and its shape."""
    errors = [
        (e["extensions"]["code"], _neutral(e["message"], sent), e.get("path"))
        for e in answer.body.get("errors", [])
    ]
    return answer.status, errors, _shape(answer.body.get("data"), sent)


def _shape(value: Any, sent: str) -> Any:
    if isinstance(value, dict):
        return {
            name: _neutral(each, sent)
            if name.rpartition("__")[2] in ("message", "code") and isinstance(each, str)
            else _shape(each, sent)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_shape(each, sent) for each in value]
    return None if value is None else "value"


def _neutral(message: str, sent: str) -> str:
    # Codes that are made of the one that was sent may be folded.
    told = re.sub(re.escape(sent), "SENT", message, flags=re.IGNORECASE)
    return re.sub(r"[Xx]\d+|\b[A-Z]{2}-\d+", "X", told)


def leaked_ids(answer: Answer, sent: str, theirs: Findings) -> set[str]:
    """Ids of theirs that stand in an answer, but for the one that was sent."""
    body = str(answer.body)
    ids = {each for found in theirs.ids.values() for each in found}
    return {each for each in ids if each != sent and f"'{each}'" in body}


def shows(answer: Answer, mark: str) -> bool:
    """Whether their mark stands anywhere in an answer."""
    return mark.lower() in str(answer.body).lower()
