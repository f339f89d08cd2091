"""Colours of the map as colour-blind readers see them, and the contrast of its texts."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from geoplan.map import palette

Colour = npt.NDArray[np.float64]
# Machado, Oliveira & Fernandes 2009, severity 1: how each kind of colour-blindness sees linear RGB
SEEN = {
    "all colours": np.eye(3),
    "no red cones": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "no green cones": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]),
    "no blue cones": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]),
}  # fmt: skip
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
APART = 10.0  # distance in Lab that is plainly seen; about 2.3 is just seen
RAMPS = ("SCORE_RAMP", "PEOPLE_RAMP", "NEAR_RAMP", "SHARE_RAMP")
SETS = ("CAUSE_COLOURS", "NATURE_COLOURS")


def linear(colour: str) -> Colour:
    """A hexadecimal colour, laid on white where it is see-through, as linear RGB."""
    parts = np.array([int(colour[k : k + 2], 16) / 255 for k in range(1, len(colour), 2)])
    rgb = parts[:3] if len(parts) == 3 else parts[:3] * parts[3] + 1 - parts[3]
    return np.asarray(np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4))


def lab(rgb: Colour) -> Colour:
    """Linear RGB in CIE Lab under daylight."""
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def between(a: str, b: str, eyes: str) -> float:
    """How far apart two colours look."""
    return float(np.linalg.norm(lab(SEEN[eyes] @ linear(a)) - lab(SEEN[eyes] @ linear(b))))


@pytest.mark.parametrize("eyes", SEEN)
@pytest.mark.parametrize("name", SETS)
def test_classes_look_different_to_everyone(name: str, eyes: str) -> None:
    """Any two causes, and any two natures of an option, are plainly different, whatever cones a reader has."""
    near = {f"{a} {b}": between(x, y, eyes) for (a, x), (b, y) in combinations(getattr(palette, name).items(), 2)}
    assert {k: round(v, 1) for k, v in near.items() if v < APART} == {}


@pytest.mark.parametrize("eyes", SEEN)
@pytest.mark.parametrize("name", RAMPS)
def test_ramps_darken_step_by_step_for_everyone(name: str, eyes: str) -> None:
    """Each class of a ramp is darker than the one before and plainly different from it; so it reads in black and white too."""
    light = [lab(SEEN[eyes] @ linear(c))[0] for c in getattr(palette, name)]
    assert all(a - b > 4 for a, b in pairwise(light)), [round(v, 1) for v in light]
    assert all(between(a, b, eyes) > APART for a, b in pairwise(getattr(palette, name)))


def test_texts_stand_out_from_their_ground() -> None:
    """The text colours of the page have the contrast on white that WCAG 2.1 asks of small text (4.5 to 1)."""
    css = (Path(palette.__file__).parent / "assets" / "geoplan.css").read_text(encoding="utf-8")
    named = dict(re.findall(r"--(ink|muted|accent): *(#[0-9a-f]{6})", css))
    assert {"ink", "muted"} <= set(named)
    for colour in named.values():
        assert 1.05 / (float(TO_XYZ[1] @ linear(colour)) + 0.05) >= 4.5, colour
