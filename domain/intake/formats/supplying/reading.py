"""The door to suppliers' documents: bytes in, answers and notices out."""

from domain.intake.formats.registry import MAX_BYTES, decoded
from domain.intake.formats.supplying.edifact_answer import read_ordrsp
from domain.intake.formats.supplying.edifact_notice import read_desadv
from domain.intake.formats.supplying.words import Told
from domain.intake.formats.supplying.x12_answer import read_855
from domain.intake.formats.supplying.x12_notice import read_856


def read_supplier(raw: bytes) -> list[Told]:
    """What a document of a supplier tells of purchase orders; nothing when it is none, or broken.

    It never raises: what no reader understands is not a supplier's."""
    text = decoded(raw) if len(raw) <= MAX_BYTES else None
    if text is None or text.lstrip("\ufeff \t\r\n")[:3] not in ("ISA", "UNA", "UNB", "UNH"):
        return []
    try:
        return [*read_855(text), *read_856(text), *read_ordrsp(text), *read_desadv(text)]
    except (ValueError, ArithmeticError, LookupError, TypeError):
        return []
