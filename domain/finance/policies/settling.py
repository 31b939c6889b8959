"""What settles what: amounts spread over what is open, in the document's currency and in the
books'."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.kernel.money import round_minor


@dataclass(frozen=True, slots=True)
class Standing:
    """What is open of something, in its own currency and as it stands in the books."""

    open_minor: int
    base_open_minor: int

    def base_of(self, amount_minor: int) -> int:
        """What so much of it stands at in the books; the last of it takes all that is left."""
        if amount_minor == self.open_minor:
            return self.base_open_minor
        exact = Decimal(self.base_open_minor) * amount_minor / self.open_minor
        return round_minor(exact)

    def less(self, amount_minor: int) -> "Standing":
        """What is left after so much."""
        base = self.base_open_minor - self.base_of(amount_minor)
        return Standing(self.open_minor - amount_minor, base)


def spread(amount_minor: int, opens: Sequence[int]) -> list[int]:
    """So much over what is open, the first first; what is left over is nobody's."""
    parts = []
    for open_minor in opens:
        part = min(amount_minor, max(open_minor, 0))
        parts.append(part)
        amount_minor -= part
    return parts
