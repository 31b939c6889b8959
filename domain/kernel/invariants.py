"""What must always hold, written down as SQL that an accountant may run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that must hold for every tenant.

    Both statements take `:tenant_id`. `counted_sql` gives one number: how many things were
    checked. `violations_sql` gives a row for each thing that breaks it: the columns that
    identify it, then `expected` and `actual`."""

    name: str
    description: str
    counted_sql: str
    violations_sql: str
