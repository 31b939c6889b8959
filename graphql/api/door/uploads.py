"""Files in a request, after the GraphQL multipart request specification."""

from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from api.door.asking import read_json
from api.door.bodies import LARGEST_MULTIPART, read_body
from api.door.refusals import Refusal

MOST_FILES = 10
UPLOAD_SECONDS = 60.0


async def read_form(request: Request) -> FormData:
    """The parts of a multipart body, to be closed by the caller. Raises Refusal."""
    return await _form(
        request, await read_body(request, largest=LARGEST_MULTIPART, seconds=UPLOAD_SECONDS)
    )


def operations_of(form: FormData) -> Any:
    """The form's JSON with its files in the places that the map names. Raises Refusal."""
    operations = _json_part(form, "operations")
    places = _json_part(form, "map")
    if not isinstance(operations, dict) or not isinstance(places, dict):
        raise _wrong("operations and map must be JSON objects.")
    for name, paths in places.items():
        file = form.get(name)
        if not isinstance(file, UploadFile) or not isinstance(paths, list):
            raise _wrong("map must name, for each file, the places where it goes.")
        for path in paths[:MOST_FILES]:
            _put(operations, path, file)
    return operations


async def _form(request: Request, body: bytes) -> FormData:
    async def chunks() -> Any:
        yield body

    parser = MultiPartParser(
        request.headers,
        chunks(),
        max_files=MOST_FILES,
        max_fields=2,
        max_part_size=LARGEST_MULTIPART,
    )
    try:
        return await parser.parse()
    except (MultiPartException, HTTPException, KeyError, ValueError, UnicodeError):
        raise _wrong("The body is not a multipart form of operations, map and files.") from None


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
    if isinstance(place, list) and step.isdecimal() and len(step) < 6 and int(step) < len(place):
        return place[int(step)]
    raise _wrong("A place in map is not there in operations.")


def _wrong(message: str) -> Refusal:
    return Refusal(400, "BAD_INPUT", message)
