"""How a number is written for people: on the report page and on the model card."""

from __future__ import annotations

import math


def figure(value: float | None) -> str:
    """A number with three significant digits, a dash for an undefined one (`None` or nan).

    >>> figure(0.80341), figure(34.35), figure(1234.5), figure(0.0), figure(float("nan")), figure(None)
    ('0.803', '34.4', '1,234', '0', '–', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    if value == 0:
        return "0"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(decimals, 4)}f}"
