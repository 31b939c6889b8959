"""What a reader is given, and the words in which it refuses what is not an order."""

from dataclasses import dataclass

from domain.intake.document import Kind, ParsedOrder, Problem, Reading, has_errors
from domain.intake.formats.json_decoding import JsonValue
from domain.intake.formats.json_fields import Field


@dataclass(frozen=True, slots=True)
class Received:
    """A document as it came: its bytes, and whichever readings of them succeeded.

    `text` is None if the bytes are no text. `value` is the JSON in it; `is_json` tells JSON null
    from no JSON. `filename`, `content_type` and `topic` are hints only, and may be wrong.
    """

    raw: bytes
    text: str | None = None
    is_json: bool = False
    value: JsonValue = None
    filename: str | None = None
    content_type: str | None = None
    topic: str | None = None

    def root(self) -> Field:
        """The JSON as a field without path, with a fresh list of problems."""
        return Field(self.value, "", [])


def longest_list(field: Field) -> int:
    """The length of the longest list on the top two levels."""
    values = [field.value]
    for _ in range(2):
        values += [v for value in values if isinstance(value, dict) for v in value.values()]
    return max((len(value) for value in values if isinstance(value, list)), default=0)


@dataclass(frozen=True, slots=True)
class Shape:
    """How a document that is not an order is known: it has all of these keys.

    `what` names it in a sentence ("a Shopify refund").
    """

    format: str
    what: str
    keys: tuple[str, ...]


def not_an_order(
    format: str,
    what: str,
    *,
    problems: tuple[Problem, ...] = (),
    remedy: str = "Send orders to this channel; nothing was made of this document.",
) -> Reading:
    """Recognised, and refused because it is something else than an order."""
    refusal = Problem("not_an_order", "", f"This is {what}, not an order.", remedy)
    return Reading(format, "not_an_order", problems=(refusal, *problems))


def not_yet_read(format: str, what: str) -> Reading:
    """Recognised as an order, in a format that no reader exists for."""
    refusal = Problem(
        "format_not_supported",
        "",
        f"This is {what}: an order in a format that is not read yet.",
        "Send it in one of the formats that are read, or key it in.",
    )
    return Reading(format, "not_an_order", problems=(refusal,))


def table(format: str, columns: str) -> Reading:
    """A table, which may be orders or anything else: tables are not read as documents."""
    refusal = Problem(
        "format_not_supported",
        "",
        f"This is a table ({format.upper()}) with the columns {columns}.",
        "Import tables as master data, or send orders as the source makes them.",
    )
    return Reading(format, "not_an_order", problems=(refusal,))


def first_shape(shapes: tuple[Shape, ...], field: Field) -> Shape | None:
    """The first shape whose keys are all there."""
    return next((shape for shape in shapes if field.has(*shape.keys)), None)


def orders_reading(
    format: str,
    orders: list[ParsedOrder],
    problems: list[Problem] | None = None,
    acknowledgement: str | None = None,
) -> Reading:
    """A reading of orders: faulty if anything in it is an error."""
    reading = Reading(format, "order", tuple(orders), tuple(problems or ()), acknowledgement)
    kind: Kind = "faulty" if has_errors(reading.all_problems) else "order"
    return Reading(format, kind, reading.orders, reading.problems, acknowledgement)
