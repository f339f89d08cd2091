"""Networks: the streets of a scenario as a network for each mode, with the changes that it makes to them."""

from __future__ import annotations

from typing import Any

from geoplan.network.graph import Network, build_network
from geoplan.profiles.mode import load_mode
from geoplan.study import cache
from geoplan.study.given import Given, layer_key
from geoplan.study.memo import Memo
from geoplan.study.schema import Settings
from geoplan.study.street_changes import Edited, edit


def network_of(given: Given, settings: Settings, mode: str, unit: Any, memo: Memo) -> Network:
    """The network of a mode with the street changes of the scenario."""
    return edited_network(given, settings, mode, unit, memo)[0]


def edited_network(given: Given, settings: Settings, mode: str, unit: Any, memo: Memo) -> Edited:
    """The network of a mode with the street changes of the scenario, and a note on each."""
    key = [layer_key(settings)["layers"]["streets"], settings.area.model_dump(), mode, unit]

    def build() -> Network:
        return build_network(given.streets.nodes, given.streets.edges, load_mode(mode), unit)

    base = memo("network", key, lambda: cache.network(given.streets_key, mode, unit, build))
    changes = [change for change in settings.changes if change.of_streets]
    said = [change.model_dump(mode="json") for change in changes]
    return memo("edited network", [key, said], lambda: edit(base, changes, given))
