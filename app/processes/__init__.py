"""Runs the API and worker processes of `crossdock up` and keeps them running."""

from app.processes.listening import PortInUse, require_free_port
from app.processes.spec import ProcessSpec
from app.processes.stopping import signals_as_interrupt
from app.processes.supervisor import ProcessesFailed, run_processes

__all__ = [
    "PortInUse",
    "ProcessSpec",
    "ProcessesFailed",
    "require_free_port",
    "run_processes",
    "signals_as_interrupt",
]
