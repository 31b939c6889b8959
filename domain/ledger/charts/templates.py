"""The templates of charts, and the accounts that each of them opens books with."""

from collections.abc import Collection
from typing import NamedTuple

from domain.kernel.errors import InvalidInput
from domain.ledger.charts.accounts import STANDARD_ACCOUNTS

US_GAAP, IFRS, OWN = "us_gaap", "ifrs", "own"
TEMPLATES = (US_GAAP, IFRS, OWN)
KINDS = ("asset", "liability", "equity", "income", "expense")
ROLES = {account.role: account.kind for account in STANDARD_ACCOUNTS}


class AccountTemplate(NamedTuple):
    """An account as a chart has it; `role` is what posting rules find it by."""

    code: str
    name: str
    kind: str
    role: str


def chart(template: str) -> tuple[AccountTemplate, ...]:
    """The accounts of a template. A chart of one's own has none until they are imported; what it
    lacks then is taken from the US GAAP-like one."""
    if template not in TEMPLATES:
        raise InvalidInput(f"Must be one of {', '.join(TEMPLATES)}.", path=("template",))
    return tuple(
        AccountTemplate(*(each.ifrs if template == IFRS else each.us_gaap), each.kind, each.role)
        for each in STANDARD_ACCOUNTS
    )


def lacking(
    template: str, *, roles: Collection[str], codes: Collection[str]
) -> list[AccountTemplate]:
    """The accounts of the template whose roles a chart lacks, given the `roles` and `codes` that
    it has; one whose code is taken gets its role behind the code."""
    return [
        each._replace(code=f"{each.code}-{each.role}") if each.code in codes else each
        for each in chart(template)
        if each.role not in roles
    ]
