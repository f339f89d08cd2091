"""Tiles of others: only where they are asked for, never shifted ones, and the page may fetch pictures from that host alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from geoplan.map.offline import policy
from geoplan.map.tiles import KNOWN, tiles
from geoplan.study.map_settings import NAMED, SHIFTED, MapSettings


def test_without_being_asked_there_are_none() -> None:
    """A study that says nothing has no tiles, and its page may fetch no picture."""
    assert tiles(MapSettings().model_dump(), "zh") is None
    assert "img-src data:;" in policy("")


@pytest.mark.parametrize("name", NAMED)
def test_named_tiles_come_from_their_host_alone(name: str) -> None:
    """The policy of the page allows the host of the tiles and no other, and the note names it."""
    found = tiles(MapSettings(tiles=name, key="abc").model_dump(), "en")
    assert found is not None
    assert set(KNOWN) == set(NAMED)
    (host,) = found["hosts"]
    assert f"img-src data: {host};" in policy("", found["hosts"])
    assert host.removeprefix("https://") in found["note"]


@given(
    st.sampled_from(SHIFTED), st.sampled_from(["https://t.{}.com/{{z}}/{{x}}/{{y}}", "http://{}.cn/{{z}}-{{x}}-{{y}}"])
)
def test_shifted_tiles_are_refused(name: str, address: str) -> None:
    """Tiles in GCJ-02 or BD-09 are never laid under other data."""
    with pytest.raises(ValidationError, match="GCJ-02"):
        MapSettings(tiles=address.format(name))


@pytest.mark.parametrize(
    "bad",
    ["google", "https://a.example/{z}/{x}.png", "ftp://a.example/{z}/{x}/{y}", "https://a.example/{z}/{x}/{y}'; x"],
)
def test_an_address_that_is_none_is_refused(bad: str) -> None:
    """What is no name, lacks a part or could end the policy of the page is refused."""
    with pytest.raises(ValidationError):
        MapSettings(tiles=bad)


def test_tianditu_asks_for_its_key() -> None:
    """Without a key tianditu would show nothing: that is said at once."""
    with pytest.raises(ValidationError, match="key"):
        MapSettings(tiles="tianditu")
