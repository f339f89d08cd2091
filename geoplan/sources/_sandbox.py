"""What the process that reads takes from itself before it opens a file from outside: memory, writing, the network.

The rules are those of Linux: limits of resources, a network of its own with nothing in it, and Landlock.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

from geoplan.sources import budgets

VARIABLE = "GEOPLAN_SANDBOX"
GUARDS = ("memory", "network", "writing")

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
# system calls of Landlock: the same numbers on every machine
CREATE_RULESET, RESTRICT_SELF, ASK_VERSION = 444, 446, 1
# rights over files that change something, by the version of Landlock that knows them; and rights over TCP
CHANGES = {1: 0b1_1111_1111_0010, 2: 1 << 13, 3: 1 << 14}
CONNECTS = {4: 0b11}
REFUSED = {errno.EACCES, errno.EPERM, errno.ENETUNREACH, errno.EFBIG, errno.EROFS, errno.ENETDOWN}


def end_with_parent() -> None:
    """Die when the one who started this process does, however it does: on Linux by signal, elsewhere when its input ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # had it died before this line, the input would be at its end


def enter() -> list[str]:
    """Put every guard up that this system has; the names of those that it has not."""
    if sys.platform != "linux":
        return list(GUARDS)
    network, locked = _leave_network(), _landlock()
    up = {"memory": _limit(), "network": network or locked >= 4, "writing": locked >= 1}
    return [name for name in GUARDS if not up[name]]


def _limit() -> bool:
    """Bound memory and open files; files that are written stay empty."""
    import resource

    bounds = {
        resource.RLIMIT_AS: budgets.SANDBOX_BYTES,
        resource.RLIMIT_NOFILE: budgets.SANDBOX_FILES,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        with suppress(ValueError, OSError):  # a bound that is lower already
            resource.setrlimit(kind, (bound, bound))
    held = resource.getrlimit(resource.RLIMIT_AS)[0]
    return bool(held != resource.RLIM_INFINITY and held <= budgets.SANDBOX_BYTES)


def _leave_network() -> bool:
    """Go to a network that has nothing in it, as a user who may do so or as one of an own space of users."""
    kernel = ctypes.CDLL(None, use_errno=True)
    return any(kernel.unshare(flags) == 0 for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))


def _landlock() -> int:
    """Give up every right to change a file, and to connect where the kernel knows that; the version of Landlock, 0 if there is none."""
    kernel = ctypes.CDLL(None, use_errno=True)
    version = int(kernel.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ASK_VERSION))
    if version < 1:
        return 0
    files = sum(bits for since, bits in CHANGES.items() if since <= version)
    tcp = sum(bits for since, bits in CONNECTS.items() if since <= version)
    rules = struct.pack("<QQ", files, tcp)[: 16 if version >= 4 else 8]
    ruleset = kernel.syscall(CREATE_RULESET, rules, ctypes.c_size_t(len(rules)), 0)
    kernel.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    done = ruleset >= 0 and kernel.syscall(RESTRICT_SELF, ruleset, 0) == 0
    if ruleset >= 0:
        os.close(ruleset)
    return version if done else 0


def probe(port: int, folder: str) -> dict[str, bool]:
    """Whether a connection to this computer's `port` and a new file in `folder` are refused by the guards: tried, not believed."""
    return {"network": _no_connection(port), "writing": _no_writing(Path(folder) / "geoplan-probe")}


def _no_connection(port: int) -> bool:
    with socket.socket() as caller:
        caller.settimeout(5)
        return caller.connect_ex(("127.0.0.1", port)) in REFUSED


def _no_writing(file: Path) -> bool:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT)
        os.close(descriptor)
    except OSError as error:
        return error.errno in REFUSED
    return False
