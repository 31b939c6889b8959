"""What may be said of accounts, and entered by hand. Pure."""

from collections.abc import Mapping

from domain.finance.consolidation.policies.accounts import KINDS, OF_GROUPS, RESULT_KINDS
from domain.kernel.errors import InvalidInput

# Which kinds of account each kind of mark is for.
MARKS: Mapping[str, frozenset[str]] = {
    "balance": frozenset({"asset", "liability"}),
    "trade": RESULT_KINDS,
    "dividend": frozenset({"income"}),
    "investment": frozenset({"asset"}),
}
# What trade puts there is known to be with whom.
KNOWN_ROLES = frozenset(
    {
        "intercompany_receivable",
        "intercompany_payable",
        "intercompany_revenue",
        "intercompany_cost",
    }
)


def require_markable(mark: str, kind: str, role: str | None) -> None:
    """Raise InvalidInput for an account (by kind and role) that cannot be marked as this."""
    if mark not in MARKS:
        raise InvalidInput(f"Must be one of {', '.join(MARKS)}.", path=("kind",))
    if role in KNOWN_ROLES:
        message = "What trade puts on this account is eliminated by itself."
        raise InvalidInput(message, path=("account_id",))
    if kind not in MARKS[mark]:
        kinds = " or ".join(sorted(MARKS[mark]))
        raise InvalidInput(f"Must be an account of the kind {kinds}.", path=("account_id",))


def require_line(account: str, roles: Mapping[str, str], *, place: int) -> None:
    """Raise InvalidInput unless a line of a consolidated trial balance may have this key: a role,
    or `kind:code`."""
    kind, _, code = account.partition(":")
    known = account in roles or account in {each.key for each in OF_GROUPS}
    if not known and not (kind in KINDS and 0 < len(code.strip()) <= 64 and code == code.strip()):
        message = "Must be the key of a line: a role, or a kind and a code such as expense:6400."
        raise InvalidInput(message, path=("lines", place, "account"))
