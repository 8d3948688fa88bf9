"""Text that was decoded without an error, and wrongly: evident to whoever reads it, and here.

The one measure is how many of the characters are everyday ones: kana, the commonest syllables of Korean and the
commonest characters of Chinese and Japanese. Honest text of these languages is full of them. Text read in a wrong
charset has hardly any, and has them once its bytes are read in the right one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

SAMPLED: Final = 4_000
"""Characters that are looked at, from the beginning."""
_FEWEST: Final = 6
"""Fewer accented letters are no gibberish."""
_HANGUL: Final = (
    "이다의는에을로고하한가지은를도인서기자사그시어나대아리정있것수과일제해전부스들장라보주게조만상적안면원등공국방"
    "관동화모업경성신였했습니까세여소구용개된할출통규품목무역산외교물질허가금발표년월오으며위비반체내중당유치행"
)
_SIMPLIFIED: Final = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家"
    "种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民第"
    "公此已工使情明性知全三又关点正业外将两高间由问很最重并物应战向头文体政美相见被利什二等产或新己制身果加西月话合回特"
    "代内信表化老给世位次度门任常先海通教东提立及比员解水名真论处走义各入口认条平系气题活更别打变四总何电数安少报才结反"
    "受目量再感建务接必件计管期市直德资命山金指许统区保至队形社便空决治展马科司五基项出口物规布告商贸易令限技术"
)
_TRADITIONAL: Final = (
    "國這個們來說時會對發後過還進樣實軍長無與從現動關點業將兩間問題應戰頭體見產給門東員論處義認條氣變總電數報結務計區"
    "隊決馬項規佈貿術經濟部輸管制貨品清單戰略技該並為於當開學種讓議華臺灣請號"
)
_JAPANESE: Final = "輸出入規制貿易管理経済産業省安全保障措置対象品目発表関係会社事業政府地域企業法令改正施行物質韓"
_EVERYDAY: Final = re.compile(f"[ぁ-ゖァ-ヶー々{re.escape(_HANGUL + _SIMPLIFIED + _TRADITIONAL + _JAPANESE)}]")
_EAST_ASIAN: Final = re.compile("[ぁ-ヿ\u3400-\u9fff가-힣豈-\ufaff｡-ﾟ\U00020000-\U0003ffff\ue000-\uf8ff]")
_KANA: Final = re.compile("[ぁ-ヿ、。]")
_BEYOND: Final = re.compile(r"[^\x00-\x7f]")
_LATIN_HIGH: Final = re.compile("[\x80-\xffŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]")
_CONTINUATION: Final = "[\x80-\xbfŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™\ufffd]"
_AS_LATIN: Final = re.compile(f"[Â-ß]{_CONTINUATION}|[à-ï]{_CONTINUATION}{{2}}|[ð-ô]{_CONTINUATION}{{3}}")
# What no one writes: the quotation marks, dashes and accented letters of UTF-8, byte by byte.
_TELLTALE: Final = re.compile("â€[™œ˜“”¢¦\x9d\x93\x94\x99\x9c]|Ã[©¨¼¶¤¯§¢¡³±ª®´µ]|Â[°©®·]|ï»¿")
_AFTER_CAPITALS: Final = "…»”’\xa0"
_QUESTIONS: Final = re.compile(r"(?<![^\W_])\?{3,}")  # behind a word, they are the author's
_WRONG: Final = ("gb18030", "cp932", "cp949", "cp950", "euc_jp")
_RIGHT: Final = {"utf-8": 4, "cp932": 5, "euc_jp": 8, "cp949": 5, "gb18030": 8, "cp950": 8}
"""With the fewest different everyday characters that prove it: among Han, a few are hit by chance."""


def mojibake(text: str, lang: str = "") -> str:
    """Why a text is evidently not what its author wrote, in a few words; empty for honest text.

    `lang`: what it is declared to be in, if anything; only question marks for characters are looked for more keenly
    in Japanese, Korean and Chinese. Takes time in proportion to `SAMPLED`, not to the text.
    """
    text = text[:SAMPLED]
    if text.isascii():
        return _questions(text, lang)
    return _replaced(text) or _utf_8_as_latin(text) or _reread(text) or _kana_alone(text) or _questions(text, lang)


def _replaced(text: str) -> str:
    count, size = text.count("\ufffd"), len(text)
    return f"{count} of {size} characters are U+FFFD" if count >= 2 and count >= size / 100 else ""


def _questions(text: str, lang: str) -> str:
    """`????? ??`: each character lost on the way through a charset that does not have it."""
    written = "".join(text.split())
    lost = sum(len(run) for run in _QUESTIONS.findall(text))
    eastern = lang.lower().startswith(("ja", "ko", "zh"))
    if lost >= 4 and lost >= len(written) * (0.2 if eastern else 0.5) and not _EAST_ASIAN.search(text):
        return f"{lost} of {len(written)} characters are question marks"
    return ""


def _utf_8_as_latin(text: str) -> str:
    reason = "UTF-8 that was read as windows-1252"
    high = len(_LATIN_HIGH.findall(text))
    telltales = len(_TELLTALE.findall(text))
    if telltales and (telltales >= 3 or len(text) < 200) and telltales >= high / 10:
        return reason
    found = [each for each in _AS_LATIN.findall(text) if len(each) > 2 or each[1] not in _AFTER_CAPITALS]
    return reason if len(found) >= 2 and sum(map(len, found)) >= 0.9 * high else ""


def _reread(text: str) -> str:
    """A pair of charsets, of which the second makes everyday text of what the first made gibberish of."""
    everyday, beyond = _everyday(text)
    share = 0.0 if _sundered(text) else everyday / beyond
    if share >= 0.35:  # no other reading can be so much better: this only spares the work
        return ""
    for wrong, raw in _raw(text, beyond):
        for right, most in _RIGHT.items():
            if right == wrong:
                continue
            least = 3 if wrong == "windows-1252" else most  # so many accents are strange enough
            read = raw.decode(right, "replace")
            hits, size = _everyday(read)
            if hits >= least and hits / size >= max(0.35, 2.5 * share) and read.count("\ufffd") <= 0.2 * size:
                return f"{right} that was read as {wrong}"
    return ""


def _kana_alone(text: str) -> str:
    """EUC-JP read as GB 18030: kana have the same places in both, so they are right and only the kanji are not."""
    kanji = _KANA.sub("", text)
    reason = _reread(kanji) if len(kanji) < len(text) else ""
    return reason if reason == "euc_jp that was read as gb18030" else ""


def _everyday(text: str) -> tuple[int, int]:
    """How many different everyday characters, of how many beyond ASCII: one that is repeated proves nothing anew."""
    return len(set(_EVERYDAY.findall(text))), max(len(set(_BEYOND.findall(text))), 1)


def _sundered(text: str) -> bool:
    """Half-width kana between punctuation of their width, as the bytes of EUC and UTF-8 look in Shift_JIS."""
    kana = sum("ｦ" <= character <= "ﾟ" for character in text)
    marks = sum(character in "､･｡｢｣" for character in text)
    return marks >= 4 and marks >= 0.25 * (kana + marks)


def _raw(text: str, beyond: int) -> Iterator[tuple[str, bytes]]:
    """The bytes that the text was, by the charsets it can have been read in."""
    high = len(_LATIN_HIGH.findall(text))
    if high >= _FEWEST and high >= 0.3 * len("".join(text.split())):
        yield "windows-1252", b"".join(_latin(character) for character in text)
    if len(_EAST_ASIAN.findall(text)) >= max(0.5 * beyond, 3):
        for wrong in _WRONG:
            raw = text.encode(wrong, "replace")
            if raw.count(b"?") - text.count("?") <= 0.2 * beyond:
                yield wrong, raw


def _latin(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1", "replace")
