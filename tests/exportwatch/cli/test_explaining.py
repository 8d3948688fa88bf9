"""`classify --explain`: a person reads the claims in the text and the reason for each of them, safely."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from exportwatch.cli import main

ENGLISH = """Notice of the ministry

The Ministry of Economy, Trade and Industry tightened export controls on exports of hydrogen fluoride to South Korea, \
effective July 4, 2019. It declined to say whether it would relax the export controls. Last year China restricted \
exports of gallium to the United States.
"""


def explained(capsys: pytest.CaptureFixture[str], data: Path, path: str, expected: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["--data", str(data), "classify", "--explain", path])
    assert ended.value.code == expected
    return capsys.readouterr().out


def test_a_text_is_shown_with_its_claims_and_their_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "text.txt"
    file.write_text(ENGLISH, encoding="utf-8")
    shown = explained(capsys, tmp_path / "data", str(file))
    assert "Relevant: the reasons sum up to " in shown
    assert "[item hydrogen-fluoride: hydrogen fluoride]" in shown
    assert "[affected KR: South Korea]" in shown
    assert "affected KR: because 'South Korea' follows 'export controls on exports of hydrogen fluoride to'" in shown
    assert "does not count: denied, because of 'declined to'" in shown
    assert "recalled: told as background, because of 'Last year'" in shown
    assert "effective 2019-07-04: 'July 4, 2019': written in full" in shown
    assert "Measure 1: tighten by JP against KR, reported now" in shown
    assert "Measure 2: tighten by CN against US, recalled as background" in shown


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("経済産業省は韓国向けフッ化水素の輸出規制を強化した。", "affected KR: because"),
        ("산업통상자원부는 일본의 대한국 불화수소 수출규제 강화에 항의했다.", "implementing JP: because"),
        ("商务部决定禁止对美国出口镓，加强出口管制。", "affected US: because"),
        ("經濟部宣布加強對俄羅斯出口晶片的出口管制。", "affected RU: because"),
    ],
)
def test_each_language_has_its_reasons(
    text: str, side: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(json.dumps({"id": "a", "title": "", "text": text}, ensure_ascii=False) + "\n", encoding="utf-8")
    assert side in explained(capsys, tmp_path / "data", str(file))


def test_what_is_not_relevant_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "page.html"
    file.write_text(
        "<html><head><title>Tariffs</title></head><body><p>The president raised tariffs on imports of steel, and"
        " exports rose from a year earlier.</p></body></html>",
        encoding="utf-8",
    )
    shown = explained(capsys, tmp_path / "data", str(file))
    assert "Not relevant" in shown
    assert "speaks of a neighbouring matter" in shown
    assert "Measure 1" not in shown


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (ENGLISH, "Relevant"),
        ('{"id": "x", "text": "Nothing of note."}\n', "Not relevant: nothing in it speaks of export control."),
        ("<html><body><p>Japan tightened export controls.</p></body></html>", "Relevant"),
    ],
)
def test_standard_input_may_be_text_json_or_html(
    given: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
    assert told in explained(capsys, tmp_path / "data", "-")


def test_nothing_foreign_reaches_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "id": "a\x1b[2J",
        "title": "Export\u202e controls\x1b]0;x\x07",
        "text": "China\x1b[31m restricted [red]exports.",
    }
    file = tmp_path / "lines.jsonl"
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    shown = explained(capsys, tmp_path / "data", str(file))
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert "[red]" in shown


def test_a_missing_file_is_an_error_of_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explained(capsys, tmp_path / "data", str(tmp_path / "none.txt"), expected=2) == ""


def test_without_explain_the_answer_is_json_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('{"id": "a", "text": "Japan tightened export controls."}\n', encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path / "data"), "classify", str(file)])
    assert json.loads(capsys.readouterr().out)["id"] == "a"
