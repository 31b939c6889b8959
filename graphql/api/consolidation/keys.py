"""The keys by which the documents behind eliminations are asked for: opaque, as cursors are."""

import base64
import binascii
from datetime import date
from typing import Any

from domain.finance.consolidation.policies.eliminating import Elimination
from domain.finance.consolidation.policies.sheet import Sheet
from domain.finance.queries.consolidation import DOCUMENTED, Eliminated
from domain.kernel import json

LARGEST_KEY, LARGEST_ID = 400, 2**63 - 1


def key_of(sheet: Sheet, each: Elimination) -> str | None:
    """The key of an elimination of a sheet; None where it is of no documents of the books."""
    if each.kind not in DOCUMENTED or each.affiliate_id is None:
        return None
    span = sheet.span
    told = [
        *(sheet.group_id, span.as_of.isoformat(), span.from_on.isoformat()),
        *(each.kind, each.entity_id, each.affiliate_id),
    ]
    return base64.urlsafe_b64encode(json.dump(told).encode()).decode()


def eliminated_by(key: str) -> Eliminated | None:
    """What a key means; None: nothing."""
    try:
        return _read(key)
    except (ValueError, TypeError, binascii.Error):
        return None


def _read(key: str) -> Eliminated:
    if len(key) > LARGEST_KEY:
        raise ValueError(key)
    group, as_of, from_on, kind, entity, affiliate = json.load(base64.urlsafe_b64decode(key))
    if kind not in DOCUMENTED:
        raise ValueError(key)
    return Eliminated(
        group_id=_id(group),
        as_of=date.fromisoformat(as_of),
        from_on=date.fromisoformat(from_on),
        kind=kind,
        entity_id=None if entity is None else _id(entity),
        affiliate_id=_id(affiliate),
    )


def _id(value: Any) -> int:
    if not isinstance(value, int) or not 0 < value <= LARGEST_ID:
        raise ValueError(value)
    return value
