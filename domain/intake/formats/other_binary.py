"""Binary documents: known by their first bytes, and refused."""

from domain.intake.document import Problem, Reading
from domain.intake.formats.other_json import unrecognised
from domain.intake.formats.recognition import Received, not_an_order, table

_SEND_XML = "Send the XML that is within it (ORDER-X, Factur-X) by itself; a PDF is not opened."
_SIGNATURES = (
    (b"\x1f\x8b", "gzip", "a gzip file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole", "an old Office file"),
    (b"\x89PNG", "png", "a picture"),
    (b"\xff\xd8\xff", "jpeg", "a picture"),
    (b"GIF8", "gif", "a picture"),
    (b"7z\xbc\xaf\x27\x1c", "7z", "an archive"),
    (b"-----BEGIN PKCS7", "pkcs7", "an encrypted message"),
    (b"PAR1", "parquet", "a Parquet table"),
)


def read(received: Received) -> Reading | None:
    """The refusal of a binary document with a known signature; None for any other."""
    raw = received.raw
    if raw.startswith(b"PK\x03\x04"):
        if b"xl/" in raw[:100_000] or b"xl/" in raw[-100_000:]:
            return table("xlsx", "of an Excel workbook")
        return not_an_order("zip", "a zip archive")
    if raw.startswith(b"%PDF-"):
        return not_an_order("pdf", "a PDF", remedy=_SEND_XML)
    for signature, format, what in _SIGNATURES:
        if raw.startswith(signature):
            return not_an_order(format, what)
    return None


def read_rest(received: Received) -> Reading | None:
    """The refusal of bytes that are neither text nor of a known signature."""
    if received.text is not None:
        return None
    if received.raw.lstrip()[:1] in (b"{", b"["):
        return _badly_encoded(received.raw)
    return unrecognised("binary", "binary data", "It is no text.")


def _badly_encoded(raw: bytes) -> Reading:
    offset = 0
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        offset = error.start
    problem = Problem(
        "encoding_invalid",
        f"byte {offset}",
        f"The JSON is not in UTF-8 (RFC 8259): byte {offset} is none of it.",
        "Send the document in UTF-8.",
    )
    return Reading("json", "faulty", problems=(problem,))
