"""Whether a port is free for the API, and who has it if not."""

import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from app.embedded.ports import is_free
from app.embedded.waiting import wait_until

# Children of a killed `up` need a moment to end before their port is free again.
PATIENCE_SECONDS = 2.5
LISTENING = "0A"
FIRST_OPEN_PORT = 1024


class PortInUse(Exception):
    """Another program listens where the API should."""

    def __init__(self, port: int, holder: str) -> None:
        super().__init__(
            f"Port {port} is in use by {holder}.\n"
            "  What to do: stop that program, or set CROSSDOCK_PORT to another port."
        )
        self.port = port
        self.holder = holder


def require_free_port(host: str, port: int) -> None:
    """Raise PortInUse unless a server could listen on the port now. Call it before any start."""
    if not wait_until(lambda: is_free(port, host), seconds=PATIENCE_SECONDS):
        raise PortInUse(port, who_listens(port))


def who_listens(port: int) -> str:
    """Return the program that listens on the port, as far as this user may know."""
    if sys.platform == "linux":
        names = _listeners_by_proc(port)
    else:
        names = _listeners_by_lsof(port)
    if not names and port < FIRST_OPEN_PORT:
        return "the system: ports below 1024 are root's"
    return ", ".join(names) or "another user's program"


def _listeners_by_proc(port: int) -> list[str]:
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    names = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # It ended meanwhile, or is another user's.
            if sockets & _open_files(process):
                name = (process / "comm").read_text().strip()
                names.append(f"{name} (pid {process.name})")
    return names


def _open_files(process: Path) -> set[str]:
    files = set()
    for link in (process / "fd").iterdir():
        with suppress(FileNotFoundError):
            files.add(str(link.readlink()))
    return files


def _listening_inodes(port: int) -> list[str]:
    inodes = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        path = Path(table)
        for line in path.read_text().splitlines()[1:] if path.exists() else []:
            fields = line.split()
            address, state, inode = fields[1], fields[3], fields[9]
            if state == LISTENING and int(address.rpartition(":")[2], 16) == port:
                inodes.append(inode)
    return inodes


def _listeners_by_lsof(port: int) -> list[str]:
    command = ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-F", "pc"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [f"{name} (pid {pid})" for pid, name in re.findall(r"p(\d+)\nc(.*)", listed)]
