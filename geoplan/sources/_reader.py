"""The process that reads: it takes requests from its input, hands files to the libraries in C, and writes what they make of them.

`_child` starts it and talks with it. It does nothing else: it knows the functions of the list below and no others, and it ends with
the one who started it.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import Any, BinaryIO

from geoplan.errors import InputError
from geoplan.sources import _sandbox, _wire

FUNCTIONS = ("layer", "first_rows", "layers", "nodes_and_edges", "open_grid", "grid_cells", "close_grid", "ways")


def main() -> None:
    """Answer requests until there are no more."""
    questions, answers = _own_streams()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who asks, who ends this process
    _sandbox.end_with_parent()
    missing = _sandbox.enter() if os.environ.get(_sandbox.VARIABLE) else []
    with suppress(EOFError, BrokenPipeError):
        _warm()
        while True:
            request = _wire.receive(questions)
            answer = _answer(request, missing)
            try:
                _wire.send(answers, answer)
            except TypeError as error:  # told before a byte is written
                _wire.send(answers, {"error": "other", "text": str(error)})


def _own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Input and output for requests and answers; what a library prints goes nowhere."""
    questions, answers = os.dup(0), os.dup(1)
    silent = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(silent, number)
    os.close(silent)
    return os.fdopen(questions, "rb"), os.fdopen(answers, "wb")


def _warm() -> None:
    """Import what reading needs while the one who asks has other things to do."""
    import geopandas  # noqa: F401
    import pyogrio  # noqa: F401
    import rasterio  # noqa: F401

    from geoplan.sources import _gdal  # noqa: F401


def _answer(request: Any, missing: list[str]) -> Any:
    """What a function gives, or how it ended, as plain data."""
    from geoplan.sources import _gdal

    known = {name: getattr(_gdal, name) for name in FUNCTIONS}
    known |= {"missing": lambda: missing, "probe": _sandbox.probe}
    try:
        return {"value": known[request["name"]](*request["arguments"])}
    except InputError as error:
        return {
            "error": "input",
            "findings": [{**vars(f), "problem": list(f.problem), "advice": list(f.advice)} for f in error.findings],
        }
    except PermissionError:
        return {"error": "permission"}
    except MemoryError:
        return {"error": "memory"}
    except Exception as error:  # libraries raise anything over a broken file; the one who asks says so
        return {"error": "other", "text": f"{type(error).__name__}: {error}"[:2000]}


if __name__ == "__main__":
    main()
    sys.exit(0)
