"""The programme where the people of a demand point and band stay together."""

from __future__ import annotations
