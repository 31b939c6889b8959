"""Values that are made by the hundred for every order.

A frozen dataclass sets each of its fields by a call, and takes two to three times as long to make:
that was a tenth of what an order took. These are frozen for the type checker, which finds whoever
sets a field, and are made like any other object."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

Made = TypeVar("Made")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value_object(*, kw_only: bool = False) -> Callable[[type[Made]], type[Made]]:
    """Makes a class a dataclass with slots that is equal, and hashed, by its fields, and of which
    no field is ever set again. `kw_only`: it is made by the names of its fields alone."""
    return dataclass(slots=True, unsafe_hash=True, kw_only=kw_only)
