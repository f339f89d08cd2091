"""The plan: chosen options, sized by their places; a click shows whom each serves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.map.overlay import NOT_DRAWN, Overlay
from geoplan.map.overlays._options import chosen, kind_classes
from geoplan.map.words import word
from geoplan.result import Result


def overlay(result: Result) -> Overlay | None:
    """A ringed mark a chosen option, its area in proportion to its places; nothing where there is no plan."""
    frame = result.chosen.sort_index()
    if result.plan is None or frame.empty:
        return None
    classes, rank = kind_classes(result, frame["kind"], "#1f2933", 1.2)
    of = np.array([rank.get(k, NOT_DRAWN) for k in frame["kind"]], np.uint8)
    size = 4 + 7 * np.sqrt(frame["places"].to_numpy(float) / max(float(frame["places"].max()), 1.0))
    return Overlay("plan", word("plan"), "points", 50, chosen(result), classes, of, word("unit.size_places"), shown=True, size=size,
                   links=links(result), by_phase=standing(frame, of))  # fmt: skip


def standing(frame: pd.DataFrame, of: npt.NDArray[np.uint8]) -> dict[int, npt.NDArray[np.uint8]]:
    """The classes of what stands in each phase; none where all opens in one."""
    phases = sorted({int(p) for p in frame["phase"]}) if "phase" in frame.columns else []
    opened = frame["phase"].to_numpy(int) if phases else np.zeros(0, int)
    return {p: np.where(opened <= p, of, NOT_DRAWN).astype(np.uint8) for p in phases} if len(phases) > 1 else {}


def links(result: Result) -> pd.DataFrame:
    """Who goes where with the plan: people by demand point and place, age bands put together."""
    amount = result.assignment.groupby(["demand_id", "place_id"], sort=True)["amount"].sum().reset_index()
    amount = amount[amount["amount"] > 0]
    return amount.assign(layer=np.where(amount["place_id"].isin(result.chosen.index), "plan", "facilities"))
