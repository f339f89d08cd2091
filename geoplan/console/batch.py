"""Batch: many scenarios as one table, on the screen and as a file, and the cluster that they may run on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.errors import Language, ResourceError, Text, UsageError
from geoplan.study.run import Batch

TABLE = "scenarios.csv"
SHOWN = {
    "demand_total": Text("places wanted", "需求"),
    "served": Text("served today", "现已满足"),
    "served_after": Text("served with the plan", "计划后满足"),
    "cost": Text("yuan", "投资（元）"),
    "sites": Text("options", "项数"),
    "status": Text("proof", "求解状态"),
}


def write_table(batch: Batch, folder: Path) -> None:
    """Write the table of all scenarios beside their folders, as `scenarios.csv`."""
    from geoplan.exports.csv import write

    write(batch.table(), folder / TABLE)


def spoken_table(batch: Batch, language: Language) -> str:
    """The table of all scenarios as text: what a sweep set, and what came out."""
    table = batch.table()
    swept = dict.fromkeys(key for scenario in batch.study.scenarios.values() for key in scenario.swept)
    set_by_sweep = [key for key in swept if key in table]
    shown = table[[*set_by_sweep, *(c for c in SHOWN if c in table)]].rename(
        columns={c: text.to(language) for c, text in SHOWN.items()}
    )
    told = {c: shown[c].map(as_set if c in set_by_sweep else short) for c in shown.columns}
    return str(pd.DataFrame(told).to_string())


def as_set(value: Any) -> str:
    """A value as a sweep set it, whole; nothing for the scenarios that no sweep made.

    >>> as_set(0.25), as_set(float("nan")), as_set("low")
    ('0.25', '', 'low')
    """
    missing = isinstance(value, float) and math.isnan(value)
    return "" if missing else f"{value:.10g}" if isinstance(value, float) else str(value)


def short(value: Any) -> str:
    """A cell as it is shown: numbers without more than one decimal, what is missing as a dash.

    >>> short(1234.56), short(None), short("optimal")
    ('1,234.6', '—', 'optimal')
    """
    if not isinstance(value, str) and pd.isna(value):
        return "—"
    return f"{value:,.1f}".removesuffix(".0") if isinstance(value, int | float) else str(value)


@contextmanager
def executor_at(address: str | None, wait_s: float = 10) -> Iterator[Executor | None]:
    """The executor of a Dask cluster; None where no address is given. Raises `UsageError` without the extra, `ResourceError` without the cluster."""
    if address is None:
        yield None
        return
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise UsageError("--scheduler needs Dask: pip install 'geoplan[dask]'") from None
    try:
        client = distributed.Client(address, timeout=wait_s)
    except ValueError as error:
        raise UsageError(f"--scheduler {address} is no address ({error}); write it as tcp://10.0.0.5:8786") from None
    except OSError as error:
        raise ResourceError(
            f"no Dask scheduler answers at {address} ({error}); start one, or leave --scheduler out"
        ) from None
    with client:
        yield client.get_executor()
