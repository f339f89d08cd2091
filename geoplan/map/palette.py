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

# what an option does to a place; kinds of the same nature differ by shape
NATURE_COLOURS = {
    "convert": "#0072b2",
    "acquire": "#b3478f",
    "with_housing": "#00805d",
    "new_land": "#d55e00",
    "mobile": "#e0b000",
    "facility": "#4b5563",
}

# land that is kept free, by role: light, so that what lies below stays readable
CONTROL_COLOURS = {
    "permanent_farmland": "#9a8412",
    "ecological_red_line": "#2e8b57",
    "blue_line": "#2f7fc1",
    "green_line": "#5fa62b",
    "purple_line": "#8a4fa3",
    "yellow_line": "#c9a400",
    "geological_hazard": "#8b5a2b",
    "flood": "#1f9fb5",
    "mining": "#6b6b6b",
    "development_boundary": "#c0392b",
    "village_boundary": "#7a5c3e",
}
FIRE, POWER, HEALTH, CROWD = "#c0281c", "#6a3d9a", "#7a5a00", "#0b6b85"
HAZARD_COLOURS = {
    **dict.fromkeys(("class_a_b_plant", "inflammable_building", "filling_station", "gas_oil_pipe"), FIRE),
    **dict.fromkeys(("substation", "power_line_110", "power_line_220", "power_line_500"), POWER),
    **dict.fromkeys(("refuse_transfer", "infectious_ward"), HEALTH),
    **dict.fromkeys(("entertainment", "shopping_mall", "wholesale_market", "wide_road"), CROWD),
}

SCORE_RAMP = ("#d7e3c3", "#a5cf9a", "#5eb08a", "#2a8379", "#154f5c")
PEOPLE_RAMP = ("#dbe7f0", "#a9c8de", "#6ea3c8", "#3a79a8", "#1d4f7d", "#0d2c4d")
NEAR_RAMP = ("#bfe3b4", "#5fbf8f", "#2a9187", "#2c6488", "#43357a")
SHARE_RAMP = ("#fdf0d9b8", "#fbcf94b8", "#f29b5eb8", "#d9603bb8", "#a62c2bb8")  # see-through: streets lie below
UNKNOWN = "#b9bec4"
