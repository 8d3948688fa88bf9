"""The forms in which numbers of things are written and indexed: list entries, CAS, tariff numbers.

Indexed forms: `3A090.a.1` (first part in capitals), `7664-39-3`, `2811.11`; national tariff lines are bare digits
(`8110101000`).
"""

from __future__ import annotations

import re
from typing import Final

_LIST: Final = re.compile(r"(\d[a-e]\d{3})((?: [a-z0-9]{1,4})*)")
_CAS: Final = re.compile(r"(\d{2,7}) (\d{2}) (\d)")
_DOTTED_TARIFF: Final = re.compile(r"\d{4} \d{2}(?: \d{2,4}){0,2}")


def cas_is_valid(number: str) -> bool:
    """Whether the last digit of a CAS number (`7664-39-3`) is its check digit."""
    digits = number.replace("-", "")
    weighted = sum(place * int(digit) for place, digit in enumerate(reversed(digits[:-1]), 1))
    return weighted % 10 == int(digits[-1])


def tariff_form(number: str) -> str:
    """The indexed form of a tariff number: four or six digits as written, longer ones without signs."""
    digits = number.replace(".", "").replace("-", "")
    return digits if len(digits) > 6 else number


def from_tokens(joined_tokens: str) -> str:
    """The indexed form of a code given as `text.joined` left it (`3a090 a 1`), or empty if it is none."""
    if entry := _LIST.fullmatch(joined_tokens):
        return entry[1].upper() + entry[2].replace(" ", ".")
    if cas := _CAS.fullmatch(joined_tokens):
        number = "-".join(cas.groups())
        return number if cas_is_valid(number) else ""
    if _DOTTED_TARIFF.fullmatch(joined_tokens):
        return tariff_form(joined_tokens.replace(" ", "."))
    if joined_tokens.isdigit() and len(joined_tokens) in (4, 6, 8, 10):
        return joined_tokens
    return "EAR99" if joined_tokens == "ear99" else ""
