"""Tiles of others under the map, only where a study asks for them; the page says whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from geoplan.errors import Text

TIANDITU = (
    "https://t{s}.tianditu.gov.cn/vec_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=vec&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk="
)
KNOWN = {
    "osm": ("https://tile.openstreetmap.org/{z}/{x}/{y}.png", "© OpenStreetMap contributors"),
    "tianditu": (TIANDITU, "天地图"),
}
NOTE = Text(
    "Background tiles: {source}; they are fetched from {host} when the map is open. Without a network the background stays empty.",
    "底图瓦片：{source}，打开地图时从 {host} 读取；无网络时不显示底图。",
)


def tiles(asked: Mapping[str, Any], language: Any) -> dict[str, Any] | None:
    """What the page's scripts need to lay tiles under everything: address, hosts, and the note that the page shows; None for none.

    >>> tiles({"tiles": "osm"}, "en")["hosts"]
    ['https://tile.openstreetmap.org']
    >>> tiles({}, "en") is None
    True
    """
    name = asked.get("tiles")
    if not name:
        return None
    address, source = KNOWN.get(name, (name, ""))
    address += asked.get("key", "") if name == "tianditu" else ""
    parts = urlsplit(address)
    host = f"{parts.scheme}://{parts.netloc}".replace("{s}", "*").replace("t*.", "*.")
    said = NOTE.to(language).format(source=source or parts.netloc, host=parts.netloc.replace("{s}", "*"))
    return {"url": address, "subdomains": "01234567", "hosts": [host], "note": said}
