"""Walks decoded JSON with the path in hand: reads fields, and notes what is wrong where."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from domain.intake.document import Moment, Problem, Severity
from domain.intake.formats.excerpts import excerpt, is_storable
from domain.intake.formats.json_decoding import JsonValue
from domain.intake.formats.moments import iso_moment
from domain.intake.formats.numbers import exact_number

MAX_ROWS = 10_000
"""In one list of a document; more is refused, not cut."""

MAX_TEXT_CHARACTERS = 1_000
"""Of a name, a code, a line of an address; a longer one is a fault."""

MAX_PROBLEMS = 200
"""Of one order; further ones are not listed."""

MAX_NOTE_CHARACTERS = 2_000
"""Of a remark that no decision hangs on; the raw document keeps the rest."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a document, its path, and the list that takes the problems found on the way."""

    value: JsonValue
    path: str
    problems: list[Problem]

    def afresh(self) -> "Field":
        """The same value with a list of problems of its own, such as one order of several."""
        return Field(self.value, self.path, [])

    def has(self, *keys: str) -> bool:
        """Whether this is an object with all of these keys."""
        return isinstance(self.value, dict) and all(key in self.value for key in keys)

    def has_any(self, *keys: str) -> bool:
        """Whether this is an object with one of these keys at least."""
        return isinstance(self.value, dict) and any(key in self.value for key in keys)

    @property
    def is_object(self) -> bool:
        """Whether this is a JSON object."""
        return isinstance(self.value, dict)

    def within(self, key: str) -> "Field":
        """The member of that name; its value is None where there is none."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return Field(value, f"{self.path}.{key}" if self.path else key, self.problems)

    def member(self, key: str) -> "Field":
        """The member that should be an object or null; notes a problem for anything else."""
        member = self.within(key)
        if member.value is None or member.is_object:
            return member
        member.complain("not_an_object", "should be an object", "Send an object or null here.")
        return Field(None, member.path, self.problems)

    def rows(self, key: str) -> "list[Field]":
        """The members of the list of that name; none where it is null or missing."""
        member = self.within(key)
        if member.value is None:
            return []
        if not isinstance(member.value, list):
            member.complain("not_a_list", "should be a list", "Send a list here.")
            return []
        return list(member.each())

    def objects(self, key: str) -> "list[Field]":
        """The objects in the list of that name; notes a problem for a member that is none."""
        return objects_of(self.rows(key))

    def each(self) -> "Iterator[Field]":
        """The members of this list; none if it is no list. Refuses more than MAX_ROWS."""
        rows = self.value if isinstance(self.value, list) else []
        if len(rows) > MAX_ROWS:
            self.complain(
                "too_many_rows", f"has more than {MAX_ROWS} rows", "Send it in several documents."
            )
            return
        for index, row in enumerate(rows):
            yield Field(row, f"{self.path}[{index}]", self.problems)

    def text(self, *keys: str) -> str | None:
        """The first member with text in it, trimmed; numbers as their digits; None if none has."""
        for key in keys:
            found = self.within(key).own_text()
            if found is not None:
                return found
        return None

    def own_text(self) -> str | None:
        """This value as trimmed text; None if null or blank; notes a problem for anything else."""
        value = self.value
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            number = exact_number(value)
            return format(number, "f") if number is not None else str(value)[:80]
        if isinstance(value, str) and is_storable(value):
            return self._trimmed(value)
        if value is not None:
            self.complain("not_a_text", "should be text", "Send text (or null) here.")
        return None

    def _trimmed(self, value: str) -> str | None:
        if len(value) > MAX_TEXT_CHARACTERS:
            self.complain("text_too_long", f"is longer than {MAX_TEXT_CHARACTERS}", "Shorten it.")
            return None
        return value.strip() or None

    def note(self, *keys: str) -> str | None:
        """The first member with something in it, as text; for remarks: nothing here is a fault."""
        for key in keys:
            value = self.within(key).value
            if isinstance(value, str | int | Decimal | list | dict):
                text = (value if isinstance(value, str) else str(value)).strip()[
                    :MAX_NOTE_CHARACTERS
                ]
                if text and is_storable(text):
                    return text
        return None

    def number(self, key: str) -> Decimal | None:
        """The member as an exact decimal, from number or text; None if null, blank or at fault."""
        member = self.within(key)
        if member.value is None or member.value == "":
            return None
        number = exact_number(member.value)
        if number is None:
            member.complain(
                "number_invalid", "is not a plain number", "Send digits with a point, like 19.95."
            )
        return number

    def quantity(self, key: str) -> Decimal | None:
        """The member as a quantity: required, not negative; notes a problem if it is not so."""
        member, number = self.within(key), self.number(key)
        if number is None:
            if member.value is None or member.value == "":
                member.complain("quantity_missing", "is missing", "Send the quantity ordered.")
            return None
        if number < 0:
            member.complain(
                "quantity_negative",
                "is below zero",
                "An order has quantities from zero up; send returns as a return.",
            )
            return None
        return number

    def moment(self, *keys: str) -> Moment | None:
        """The first member with a date or time of ISO 8601 in it."""
        for key in keys:
            member = self.within(key)
            text = member.own_text()
            if text is None:
                continue
            moment = iso_moment(text)
            if moment is None:
                member.complain(
                    "date_invalid",
                    "is not a date of ISO 8601",
                    "Send it like 2026-01-31T12:00:00Z.",
                )
            return moment
        return None

    def currency(self, key: str) -> str | None:
        """The member as a currency code of ISO 4217 (three letters)."""
        member = self.within(key)
        code = member.own_text()
        if code is None:
            return None
        if len(code) == 3 and code.isascii() and code.isalpha():
            return code.upper()
        member.complain("currency_invalid", "is no currency code", "Send three letters, like USD.")
        return None

    def flag(self, key: str) -> bool | None:
        """The member as true or false; also the texts "true" and "false"."""
        value = self.within(key).value
        if isinstance(value, str):
            return {"true": True, "false": False}.get(value.strip().lower())
        return value if isinstance(value, bool) else None

    def complain(self, code: str, what: str, remedy: str, severity: Severity = "error") -> None:
        """Note a problem of this very field; `what` continues the sentence "<value> …"."""
        if len(self.problems) >= MAX_PROBLEMS and (severity == "warning" or self._has_errors()):
            return
        shown = "It" if self.value is None else f"“{excerpt(_outline(self.value))}”"
        self.problems.append(Problem(code, self.path, f"{shown} {what}.", remedy, severity))

    def _has_errors(self) -> bool:
        return any(problem.severity == "error" for problem in self.problems)

    def require(self, value: object, what: str) -> None:
        """Note that a needed field is missing, if `value` is None and nothing else was noted."""
        if value is None and not any(p.path == self.path for p in self.problems):
            self.complain("field_missing", "is missing", f"Send {what} here.")


def objects_of(rows: "Iterable[Field]") -> "list[Field]":
    """The rows that are objects; notes a problem for each that is none."""
    found = []
    for row in rows:
        if row.is_object:
            found.append(row)
        else:
            row.complain("not_an_object", "should be an object", "Send an object here.")
    return found


def _outline(value: JsonValue) -> object:
    if isinstance(value, dict):
        return "{" + ", ".join(excerpt(key, 20) for key in list(value)[:4]) + "}"
    return f"a list of {len(value)}" if isinstance(value, list) else value
