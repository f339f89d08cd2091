"""A page that asks nothing of any other address: folium's figure with the vendored assets inside and a strict policy."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from branca.element import CssLink, Element, Figure, JavascriptLink

from geoplan.errors import CheckFailed, UsageError

# folium's logical names of what only its icons and pop-ups need; this page has neither
DROPPED = {
    "jquery", "bootstrap", "awesome_markers", "bootstrap_css", "glyphicons_css", "awesome_markers_font_css",
    "awesome_markers_css", "awesome_rotate_css",
}  # fmt: skip
# addresses that are names, not links: XML namespaces, and the author's page in Leaflet's attribution (which is not shown)
NAMES = ("http://www.w3.org/", "https://leafletjs.com")

ADDRESS = re.compile(r"(?i)\bhttps?://[^\s\"'<>)]*")
LINK = re.compile(r"(?i)(?<![\w.])(?:src|href)\s*=\s*[\"']?\s*(?!data:|#|[\"'\s>])[^\s\"'>]+")
STYLE_LINK = re.compile(r"(?i)\burl\(\s*[\"']?(?!data:|#)[^)]*\)|@import\b[^;]*")
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class Raw(Element):
    """Markup that is written as it stands; it never meets the template engine."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name, self._id, self.text = "Raw", hashlib.sha256(text.encode()).hexdigest()[:12], text

    def render(self, **_: Any) -> str:
        """The text itself."""
        return self.text


class OfflineFigure(Figure):
    """A folium figure that inlines what its elements would fetch, and refuses what it does not know; `images`: hosts of tiles.

    Links to scripts and styles are looked up by folium's logical name among the vendored assets. An element that wants
    anything else raises `UsageError`, so that no page silently needs the network.
    """

    def __init__(self, language: str, images: Sequence[str] = ()) -> None:
        super().__init__()
        self._id, self.language, self.images = "page", language, images

    def render(self, **kwargs: Any) -> str:
        """The page as text; raises `UsageError` if an address is left in it."""
        for child in list(self._children.values()):
            child.render(**kwargs)
        inlined = {name: inline(name, child) for name, child in self.header._children.items()}
        head = "\n".join(e.render(**kwargs) for e in inlined.values() if e is not None)
        body, script = self.html.render(**kwargs), self.script.render(**kwargs)
        page = f"{head}\n</head>\n<body>\n{body}\n<script>\n{script}\n</script>\n</body>\n</html>\n"
        refuse_remote(page)
        return f'<!DOCTYPE html>\n<html lang="{self.language}">\n<head>\n{policy(page, self.images)}\n{page}'


def inline(name: str, element: Any) -> Any:
    """The element that stands in the page instead of a link: its asset, None where it is dropped, itself if no link."""
    if not isinstance(element, (JavascriptLink, CssLink)):
        return element
    if name in DROPPED:
        return None
    if name not in lock():
        raise UsageError(f"the map would fetch {name!r} from {element.url}; vendor it in map/assets or leave it out")
    return script(asset(name)) if isinstance(element, JavascriptLink) else style(asset(name))


def script(text: str) -> Raw:
    """JavaScript as an element of the page, without the name of its source map."""
    plain = re.sub(r"//# sourceMappingURL=\S*", "", text.replace("\r\n", "\n"))
    return Raw("<script>" + plain.replace("</script", "<\\/script") + "</script>")


def style(text: str) -> Raw:
    """CSS as an element of the page, without comments and without links to pictures.

    >>> style("a { background: url(x.png) } /* b */").text
    '<style>a { background: none } </style>'
    """
    plain = re.sub(r"/\*.*?\*/", "", text.replace("\r\n", "\n"), flags=re.DOTALL)
    return Raw("<style>" + re.sub(r"url\([^)]*\)", "none", plain) + "</style>")


def policy(page: str, images: Sequence[str] = ()) -> str:
    """The content security policy: only the page's own scripts run, by their SHA-256, and pictures come from `images` alone."""
    hashes = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in SCRIPT.findall(page)]
    allowed = " ".join(f"'sha256-{h}'" for h in hashes)
    rules = f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src {' '.join(['data:', *images])}; base-uri 'none'; form-action 'none'"
    return f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{rules}">'


def refuse_remote(page: str) -> None:
    """Raise `UsageError` if a page names any other address: in a link, a style, or a script.

    >>> refuse_remote('<img src="//example.org/a.png">')
    Traceback (most recent call last):
    ...
    geoplan.errors.UsageError: the map would fetch: src="//example.org/a.png
    """
    markup = SCRIPT.sub("", page)
    found = [a for a in ADDRESS.findall(page) if not a.startswith(NAMES)]
    found += LINK.findall(markup) + STYLE_LINK.findall(markup)
    if found:
        raise UsageError(f"the map would fetch: {', '.join(sorted(set(found))[:5])}")


@cache
def lock() -> dict[str, dict[str, str]]:
    """The vendored assets by folium's logical name: file, version, licence, SHA-256."""
    found: dict[str, dict[str, str]] = json.loads(own("assets.json"))
    return found


def asset(name: str) -> str:
    """The text of a vendored asset behind its licence; raises `CheckFailed` if it is not the file that was locked."""
    entry = lock()[name]
    data = files("geoplan.map").joinpath("assets", entry["file"]).read_bytes()
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise CheckFailed(f"map/assets/{entry['file']} is not the file of assets.json")
    return f"/*\n{own(entry['licence_file'])}*/\n{data.decode()}"


def own(file: str) -> str:
    """The text of a file of map/assets."""
    return files("geoplan.map").joinpath("assets", file).read_text(encoding="utf-8")
