"""The embedded Valkey of one home."""

import signal
import socket
from pathlib import Path

from app.embedded.binaries import Binaries
from app.embedded.launch import failed, launch
from app.embedded.liveness import ProcessIdentity, end, is_alive
from app.embedded.place import HomeRecord, Place
from app.embedded.ports import LOOPBACK
from app.embedded.private_files import write_private
from app.embedded.running import end_orphans, forget, recall, remember
from app.embedded.waiting import wait_until

NAME = "valkey"
PROGRAM = "valkey-server"
READY_SECONDS = 300.0
STOP_STEPS = ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0))
ANSWER_SECONDS = 2.0
ANSWER_BYTES = 256


def prepare(place: Place) -> None:
    """Make the data folder and clear away what a crash left."""
    if not place.valkey_data.exists():
        place.valkey_data.mkdir(mode=0o700)
        place.give_to_account(place.valkey_data)
    end_orphans(place.valkey_data, PROGRAM)
    forget(place.root, NAME)


def living(place: Place, record: HomeRecord) -> ProcessIdentity | None:
    """Return the living server of this place, once it answers on the home's port and password."""
    identity = _recall(place)
    if identity is None or not _answers(record.valkey_port, record.valkey_password):
        return None
    return identity


def start(place: Place, record: HomeRecord, binaries: Binaries, *, durable: bool) -> None:
    """Start the server on the record's port and wait until it has loaded its data."""
    log = place.root / "valkey.log"
    # In a file, because everybody on the machine can read a command line.
    configuration = place.valkey_data / "valkey.conf"
    write_private(configuration, _configuration(place, record, durable=durable))
    identity = launch(
        [binaries.valkey_server, configuration],
        account=place.account,
        cwd=place.valkey_data,
        log=log,
    )
    remember(place.root, NAME, identity)
    wait_until(
        lambda: living(place, record) is not None or not is_alive(identity), seconds=READY_SECONDS
    )
    if not is_alive(identity) or living(place, record) is None:
        end([identity], STOP_STEPS)
        raise failed("Valkey", log)


def stop(place: Place) -> None:
    """Stop the server after it has written everything."""
    identity = _recall(place)
    if identity is not None:
        end([identity], STOP_STEPS)
    forget(place.root, NAME)


def url(record: HomeRecord) -> str:
    """Return the server's address."""
    return f"redis://:{record.valkey_password}@{LOOPBACK}:{record.valkey_port}/0"


def _recall(place: Place) -> ProcessIdentity | None:
    return recall(place.root, NAME, folder=place.valkey_data, program=PROGRAM)


def _configuration(place: Place, record: HomeRecord, *, durable: bool) -> str:
    lines = [
        f"bind {LOOPBACK}",
        f"port {record.valkey_port}",
        f"dir {_quoted(place.valkey_data)}",
        f"pidfile {_quoted(place.valkey_data / 'valkey.pid')}",
        f"requirepass {record.valkey_password}",
        "daemonize no",
        "protected-mode yes",
        'save ""',
        f"appendonly {'yes' if durable else 'no'}",
        "appendfsync everysec",
        "aof-load-truncated yes",
        "maxmemory-policy noeviction",
        "loglevel notice",
        # How soon it notices that it is to stop; tests start and stop it often.
        f"hz {10 if durable else 100}",
    ]
    return "\n".join(lines) + "\n"


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _answers(port: int, password: str) -> bool:
    # By hand: importing the client would cost ten times what the whole start costs.
    try:
        with socket.create_connection((LOOPBACK, port), timeout=ANSWER_SECONDS) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\nQUIT\r\n".encode())
            answer = b""
            while received := connection.recv(ANSWER_BYTES):
                answer += received
    except OSError:
        return False
    return answer.startswith(b"+OK\r\n+PONG")
