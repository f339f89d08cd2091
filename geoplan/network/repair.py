"""Detached pieces of a network: what they are, and a network without them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import shapely

from geoplan.errors import Finding, Text
from geoplan.network.graph import Network


def pieces(network: Network) -> pd.DataFrame:
    """The connected pieces of a network, the main one first: `nodes` and `length_m` (metres of street) by `piece`.

    Points on any piece but 0 are not joined. Causes are streets that end a little before one another, an extract cut at a border,
    or a real island.
    """
    of_edge = network.piece[network.u[network.open]]
    nodes = np.bincount(network.piece)
    length_m = np.bincount(of_edge, weights=shapely.length(network.lines[network.open]), minlength=len(nodes))
    return pd.DataFrame({"nodes": nodes, "length_m": length_m}).rename_axis("piece")


def report_pieces(network: Network, file: str = "") -> list[Finding]:
    """One note on the detached pieces, if there are any: how many, and how many kilometres of street they hold."""
    found = pieces(network)
    detached = found.iloc[1:].query("length_m > 0")
    if detached.empty:
        return []
    share = detached["length_m"].sum() / found["length_m"].sum()
    km = f"{detached['length_m'].sum() / 1000:.1f} km, {share:.1%}"
    problem = Text(
        "pieces of the street network are detached; points on them are not joined",
        "路网存在孤立部分，其上的点视为未接入路网",
    )
    advice = Text("draw the missing links, if there are any", "如有缺失的连接道路请补绘")
    return [Finding("GP-N006", file, f"mode {network.mode.id}", problem, advice, km, "note", len(detached))]


def main_piece(network: Network) -> Network:
    """The network without its detached pieces, so that points join the nearest street of the main piece instead.

    A decision of the planner, for then a detached street counts as if it were not there.
    """
    nodes = network.piece == 0
    edges = nodes[network.u] & network.open
    number = np.cumsum(nodes, dtype=np.int64).astype(np.int32) - 1
    names = ("forward", "backward", "lines")
    kept = {name: getattr(network, name)[edges] for name in names}
    ends = {"u": number[network.u[edges]], "v": number[network.v[edges]]}
    return replace(network, node_ids=network.node_ids[nodes], xy=network.xy[nodes], basis=None, **ends, **kept)
