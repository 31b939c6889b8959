"""The door to stock documents: bytes in, reports out."""

from domain.intake.formats.json_decoding import decode_json
from domain.intake.formats.registry import MAX_BYTES, decoded
from domain.intake.formats.stock.edifact_inventory import read_invrpt
from domain.intake.formats.stock.report import StockReport
from domain.intake.formats.stock.stock_json import read_json
from domain.intake.formats.stock.stock_table import read_table
from domain.intake.formats.stock.x12_inventory import read_846


def read_stock(raw: bytes) -> list[StockReport]:
    """What a document tells of stock, location by location; nothing when it is none, or broken.

    It never raises: what no reader understands is not stock."""
    text = decoded(raw) if len(raw) <= MAX_BYTES else None
    if text is None:
        return []
    try:
        if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
            value, problem = decode_json(text.lstrip("\ufeff"))
            return [] if problem is not None else read_json(value)
        return read_846(text) or read_invrpt(text) or read_table(text)
    except (ValueError, ArithmeticError, LookupError, TypeError):
        return []
