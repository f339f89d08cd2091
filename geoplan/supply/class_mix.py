"""Class mix: how room for so many children is shared among the age bands, in whole classes."""

from __future__ import annotations

from collections.abc import Mapping

ROUNDING = 1e-9  # places, so that 200 m² at 10 m² a place are 20 places and not 19.999


def mix_classes(room: float, sizes: Mapping[str, int], most: int | None = None) -> dict[str, int]:
    """Classes by band for `room` places: in rounds, one class of each band from the first on, while it fits.

    `sizes` gives children a class, in the order in which the bands take their turn. A band whose class no longer
    fits is passed over and the next is tried, until nothing fits or there are `most` classes. So the places,
    Σ classes × size, are never more than `room`, and what is left is less than the smallest class.

    >>> mix_classes(60, {"m24_36": 20, "m12_24": 15, "m06_12": 10}, most=4)
    {'m24_36': 1, 'm12_24': 2, 'm06_12': 1}
    """
    classes = dict.fromkeys(sizes, 0)
    added = True
    while added:
        added = False
        for band, size in sizes.items():
            if (most is None or sum(classes.values()) < most) and size <= room + ROUNDING:
                classes[band] += 1
                room -= size
                added = True
    return classes
