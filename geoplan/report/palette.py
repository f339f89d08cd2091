"""How causes and kinds are drawn: colours of different lightness, with hatches and markers for black and white print."""

from __future__ import annotations

from typing import NamedTuple


class CauseStyle(NamedTuple):
    """Colour, hatch (bars) and marker (maps) of a cause."""

    colour: str
    hatch: str
    marker: str


CAUSE_STYLES: dict[str, CauseStyle] = {
    "served": CauseStyle("#d5e8d4", "", "."),
    "too_far": CauseStyle("#7b1e3a", "", "o"),
    "full": CauseStyle("#e08214", "///", "s"),
    "wrong_kind": CauseStyle("#80b1d3", "...", "^"),
    "not_joined": CauseStyle("#ffffff", "xxx", "X"),
}

# colour and marker by rank of an option kind; a study with more kinds begins again
KIND_STYLES = (
    ("#d7191c", "^"), ("#2c7bb6", "s"), ("#fdae61", "D"), ("#1a9641", "v"), ("#7b3294", "P"), ("#e6ab02", "*"),
    ("#a6611a", "X"), ("#e7298a", "p"), ("#01665e", "h"), ("#444444", "<"),
)  # fmt: skip

BASE_STYLES: dict[str, tuple[str, float]] = {
    "rivers": ("#9ecae1", 0.8),
    "water": ("#9ecae1", 0.8),
    "railways": ("#737373", 0.6),
    "streets": ("#d0d0d0", 0.25),
}
