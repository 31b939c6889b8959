"""Loopback ports for the engines."""

import secrets
import socket

from app.embedded.errors import EngineError

LOOPBACK = "127.0.0.1"
# Below the ranges from which Linux and macOS take the ports of outgoing connections, so that a kept
# port is rarely taken at the next start.
FIRST_PORT, LAST_PORT = 20_000, 32_000
TRIES = 200
CONNECT_SECONDS = 1.0


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Tell whether a server could listen on the port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if port and _is_answered(port, host, family):
        # BSD lets a second server bind the same port at a narrower address.
        return False
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def choose_port() -> int:
    """Return a free loopback port."""
    for _ in range(TRIES):
        port = FIRST_PORT + secrets.randbelow(LAST_PORT - FIRST_PORT)
        if is_free(port):
            return port
    raise EngineError(
        f"No free port on {LOOPBACK} between {FIRST_PORT} and {LAST_PORT}.",
        remedy="end programs that listen on many ports.",
    )


def _is_answered(port: int, host: str, family: socket.AddressFamily) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(CONNECT_SECONDS)
        return probe.connect_ex((host, port)) == 0
