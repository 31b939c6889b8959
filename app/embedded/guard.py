"""A watcher for engines that must not outlive their process: those of a test run.

It is a shell that reads from a pipe. When our process dies, however it dies, the kernel closes the
pipe; the shell then ends the engines and deletes the folder.
"""

import subprocess
from pathlib import Path

RELEASE = "released"
SCRIPT = f"""
read -r word
[ "$word" = {RELEASE} ] && exit 0
postgres=$(head -n 1 "$1/postgres/postmaster.pid" 2>/dev/null)
valkey=$(cat "$1/valkey/valkey.pid" 2>/dev/null)
[ -n "$postgres" ] && kill -QUIT "$postgres"
[ -n "$valkey" ] && kill -KILL "$valkey"
left=100
while [ -n "$postgres" ] && kill -0 "$postgres" && [ $left -gt 0 ]; do
  sleep 0.1
  left=$((left - 1))
done
rm -rf "$1" "$2"
"""


class Guard:
    """Deletes a home and its data, and ends its engines, when this process dies."""

    def __init__(self, root: Path, home: Path) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", SCRIPT, "sh", str(root), str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            text=True,
        )

    def release(self) -> None:
        """Let the guard go: the engines were stopped in good order."""
        self._shell.communicate(f"{RELEASE}\n")
