"""Files are put in their places whole or not at all: written beside, forced to the disk, renamed; one run at a time in a folder.

Everything that geoplan leaves behind for others goes through here (the layers of `exports` into a folder that is staged here).
What a killed run leaves half-way is recognised by its name, `.<name>.staging-<pid>` or `.<name>.old-<pid>`, and taken up by `heal`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from geoplan.errors import GeoplanError, ResourceError

LOCK = ".geoplan.lock"
LEFT = re.compile(r"\.(?P<name>.+)\.(?P<state>staging|old)-(?P<pid>\d+)")
# what libraries raise when the disk, and not the data, is at fault; they carry no errno
DISK_ERRORS = ("DataSourceError", "DataLayerError", "FeatureError", "FileCreateError", "OperationalError", "TypstError")


def write_bytes(path: Path | str, data: bytes) -> None:
    """Put a file in its place: the old one stays whole until the new one is on the disk; raises `ResourceError`."""
    target = Path(path)
    staging = target.with_name(f".{target.name}.staging-{os.getpid()}")
    with refused_by_the_machine(target):
        try:
            with staging.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            staging.replace(target)
            sync(target.parent)
        finally:
            staging.unlink(missing_ok=True)


def write_text(path: Path | str, text: str, encoding: str = "utf-8") -> None:
    """Put a text in its place, with the line ends that it has."""
    write_bytes(path, text.encode(encoding))


def copy_file(source: Path, target: Path) -> None:
    """Put a copy of a file, however large, in a place where there is none; whole or not at all."""
    staging = target.with_name(f".{target.name}.staging-{os.getpid()}")
    with refused_by_the_machine(target):
        try:
            shutil.copyfile(source, staging)
            sync(staging)
            staging.replace(target)
            sync(target.parent)
        finally:
            staging.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """A folder, with those above it, if it is not there."""
    with refused_by_the_machine(path):
        path.mkdir(parents=True, exist_ok=True)


@contextmanager
def staged(folder: Path, whole: Callable[[Path], bool]) -> Iterator[Path]:
    """A folder beside `folder` that takes its place when the block ends well, and vanishes when it does not.

    `whole` says whether a folder was finished; what a killed run left is taken up first. Raises `ResourceError` with the folder
    and the cause, whatever refuses: a full disk, a missing right, no file handles.
    """
    with refused_by_the_machine(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        heal(folder, whole)
        staging = folder.with_name(f".{folder.name}.staging-{os.getpid()}")
        try:
            staging.mkdir()
            yield staging
            sync_tree(staging)
            swap(staging, folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def swap(staging: Path, folder: Path) -> None:
    """Put a finished folder in the place of another; between the two renames a kill leaves both, and `heal` ends it."""
    old = folder.with_name(f".{folder.name}.old-{os.getpid()}")
    if folder.exists():
        folder.rename(old)
    try:
        staging.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def heal(folder: Path, whole: Callable[[Path], bool]) -> None:
    """End what a killed run began: a missing folder comes back, the new one if it is whole, else the old one; the rest goes away.

    What belongs to a process that lives is left alone.
    """
    left = sorted(p for p in folder.parent.glob(f".{folder.name}.*") if dead(p, folder.name))
    if not folder.exists():
        finished = [p for p in left if whole(p)]
        for found in sorted(finished, key=lambda p: ".staging-" not in p.name)[:1]:
            found.rename(folder)
            sync(folder.parent)
    for found in left:
        shutil.rmtree(found, ignore_errors=True)


def dead(path: Path, name: str) -> bool:
    """Whether a path is what a run of a process that is gone left of a folder of this name."""
    found = LEFT.fullmatch(path.name)
    return bool(found) and found["name"] == name and not alive(int(found["pid"]))  # type: ignore[index]


def alive(pid: int) -> bool:
    """Whether another process of this number runs on this computer.

    >>> alive(os.getpid())
    False
    """
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is there and belongs to someone else
        return True
    return True


def sync_tree(folder: Path) -> None:
    """Force every file and folder below a folder to the disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """Force a file, or the names in a folder, to the disk, where the system can."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(folder: Path, say: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Only one run at a time in a folder; raises `ResourceError` that names the process and the computer of the other.

    A lock that a dead process of this computer left is taken over with a word; one of another computer is refused, with the way out.
    """
    with refused_by_the_machine(folder):
        new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        path, here = folder / LOCK, {"pid": os.getpid(), "host": socket.gethostname()}
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            holder = read_lock(handle)
            if not taken(handle) or (holder and holder["host"] != here["host"]):
                raise ResourceError(
                    f"another run works in {folder}: process {holder.get('pid', '?')} on {holder.get('host', '?')}; "
                    f"wait for its end, choose another --out, or delete {path} if that run is over"
                )
            if holder:
                say(f"the lock of process {holder['pid']}, which is gone, is taken over")
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps(here).encode(), 0)
            try:
                yield
            finally:
                with suppress(OSError):
                    path.unlink()
        finally:
            os.close(handle)
            if new:
                with suppress(OSError):
                    folder.rmdir()  # where nothing was written, nothing is left


def read_lock(handle: int) -> dict[str, object]:
    """Who holds a lock, as it says; {} where it says nothing."""
    with suppress(ValueError, KeyError):
        said = json.loads(os.pread(handle, 4096, 0))
        return {"pid": said["pid"], "host": said["host"]}
    return {}


def taken(handle: int) -> bool:
    """Whether the lock of an open file could be taken; the system gives it back when the process ends, however it ends."""
    if os.name == "nt":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def refused_by_the_machine(place: Path) -> Iterator[None]:
    """Turn what the system refuses while something is written into one `ResourceError` with the place and the cause."""
    try:
        yield
    except GeoplanError:
        raise
    except Exception as error:
        if not isinstance(error, OSError) and type(error).__name__ not in DISK_ERRORS:
            raise
        cause = getattr(error, "strerror", None) or str(error)
        named = getattr(error, "filename", None)
        at = f" ({Path(os.fsdecode(named)).name})" if isinstance(named, str | bytes) else ""
        raise ResourceError(f"cannot write {place}: {cause}{at}; nothing was changed there") from error
