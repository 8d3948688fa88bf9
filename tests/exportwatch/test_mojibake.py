"""Wrongly decoded text is told from honest text, in every pair of charsets that real servers confuse."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exportwatch.charset import mojibake

JAPANESE = "経済産業省は、フッ化水素など三品目の韓国向け輸出管理の運用を見直すと発表した。"
KOREAN = "산업통상자원부는 일본의 수출규제 조치에 대해 세계무역기구에 제소하겠다고 밝혔다."
SIMPLIFIED = "商务部公告：决定对镓、锗、锑相关物项实施出口管制，禁止向美国军事用户出口。"
TRADITIONAL = "經濟部國際貿易署公告修正戰略性高科技貨品輸出管制清單，並自即日起生效。"
FRENCH = "Le ministère a révisé l’arrêté « contrôle » : ça s’applique dès l’été."
WRITTEN = [
    (JAPANESE, ("cp932", "euc_jp", "utf-8")),
    (KOREAN, ("cp949", "utf-8")),
    (SIMPLIFIED, ("gb18030", "utf-8")),
    (TRADITIONAL, ("cp950", "utf-8")),
]
READ = ("cp1252", "latin-1", "gb18030", "cp932", "cp949", "cp950", "euc_jp", "utf-8")
CONFUSED = [(text, codec, read) for text, codecs in WRITTEN for codec in codecs for read in READ if read != codec]

HONEST = [
    "The Bureau revised the “Entity List” — in effect from 4 July; naïve café, 20 °C, £5.",
    "What??? Really??? Yes!",
    FRENCH,
    "« coupé » et « été »",
    "CAFÉ… À L’ÉTÉ",
    "Die Außenwirtschaftsverordnung wurde geändert; „Größe“, ÜBERPRÜFUNG, SPÖ“ und FPÖ“.",
    "IRMÃ… MANHÃ» NÃO À EXPORTAÇÃO",
    "Öğütülüş ihracat kısıtlamaları yürürlüğe girdi; şüpheli güç.",
    "Bộ Công Thương đã ban hành danh mục hàng hóa kiểm soát xuất khẩu. MÃ: ĐÃ",
    "Þórarinn sagði að útflutningur væri háður leyfi á Íslandi.",
    "Экспортный контроль: новые правила вступают в силу.",
    "Ελεγχος εξαγωγών",
    "€ 5 £ 6 ¥ 7 § 8 © ® ° ±",
    JAPANESE,
    KOREAN,
    SIMPLIFIED,
    TRADITIONAL,
    "ｾｷｭﾘﾃｨ･ﾎﾟﾘｼｰ ﾌｯ化水素ﾉ輸出ｶﾝﾘ､ﾄｸﾆ韓国",
    "安全保障貿易管理",
    "貨物等省令改正",
    "半導体材料",
    "𠮷野家で髙﨑さんと①②③",
    "镓、锗、锑、铋、钨、碲",
    "鎵、鍺、銻、鉍、鎢、碲",
    "稀土磁体，稀土永磁，稀土永磁体，稀土永磁材料",
    "肉毒毒素、肉毒杆菌毒素",
    "深紫外光曝光機、浸潤式微影設備、浸沒式光刻機",
    "齉龘靐齾爩",
    "고순도 불화수소",
    "뷁뗗쀍펲",
    "عربي ניתוח हिन्दी ไทย",
    "",
]


@pytest.mark.parametrize(("text", "codec", "read"), CONFUSED)
def test_a_sentence_read_in_a_wrong_charset_is_seen(text: str, codec: str, read: str) -> None:
    assert mojibake(text.encode(codec).decode(read, "replace"))
    assert mojibake(f"<p>{text}</p>\n".encode(codec).decode(read, "replace") * 50)


@pytest.mark.parametrize(("text", "codec"), [(t, c) for t, codecs in WRITTEN for c in codecs])
@pytest.mark.parametrize("read", ["cp1252", "latin-1"])
def test_a_short_title_read_as_latin_is_seen(text: str, codec: str, read: str) -> None:
    assert mojibake(text[:8].encode(codec).decode(read, "replace"))


@pytest.mark.parametrize(
    "text",
    [
        FRENCH.encode().decode("cp1252", "replace"),
        FRENCH.encode("cp1252").decode("utf-8", "replace"),
        "don’t".encode().decode("cp1252"),
        "Contrôle des exportations".encode().decode("latin-1"),
        "новые правила".encode().decode("latin-1"),
        "새 규제 ��� �� 고시",
        "縺ｮ繧医≧縺ｫ縲∬ｼｸ蜃ｺ邂｡逅",
        "锟斤拷锟斤拷\ufffd\ufffd",
        "?????? ???? ???",
    ],
)
def test_other_damage_is_seen(text: str) -> None:
    assert mojibake(text)


def test_question_marks_count_more_where_none_are_expected() -> None:
    title = "[2024-51] ???? METI notice on ECCN 3A001"
    assert mojibake(title, "en") == ""
    assert mojibake("[2024-51] ?????? METI 3A001", "ja")
    assert mojibake("수출통제???? 고시", "ko") == ""


@pytest.mark.parametrize("lang", ["", "en", "ja", "ko", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("text", HONEST)
def test_honest_text_is_let_pass(text: str, lang: str) -> None:
    assert mojibake(text, lang) == ""
    assert mojibake(text * 20, lang) == ""


def test_a_quotation_of_mojibake_does_not_condemn_an_article() -> None:
    assert mojibake(f"{JAPANESE * 5}「ã©ã¯」という文字化けが起きた。{JAPANESE * 5}") == ""


def test_a_long_text_takes_no_longer_than_its_beginning() -> None:
    begin = time.process_time()
    mojibake("镓锗锑铋" * 1_000_000)
    assert time.process_time() - begin < 1  # some milliseconds


@given(st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    assert mojibake(text) == mojibake(text)
