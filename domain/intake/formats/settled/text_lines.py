"""The lines of a large text, one at a time: packed or not, in whichever encoding."""

import codecs
import zlib
from collections.abc import Iterator

MAX_UNPACKED = 256 * 1024 * 1024
WINDOW = 256 * 1024
LONGEST_LINE = 64 * 1024
_GZIP = b"\x1f\x8b"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class UnreadableText(Exception):
    """The bytes are no text that can be read; the message says why."""


def lines_of(raw: bytes, *, japanese: bool = False) -> Iterator[str]:
    """The lines of a text without their ends, holding no more than a window of it.

    A line that is not UTF-8 is taken as Shift-JIS where the text is `japanese`, else as
    Windows-1252. Raises UnreadableText: broken packing, too large, lines without end."""
    fallback = "cp932" if japanese else "cp1252"
    first = True
    for line in _byte_lines(raw):
        if first:
            line, first = line.removeprefix(b"\xef\xbb\xbf"), False
        yield _decoded(line, fallback)


def _decoded(line: bytes, fallback: str) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(fallback, errors="replace")


def _byte_lines(raw: bytes) -> Iterator[bytes]:
    rest = b""
    for part in _in_bytes(_windows(raw)):
        *whole, rest = (rest + part).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r")
        if len(rest) > LONGEST_LINE:
            raise UnreadableText(f"A line has more than {LONGEST_LINE} bytes.")
    if rest:
        yield rest.removesuffix(b"\r")


def _in_bytes(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same, with what is UTF-16 turned into UTF-8: there a line ends with a byte of its own."""
    decoder: codecs.IncrementalDecoder | None = None
    for place, part in enumerate(parts):
        if not place and part.startswith(_UTF_16):
            decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
        yield part if decoder is None else decoder.decode(part).encode(errors="replace")


def _windows(raw: bytes) -> Iterator[bytes]:
    view = memoryview(raw)
    if raw.startswith(_GZIP):
        yield from _unpacked(view)
        return
    for begin in range(0, len(raw), WINDOW):
        yield bytes(view[begin : begin + WINDOW])


def _unpacked(packed: memoryview) -> Iterator[bytes]:
    """What was packed, be it in several pieces one after the other."""
    unpacking, size, given = zlib.decompressobj(wbits=31), 0, bytes(packed)
    while given:
        try:
            part = unpacking.decompress(given, WINDOW)
        except zlib.error as error:
            raise UnreadableText("The packed document is broken.") from error
        size += len(part)
        if size > MAX_UNPACKED:
            raise UnreadableText(f"Unpacked it has more than {MAX_UNPACKED} bytes.")
        yield part
        given = unpacking.unconsumed_tail
        if unpacking.eof and (given := unpacking.unused_data.lstrip(b"\0")):
            unpacking = zlib.decompressobj(wbits=31)
    if not unpacking.eof:
        raise UnreadableText("The packed document breaks off.")
