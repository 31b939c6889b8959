"""What must never stand in a log: secrets, and what is known of persons.

Messages of exceptions are the usual leak: they repeat the input. So only those are shown whose
words come from the code; of the others the log says what kind they are and where they arose."""

import ipaddress
import re
import traceback
from typing import Any

MASK = "***"
LONGEST_TEXT = 2_000
FRAMES = 15
LONGEST_CHAIN = 4

_NAMED = re.compile(
    r"(?i)\b((?:proxy-)?authorization|cookie|pass(?:word|wd|phrase)?|[a-z_-]*secret|"
    r"[a-z_-]*token|api[-_ ]?key|[a-z-]*signature|credentials?)"
    r"(['\"]?\s*[:=]\s*)((?:bearer|basic)\s+\S+|\"[^\"]*\"|'[^']*'|[^\s,;}\])]+)"
)
_ANYWHERE = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"\b(cdk_|whsec_)[\w+/=-]+"), rf"\1{MASK}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?"), MASK),
    (re.compile(r"://[^/\s@]+@"), f"://{MASK}@"),
    (re.compile(r"(\?|&)([\w.-]+)=[^\s&\"']+"), rf"\1\2={MASK}"),
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), MASK),
)
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_QUOTED = re.compile(r"'(?:[^']|'')*'")

# Their words are names of the code and nothing of the input.
_ABOUT_CODE = (AttributeError, TypeError, NameError, ImportError, RecursionError)
# Classes of SQLSTATE whose message names tables and constraints; values stand in the detail.
_ABOUT_TABLES = {"08", "23", "25", "40", "42", "53", "55", "57"}


def clean(text: str) -> str:
    """The text with everything masked that looks like a secret or leads to a person."""
    text = text[:LONGEST_TEXT]
    text = _NAMED.sub(rf"\1\2{MASK}", text)
    for pattern, masked in _ANYWHERE:
        text = pattern.sub(masked, text)
    return _ADDRESS.sub(_address, text)


def _address(found: "re.Match[str]") -> str:
    try:
        return MASK if ipaddress.ip_address(found.group()).is_global else found.group()
    except ValueError:
        return found.group()


def without_values(plan: str) -> str:
    """A plan or a condition without the constants in it."""
    return _QUOTED.sub("?", plan)


def shown_error(error: BaseException) -> str:
    """An exception in one line: its type, and what can be said of it."""
    words = _words(error)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def told_error(error: BaseException) -> dict[str, Any]:
    """An exception with where it arose and what caused it."""
    told: dict[str, Any] = {"type": _type(error), "at": _frames(error)}
    words = _words(error)
    if words:
        told["message"] = words
    chain: list[str] = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    while cause is not None and len(chain) < LONGEST_CHAIN:
        chain.append(shown_error(cause))
        cause = cause.__cause__ or cause.__context__
    if chain:
        told["because"] = chain
    return told


def _type(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return [f"{_place(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _place(filename: str) -> str:
    """The path from the project or the package on: where it is installed is nobody's business."""
    _, found, inside = filename.rpartition("site-packages/")
    return inside if found else "/".join(filename.split("/")[-3:])


def _words(error: BaseException) -> str:
    if isinstance(error, _ABOUT_CODE):
        return clean(str(error))
    original = getattr(error, "orig", None) or error
    state = getattr(original, "sqlstate", None)
    if isinstance(state, str):
        # SQLAlchemy's wrapper of asyncpg's error keeps the plain one as its cause.
        plain = getattr(original, "__cause__", None) or original
        message = getattr(plain, "message", None)
        known = message if message and state[:2] in _ABOUT_TABLES else ""
        return f"{state} {without_values(clean(known))}".strip()
    if isinstance(error, OSError) and error.strerror:
        return clean(error.strerror)
    return ""
