from __future__ import annotations

import pytest

from processors.directions import directions
from tests.documents import reading


def roles(text: str, language: str) -> dict[str, str]:
    return {direction.code: direction.role for direction in directions(reading(text, language), language)}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        # exports to …
        ("en", "exports of photoresist to South Korea were stopped", {"KR": "affected"}),
        ("en", "shipments bound for China", {"CN": "affected"}),
        ("en", "new curbs on Russia", {"RU": "affected"}),
        ("en", "China-bound shipments", {"CN": "affected"}),
        ("en", "entities under the destination of Iran", {"IR": "affected"}),
        ("en", "export of drones to Russia, Cuba and Iran", {"RU": "affected", "CU": "affected", "IR": "affected"}),
        ("en", "it removed South Korea from its white list", {"KR": "affected"}),
        ("ja", "韓国向け輸出を厳格化", {"KR": "affected"}),
        ("ja", "対韓輸出規制", {"KR": "affected"}),
        ("ja", "中国への輸出を制限した", {"CN": "affected"}),
        ("ja", "大韓民国を仕向地とする貨物", {"KR": "affected"}),
        ("ja", "韓国をホワイト国から除外", {"KR": "affected"}),
        ("ja", "中国、ロシアへの輸出", {"CN": "affected", "RU": "affected"}),
        ("ko", "대일 수출을 통제", {"JP": "affected"}),
        ("ko", "러시아에 대한 수출통제", {"RU": "affected"}),
        ("ko", "중국으로 수출하는 장비", {"CN": "affected"}),
        ("ko", "한국을 화이트리스트에서 제외", {"KR": "affected"}),
        ("zh-Hans", "对美出口管制", {"US": "affected"}),
        ("zh-Hans", "禁止向日本军事用户出口", {"JP": "affected"}),
        ("zh-Hans", "将28家美国实体列入管控名单", {"US": "affected"}),
        ("zh-Hant", "輸往南非的晶片出口", {"ZA": "affected"}),
        ("zh-Hant", "對中輸出管制", {"CN": "affected"}),
        # … by …
        ("en", "Japan tightened its rules", {"JP": "implementing"}),
        ("en", "Japanese export controls", {"JP": "implementing"}),
        ("en", "restrictions imposed by the United States", {"US": "implementing"}),
        ("ja", "中国によるレアアース輸出規制", {"CN": "implementing"}),
        ("ja", "日本政府は半導体材料の管理を強化", {"JP": "implementing"}),
        ("ko", "일본의 수출규제", {"JP": "implementing"}),
        ("ko", "중국이 흑연 수출통제를 발표", {"CN": "implementing"}),
        ("zh-Hans", "美方滥用出口管制", {"US": "implementing"}),
        ("zh-Hans", "荷兰扩大管制范围", {"NL": "implementing"}),
        ("zh-Hant", "美國對華為實施晶片管制", {"US": "implementing"}),
        # Both in one sentence.
        ("en", "Japan restricted exports to South Korea", {"JP": "implementing", "KR": "affected"}),
        ("ja", "日本は韓国向け輸出の規制を強化", {"JP": "implementing", "KR": "affected"}),
        ("ko", "일본이 한국으로 수출을 규제", {"JP": "implementing", "KR": "affected"}),
        ("zh-Hans", "美国对中国芯片出口的管制", {"US": "implementing", "CN": "affected"}),
    ],
)
def test_each_pattern_gives_its_role(language: str, text: str, expected: dict[str, str]) -> None:
    assert roles(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Ministers of Japan and South Korea met on Monday"),
        ("ja", "日韓の首脳が会談し、中国も話題になった"),
        ("ko", "한일 정상이 만났고 중국도 언급됐다"),
        ("zh-Hans", "中美两国元首会晤，韩国媒体关注"),
        ("zh-Hant", "台灣與日本的朋友見面"),
    ],
)
def test_presence_proves_nothing(language: str, text: str) -> None:
    assert set(roles(text, language).values()) == {""}
