"""Colours that people with colour-blindness can tell apart: Okabe and Ito's set, and ramps of rising darkness."""

from __future__ import annotations

CAUSE_COLOURS = {
    "served": "#cfe2d3",
    "too_far": "#c4583c",
    "full": "#eeb23a",
    "wrong_kind": "#74b2de",
    "not_joined": "#5c626a",
}

# by rank of a kind; with more kinds than colours they begin again
KIND_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#6b6b6b")

PEOPLE_RAMP = ("#dbe7f0", "#a9c8de", "#6ea3c8", "#3a79a8", "#1d4f7d", "#0d2c4d")
NEAR_RAMP = ("#bfe3b4", "#5fbf8f", "#2a9187", "#2c6488", "#43357a")
SHARE_RAMP = ("#fdf0d9b8", "#fbcf94b8", "#f29b5eb8", "#d9603bb8", "#a62c2bb8")  # see-through: streets lie below
UNKNOWN = "#b9bec4"
