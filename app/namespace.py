"""How the keys of several installations on one Valkey are kept apart."""

import hashlib


def namespace_of(database_url: str) -> str:
    """The prefix of an installation's keys: two on one Valkey never mix their messages."""
    place = database_url.rpartition("@")[2]
    return "crossdock-" + hashlib.sha256(place.encode()).hexdigest()[:12]
