"""Together: the maps of several scenarios as one page that switches between them, drawn again from finished runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geoplan.errors import UsageError
from geoplan.map.document import FORMAT, together
from geoplan.map.packed import read
from geoplan.map.page import Page, page

SAME = ("title", "language", "view")  # of pages that can be joined


def join(files: Sequence[Path | str]) -> Page:
    """One page of the scenarios whose maps these files are, in this order, with what they share held once.

    Raises `UsageError` if a file is no map of geoplan's, is one of another version, or of another study or language than the first.
    """
    contents = [_content(Path(file)) for file in files]
    for file, content in zip(files, contents, strict=True):
        if other := [key for key in SAME if content[key] != contents[0][key]]:
            raise UsageError(f"{file}: its {other[0]} is not that of {files[0]}; join the scenarios of one study")
    return Page(page(together(contents)))


def scenario_maps(folder: Path) -> list[Path]:
    """The maps of the scenarios that were written below a folder, `base` first, then by name.

    Raises `UsageError` if there are none.
    """
    found = sorted(folder.glob("*/map.html"), key=lambda file: (file.parent.name != "base", file.parent.name))
    if not found:
        raise UsageError(
            f"{folder}: holds no finished scenario; name the folder that geoplan run wrote, such as maps/xingtai"
        )
    return found


def _content(file: Path) -> dict[str, Any]:
    try:
        content = read(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read: {error}") from error
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from error
    if content.get("format") != FORMAT:
        raise UsageError(f"{file}: made by another version of geoplan; run the study again")
    return content
