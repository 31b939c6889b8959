"""Who sends an X12 document of a supplier."""

from domain.intake.formats.x12.envelope import Interchange, TransactionSet

_SUPPLIERS = {"SU", "VN", "SF", "SE"}


def senders(interchange: Interchange, found: TransactionSet) -> tuple[str, ...]:
    """By which codes and names the supplier may be known."""
    told = [interchange.isa_element(6).strip()]
    for segment in found.segments:
        if segment.tag == "N1" and segment.element(1) in _SUPPLIERS:
            told += [segment.element(4), segment.element(2)]
    return tuple(dict.fromkeys(each for each in told if each))
