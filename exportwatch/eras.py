"""Years as East Asian calendars count them."""

from __future__ import annotations

from typing import Final

ERAS: Final = {
    "令和": 2018,
    "平成": 1988,
    "昭和": 1925,
    "大正": 1911,
    "明治": 1867,
    "民國": 1911,
    "民国": 1911,
    "中華民國": 1911,
}
"""To be added to the year within an era: 令和7年 is 2025, 民國113年 is 2024."""
