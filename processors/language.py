"""The language of a document: script first, then which standard its Han characters fit, words, and what is declared.

Kana is Japanese, Hangul Korean. Text of Han characters alone is weighed against the everyday characters of the three
national standards (JIS X 0208 level 1, GB 2312, Big5 level 1): 対 is Japanese, 条 is no Taiwanese, 關 is neither
Japanese nor simplified. What fits two alike is decided by words, then by the declaration. Ten characters are enough.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Final

_SAMPLE: Final = 300
_HAN_SAMPLE: Final = 200
_DECLARED: Final = {"zh": "", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh-tw": "zh-Hant", "zh-hk": "zh-Hant"}
_HAN: Final = re.compile(r"[々〇㐀-䶿一-鿿豈-龎\U00020000-\U0003ffff]+")
_LATIN: Final = re.compile(r"[A-Za-zÀ-ɏ]+")
_KANA: Final = re.compile(r"[ぁ-ゖァ-ヺｦ-ﾝ]+")
_HANGUL: Final = re.compile(r"[가-힣ᄀ-ᇿㄱ-ㆎ]+")
_OTHER: Final = re.compile(r"[Ͱ-ԯ֑-۾ऀ-ໟ]+")
# Compounds and signs of Japanese that Chinese does not have, for text that fits both standards.
_JAPANESE: Final = re.compile(
    r"・|[々]|輸出(?:貿易)?管理|輸出規制|輸出令|安全保障|貿易管理|省令|政令|大臣|役務|株式|首相|知事|会見|衆院|参院|見直|"
    r"措置|者等|施行令|法案|警視庁|選手|優勝|野球|場所|引退|辞任|容疑|氏、|相撲|税制|受諾|立候補|一般会計|年度"
)
_TAIWANESE: Final = re.compile(r"輸出入|貨品|辦法|條例|臺灣|經濟部|產品|行政院|立法院")


_LANGUAGES: Final = ("ja", "zh-Hans", "zh-Hant")
# Three sums in one number, this many bits apart, so that adding them up is one call; in tenths.
_BITS: Final = 16
_RARE: Final = 7
_OUTSIDE: Final = 20


class _Offences(dict[str, int]):
    def __missing__(self, character: str) -> int:
        return _packed((_OUTSIDE,) * len(_LANGUAGES))


def _packed(tenths: Iterable[int]) -> int:
    return sum(each << _BITS * place for place, each in enumerate(tenths))


@functools.cache
def _offences() -> _Offences:
    """For each Han character how it offends the three standards, packed: nothing if everyday, most if outside it."""
    standards = (
        _characters("euc_jp", range(0xB0, 0xD0)),
        _characters("gb2312", range(0xB0, 0xD8)),
        _characters("big5", range(0xA4, 0xC7)),
    )
    return _Offences(
        (sign, _packed(0 if sign in often else _RARE if sign in known else _OUTSIDE for often, known in standards))
        for sign in set().union(*(known for _, known in standards))
    )


def _characters(codec: str, everyday_lead_bytes: range) -> tuple[frozenset[str], frozenset[str]]:
    everyday, known = set(), set()
    for code in range(0x4E00, 0xA000):
        try:
            encoded = chr(code).encode(codec)
        except UnicodeEncodeError:
            continue
        if len(encoded) == 2:
            known.add(chr(code))
            if encoded[0] in everyday_lead_bytes:
                everyday.add(chr(code))
    return frozenset(everyday), frozenset(known)


def detect(title: str, text: str, declared: str = "") -> str:
    """`en ja ko zh-Hans zh-Hant`, else the declared BCP 47 tag, else `und`."""
    prior = _normal(declared)
    sample = f"{title}\n{text[:_SAMPLE]}"
    if sample.isascii():
        return _latin(prior) if _LATIN.search(sample) else prior or "und"
    kana, hangul, latin = (_count(script, sample) for script in (_KANA, _HANGUL, _LATIN))
    han = "".join(_HAN.findall(sample))
    if kana + hangul + latin == 0 and not han:
        return prior or "und"
    if hangul and hangul * 3 >= kana + len(han) and hangul * 8 >= latin:
        return "ko"
    if (kana + hangul + len(han)) * 6 < latin:
        return _latin(prior)
    ours = kana + hangul + len(han)
    if len(sample) - ours > ours and _count(_OTHER, sample) > ours:
        return prior or "und"
    return "ja" if kana * 12 > len(han) else _of_han(han[:_HAN_SAMPLE], sample, prior)


def _count(script: re.Pattern[str], text: str) -> int:
    return len("".join(script.findall(text)))


def _normal(declared: str) -> str:
    tag = declared.strip().replace("_", "-").lower()
    if tag in _DECLARED:
        return _DECLARED[tag]
    for known in ("zh-Hans", "zh-Hant"):
        if tag.startswith(known.lower()):
            return known
    primary = tag.partition("-")[0]
    return primary if primary in ("en", "ja", "ko") else tag


def _of_han(han: str, sample: str, prior: str) -> str:
    """The standard these characters offend least against; one offence outweighs any word or declaration."""
    offences = sum(map(_offences().__getitem__, frozenset(han)))
    low = (1 << _BITS) - 1
    votes = {language: -(offences >> _BITS * place & low) / 10 for place, language in enumerate(_LANGUAGES)}
    votes["ja"] += 0.6 * min(len(_JAPANESE.findall(sample)), 3) - 0.3
    votes["zh-Hant"] += 0.6 * min(len(_TAIWANESE.findall(sample)), 2) - 0.1
    if prior in votes:
        votes[prior] += 0.9
    return max(votes, key=lambda language: votes[language])


def _latin(prior: str) -> str:
    return prior if prior and prior not in ("ja", "ko", "zh-Hans", "zh-Hant") else "en"
