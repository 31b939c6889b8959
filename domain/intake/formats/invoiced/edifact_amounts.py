"""Amounts of an EDIFACT INVOIC: MOA, ALC and TAX."""

from collections.abc import Sequence

from domain.intake.formats.edifact import Segment, at
from domain.intake.formats.edifact_numbers import EdifactNumbers
from domain.intake.formats.invoiced.invoice import Adjustment, TaxPart, Totals

# MOA (5025) of an allowance or charge.
_ADJUSTED = ("8", "23", "204", "131", "25")
_WITHIN_ALC = frozenset({"ALI", "QTY", "PCD", "MOA", "RTE", "TAX", "RNG", "DTM", "CUX"})
_TOTALS = {
    "lines": ("79",),
    "net": ("125", "389"),
    "tax": ("176", "124", "150"),
    "gross": ("77", "86", "39", "388", "128"),
    "payable": ("9",),
    "prepaid": ("113",),
    "allowances": ("260",),
    "charges": ("259",),
    "rounding": ("366",),
}


def adjustments(
    told: EdifactNumbers, heading: Sequence[Segment], where: str
) -> tuple[Adjustment, ...]:
    """The allowances and charges of the heading: each ALC with the amount that follows it."""
    found: list[Adjustment] = []
    for group in _groups(heading):
        path = f"{told.path}/{where}/ALC[{len(found) + 1}]"
        amount = told.amount(group, path, *_ADJUSTED)
        if amount is not None:
            alc = group[0]
            found.append(
                Adjustment(
                    path=path,
                    amount=amount,
                    is_charge=at(alc, 1) == "C",
                    code=at(alc, 5) or None,
                    reason=at(alc, 5, 3) or None,
                )
            )
    return tuple(found)


def _groups(parts: Sequence[Segment]) -> list[list[Segment]]:
    groups: list[list[Segment]] = []
    is_open = False
    for segment in parts:
        tag = at(segment, 0)
        if tag == "ALC":
            groups.append([segment])
            is_open = at(segment, 1) in ("A", "C")
            if not is_open:
                groups.pop()
        elif is_open and tag in _WITHIN_ALC:
            groups[-1].append(segment)
        else:
            is_open = False
    return groups


def taxes(told: EdifactNumbers, summary: Sequence[Segment]) -> tuple[TaxPart, ...]:
    """The taxes of the summary: each TAX with the amounts that follow it."""
    found: list[TaxPart] = []
    for number, segment in enumerate(summary):
        if at(segment, 0) != "TAX":
            continue
        path = f"{told.path}/TAX[{len(found) + 1}]"
        following = _amounts_after(summary, number)
        amount = told.amount(following, path, "124", "176", "150")
        if amount is not None:
            found.append(
                TaxPart(
                    path=path,
                    amount=amount,
                    taxable=told.amount(following, path, "125", "369"),
                    rate=told.number(at(segment, 5, 3), path),
                    category=at(segment, 6) or None,
                )
            )
    return tuple(found)


def _amounts_after(parts: Sequence[Segment], place: int) -> list[Segment]:
    found: list[Segment] = []
    for segment in parts[place + 1 :]:
        if at(segment, 0) != "MOA":
            break
        found.append(segment)
    return found


def totals(told: EdifactNumbers, summary: Sequence[Segment]) -> Totals:
    """What the summary states before its taxes."""
    ends = (n for n, s in enumerate(summary) if at(s, 0) in ("TAX", "ALC"))
    own = summary[: next(ends, len(summary))]
    path = f"{told.path}/UNS"
    return Totals(**{name: told.amount(own, path, *kinds) for name, kinds in _TOTALS.items()})
