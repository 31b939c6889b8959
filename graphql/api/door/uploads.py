"""Files in a request, after the GraphQL multipart request specification.

The body is read as it comes: the form's text is bounded, and what a file has beyond the first
megabyte lies on the disk, so that a large file costs no more memory than a small one."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from api.door.asking import read_json
from api.door.bodies import LARGEST_BODY, refuse_announced, too_large, too_slow
from api.door.refusals import Refusal

MOST_FILES = 10
MEGABYTE = 1024 * 1024
# A connection that brings less than this in a second is not waited for to the end.
SLOWEST_BYTES = 256 * 1024
SHORTEST_SECONDS = 10.0


async def read_form(request: Request, *, largest: int, is_known: bool) -> FormData:
    """The parts of a multipart body of at most `largest` bytes, to be closed by the caller.

    Who has not signed in sends no more than in JSON: strangers get no room on our disk.

    Raises Refusal when it is too large (413), too slow (408) or no such form (400)."""
    largest = largest if is_known else LARGEST_BODY
    refuse_announced(request, largest)
    seconds = max(SHORTEST_SECONDS, largest / SLOWEST_BYTES)
    try:
        async with asyncio.timeout(seconds):
            return await _form(request, largest)
    except TimeoutError:
        raise too_slow() from None


def operations_of(form: FormData) -> Any:
    """The form's JSON with its files in the places that the map names. Raises Refusal."""
    operations = _json_part(form, "operations")
    places = _json_part(form, "map")
    if not isinstance(operations, dict) or not isinstance(places, dict):
        raise _wrong("operations and map must be JSON objects.")
    files = _files(form)
    for name in files:
        if name not in places:
            raise _wrong("The body has a file that map does not name.")
    for name, paths in places.items():
        file = files.get(name)
        if file is None:
            raise _wrong("map names a file that the body does not have.")
        if not isinstance(paths, list) or not 1 <= len(paths) <= MOST_FILES:
            raise _wrong(f"map must name, for each file, the 1 to {MOST_FILES} places of it.")
        for path in paths:
            _put(operations, path, file)
    return operations


async def _form(request: Request, largest: int) -> FormData:
    parser = MultiPartParser(
        request.headers,
        _chunks(request, largest),
        max_files=MOST_FILES,
        max_fields=2,
        max_part_size=LARGEST_BODY,
    )
    parser.spool_max_size = MEGABYTE
    try:
        return await parser.parse()
    except MultiPartException as problem:
        raise _not_taken(problem.message) from None
    except (HTTPException, KeyError, ValueError, UnicodeError):
        raise _not_taken("") from None


async def _chunks(request: Request, largest: int) -> AsyncGenerator[bytes]:
    """The body as it comes. Raises Refusal as soon as it is more than `largest` bytes."""
    read = 0
    more = True
    while more:
        message = await request.receive()
        if message["type"] != "http.request":
            raise Refusal(400, "BAD_INPUT", "The client went away.")
        chunk: bytes = message.get("body", b"")
        read += len(chunk)
        if read > largest:
            raise too_large(largest)
        more = message.get("more_body", False)
        # In pieces: the parser holds on to the whole of what it is given.
        for start in range(0, len(chunk), MEGABYTE):
            yield chunk[start : start + MEGABYTE]


def _not_taken(problem: str) -> Refusal:
    """A form that was not read to its end; the problem is the parser's, and echoes nothing."""
    if problem.startswith("Too many files"):
        return _wrong(f"At most {MOST_FILES} files are taken.")
    if problem.startswith("Part exceeded"):
        return too_large(LARGEST_BODY)
    if problem.startswith("Too many fields"):
        return _wrong("The form has the parts operations and map, then files, and nothing else.")
    return _wrong("The body is not a multipart form of operations, map and files.")


def _files(form: FormData) -> Mapping[str, UploadFile]:
    found: dict[str, UploadFile] = {}
    for name, part in form.multi_items():
        if isinstance(part, UploadFile):
            if name in found:
                raise _wrong("Two files have the same name.")
            found[name] = part
    return found


def _json_part(form: FormData, name: str) -> Any:
    part = form.get(name)
    if not isinstance(part, str):
        raise _wrong(f"The part {name} is missing.")
    return read_json(part.encode("utf-8", "surrogatepass"))


def _put(operations: dict[str, Any], path: Any, file: UploadFile) -> None:
    """Put a file at a place such as variables.input.file, which must hold null."""
    steps = path.split(".") if isinstance(path, str) else []
    if len(steps) < 2 or steps[0] != "variables" or len(steps) > 20:
        raise _wrong("A place in map begins with variables.")
    place: Any = operations
    for step in steps[:-1]:
        place = _inside(place, step)
    if _inside(place, steps[-1]) is not None:
        raise _wrong("A file's place in operations must hold null.")
    if isinstance(place, list):
        place[int(steps[-1])] = file
    else:
        place[steps[-1]] = file


def _inside(place: Any, step: str) -> Any:
    if isinstance(place, dict) and step in place:
        return place[step]
    is_place = step.isascii() and step.isdecimal() and len(step) < 6
    if isinstance(place, list) and is_place and int(step) < len(place):
        return place[int(step)]
    raise _wrong("A place in map is not there in operations.")


def _wrong(message: str) -> Refusal:
    return Refusal(400, "BAD_INPUT", message)
