"""Colours that people with colour-blindness can tell apart: Okabe and Ito's set, and ramps of rising darkness."""

from __future__ import annotations

CAUSE_COLOURS = {
    "served": "#c5dccb",
    "too_far": "#b5432a",
    "full": "#e69f00",
    "wrong_kind": "#56a4d9",
    "not_joined": "#4a4a4a",
}

# by rank of a kind; with more kinds than colours they begin again
KIND_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#6b6b6b")

PEOPLE_RAMP = ("#dbe7f0", "#a9c8de", "#6ea3c8", "#3a79a8", "#1d4f7d", "#0d2c4d")
NEAR_RAMP = ("#bfe3b4", "#5fbf8f", "#2a9187", "#2c6488", "#43357a")
SHARE_RAMP = ("#fdf0d9", "#fbcf94", "#f29b5e", "#d9603b", "#a62c2b")
UNKNOWN = "#b9bec4"
