"""Pages in this process over a data folder of their own: the real log, stages, index and store, all embedded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from collectors import files
from collectors.originals import Terms
from collectors.publish import Publisher
from exportwatch import codec
from exportwatch.bus import RELEASES, TopicPartition
from exportwatch.cli.web import pages
from exportwatch.engine import Sent
from exportwatch.model import Draft
from exportwatch.query.fields import prepare
from exportwatch.settings import load
from exportwatch.web.app import application
from exportwatch.wiring import Wiring
from processors.process import Process
from tests.documents import rules

ORIGIN = "http://127.0.0.1:8480"
LINES: tuple[dict[str, Any], ...] = (
    {
        "id": "jp-meti:20191216001",
        "url": "https://www.meti.example/press/20191216001.html",
        "title": "第7回日韓輸出管理政策対話を開催しました",
        "text": "経済産業省は韓国産業通商資源部と政策対話を開きました。\nフッ化水素の韓国向け輸出はそのままです。",
        "lang": "ja",
        "published": "2019-12-16",
        "source": "jp-meti",
    },
    {
        "id": "kr-motie:162345",
        "url": "https://motie.example/162345",
        "title": "일본, 불화수소 수출규제 강화",
        "text": "일본 정부는 7월 4일부터 한국에 대한 불화수소 수출규제를 강화한다고 발표했다.",
        "lang": "ko",
        "published": "2019-07-01",
    },
    {
        "id": "cn-mofcom:2023-23",
        "url": "https://mofcom.example/2023-23",
        "title": "关于对镓、锗相关物项实施出口管制的公告",
        "text": "商务部决定对镓、锗相关物项实施出口管制，未经许可，不得出口。氟化氢不在其列。",
        "lang": "zh-Hans",
        "published": "2023-07-03",
    },
    {
        "id": "tw-trade:114-0610",
        "url": "https://trade.example/114-0610",
        "title": "經濟部更新戰略性高科技貨品輸出實體管理名單",
        "text": "廠商輸出前應先向貿易署申請輸出許可證，未經許可不得輸出。氟化氫與光阻劑業者請留意。",
        "lang": "zh-Hant",
        "published": "2025-06-10",
    },
    {
        "id": "us-bis:hf",
        "url": "https://bis.example/hf",
        "title": "Commerce Tightens Export Controls on Hydrogen Fluoride",
        "text": "The Bureau of Industry and Security tightened export controls on hydrogen fluoride to South Korea.",
        "lang": "en",
        "published": "2024-05-01",
    },
)
"""The same story in English, Japanese, Korean and both scripts of Chinese."""


@contextmanager
def wired(folder: Path) -> Iterator[Wiring]:
    """A wiring on an empty data folder."""
    wiring = Wiring(load({"data": str(folder)}, {}))
    try:
        yield wiring
    finally:
        wiring.close()


def client(wiring: Wiring, hosts: Iterable[str] = ()) -> TestClient:
    """Asks the pages as a browser on the same machine would."""
    return TestClient(application(pages(wiring), hosts), base_url=ORIGIN, raise_server_exceptions=False)


def publish(wiring: Wiring, lines: Iterable[dict[str, Any]], supplied_by: str = "") -> None:
    """Bring documents in, as `import --wait` does, without its processes."""
    path = wiring.folder / "lines.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    terms = Terms(max_document_bytes=wiring.settings.max_document_bytes, supplied_by=supplied_by)
    found = list(files.read(path, terms))
    drafts = [draft for draft in found if isinstance(draft, Draft)]
    assert len(drafts) == len(found), found
    operator, producer = wiring.bus.operator(), wiring.bus.producer()
    operator.ensure_topics()
    Publisher(producer, wiring.store, wiring.blobs, wiring.clock).publish(drafts, "import")
    producer.close()
    operator.close()
    index(wiring)


def index(wiring: Wiring) -> None:
    """Process and index all that is in the log."""
    operator = wiring.bus.operator()
    records = operator.read(TopicPartition(RELEASES, 0), 0, 10_000, 0.0)
    operator.close()
    stage = Process(
        rules=rules(),
        generation=0,
        blobs=wiring.blobs,
        sandbox=wiring.sandbox,
        max_text_characters=wiring.settings.max_text_characters,
    )
    for outcome in stage.run(records, lambda: None):
        assert isinstance(outcome, Sent), outcome
        for send in outcome.sends:
            assert send.value is not None
            wiring.index.put([prepare(codec.CLASSIFIED.decode(send.value), wiring.taxonomy, body=send.value)])
    wiring.index.refresh()
