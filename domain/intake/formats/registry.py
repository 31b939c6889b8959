"""The one door to all formats: bytes in, a Reading out. A new format is one more reader here."""

from collections.abc import Callable

from domain.intake.document import Problem, Reading
from domain.intake.formats import other_binary, other_json, other_text
from domain.intake.formats.amazon import reading as amazon
from domain.intake.formats.edifact_orders import reading as edifact_orders
from domain.intake.formats.exported import reading as exported
from domain.intake.formats.json_decoding import decode_json
from domain.intake.formats.json_fields import MAX_ROWS
from domain.intake.formats.magento import reading as magento
from domain.intake.formats.mirakl import reading as mirakl
from domain.intake.formats.ordered import reading as ordered
from domain.intake.formats.recognition import Received, longest_list
from domain.intake.formats.shopify import reading as shopify
from domain.intake.formats.walmart import reading as walmart
from domain.intake.formats.woocommerce import reading as woocommerce
from domain.intake.formats.x12 import reading as x12

MAX_BYTES = 16 * 1024 * 1024
"""Of one document."""

Reader = Callable[[Received], Reading | None]

READERS: tuple[Reader, ...] = (
    other_binary.read,
    x12.read,
    woocommerce.read,
    shopify.read,
    magento.read,
    walmart.read,
    mirakl.read,
    other_json.read,
    amazon.read,
    other_json.read_rest,
    exported.read,
    ordered.read,
    edifact_orders.read,
    other_text.read,
    other_text.read_rest,
    other_binary.read_rest,
)
"""Each returns None for what is not its own; the first that returns a reading wins."""


def read(
    raw: bytes,
    *,
    filename: str | None = None,
    content_type: str | None = None,
    topic: str | None = None,
) -> Reading:
    """What the bytes of one document say. Never raises: whatever is wrong is in the problems.

    The format is told by the content; `filename`, `content_type` and `topic` (the webhook's) are
    hints where the content leaves it open.
    """
    if len(raw) > MAX_BYTES:
        return _faulty("unknown", _too_large(len(raw)))
    try:
        return _read(raw, filename, content_type, topic)
    except Exception as error:
        return _faulty("unknown", unreadable(error))


def _read(raw: bytes, filename: str | None, content_type: str | None, topic: str | None) -> Reading:
    text = decoded(raw)
    received = Received(raw, text, False, None, filename, content_type, topic)
    if text is not None and text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        value, problem = decode_json(text.lstrip("\ufeff"))
        if problem is not None:
            return _faulty("json", problem)
        received = Received(raw, text, True, value, filename, content_type, topic)
        if longest_list(received.root()) > MAX_ROWS:
            return _faulty("json", _too_many_rows())
    for reader in READERS:
        reading = reader(received)
        if reading is not None:
            return reading
    return _faulty("unknown", Problem("empty", "", "The document is empty.", "Send it again."))


def decoded(raw: bytes) -> str | None:
    """The bytes as text: UTF-8, UTF-16 by its mark, or Latin-1 if it is no JSON; None with NULs.

    NULs at the end are padding and left out.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError:
            return None
    is_json = raw.lstrip()[:1] in (b"{", b"[")
    if not is_json and b"\0" in raw.rstrip(b"\0"):
        return None
    try:
        return raw.rstrip(b"\0").decode("utf-8")
    except UnicodeDecodeError:
        return None if is_json else raw.rstrip(b"\0").decode("latin-1")


def _faulty(format: str, problem: Problem) -> Reading:
    return Reading(format, "faulty", problems=(problem,))


def _too_large(size: int) -> Problem:
    return Problem(
        "document_too_large",
        "",
        f"The document has {size} bytes; at most {MAX_BYTES} are read.",
        "Send it in smaller documents.",
    )


def _too_many_rows() -> Problem:
    message = f"A list of the document has more than {MAX_ROWS} rows."
    return Problem("too_many_rows", "", message, "Send it in several documents.")


def unreadable(error: Exception) -> Problem:
    """A reader failed where it should have told what is wrong."""
    return Problem(
        "reader_failed",
        "",
        f"The reader failed on this document ({type(error).__name__}): a bug of ours.",
        "Tell the operator; the document is kept and can be replayed once the reader is mended.",
    )
