"""Names are the publisher's where it shows them, fit into 200 bytes, and stay the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors import ids, sourcefiles
from collectors.sources import IdRule
from exportwatch import configfiles
from exportwatch.model import ID_BYTES, url_id
from tests.collectors.kit import source

URL = "https://ministry.example/press/2019/07/20190701006/20190701006.html"


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        (r"/(\d{11})/", "demo:20190701006"),
        (r"/press/(\d{4})/(\d{2})/", "demo:2019-07"),
        (r"/none/(\d+)", url_id("demo", URL)),
        (r"(.*)", f"demo:{URL}"),
    ],
)
def test_a_release_is_named_by_its_rule_or_its_address(pattern: str, name: str) -> None:
    assert ids.release(source(id_rule=IdRule(pattern=pattern)), URL) == name


def test_a_name_that_is_too_long_or_has_spaces_is_not_taken() -> None:
    ruled = source(id_rule=IdRule(pattern="no=(.*)"))
    for native in ("x" * 200, "輸" * 70, "a b"):
        url = f"https://a.example/?no={native}"
        assert ids.release(ruled, url) == url_id("demo", url)


def test_attachments_are_named_after_their_files() -> None:
    links = [
        "https://a.example/p/1-4.pdf",
        "https://a.example/p/%E5%88%A5%E7%B4%991.pdf",
        "https://a.example/p/붙임.hwp",
    ]
    assert ids.attachments("demo:1", "demo", links) == ["demo:1/1-4.pdf", "demo:1/別紙1.pdf", "demo:1/붙임.hwp"]


@pytest.mark.parametrize(
    "links",
    [
        ["https://a.example/download.do?file=1", "https://a.example/download.do?file=2"],
        ["https://a.example/a/1.pdf", "https://a.example/b/1.pdf"],
        ["https://a.example/a%20b.pdf", "https://a.example/a%2Fb"],
        ["https://a.example/", "https://a.example/x/"],
        [f"https://a.example/{'輸' * 70}.pdf", "https://a.example/x%0a.pdf"],
    ],
)
def test_names_that_say_too_little_or_too_much_are_replaced_by_the_address(links: list[str]) -> None:
    names = ids.attachments("demo:1", "demo", links)
    assert len(set(names)) == 2
    assert names == ids.attachments("demo:1", "demo", links)
    assert all(len(name) == len("demo:1/") + 16 and name.startswith("demo:1/") for name in names)


def test_no_name_of_an_attachment_is_longer_than_an_id_may_be() -> None:
    root = "demo:" + "x" * (ID_BYTES - 5 - 10)
    assert ids.attachments(root, "demo", ["https://a.example/1.pdf"]) == [f"{root}/1.pdf"]
    (long,) = ids.attachments(root, "demo", ["https://a.example/12345678.pdf"])
    assert long == url_id("demo", "https://a.example/12345678.pdf")


MOFCOM = sourcefiles.load(configfiles.files("sources", Path("no-overlay")))["cn-mofcom"]


@pytest.mark.parametrize(
    ("title", "native"),
    [
        ("商务部公告2026年第51号 公布对高纯氟化氢相关物项实施出口管制的决定", "2026-51"),
        ("公告2026年第51号", "2026-51"),
        ("商务部 海关总署公告 2025年第18号 公布对钨相关物项实施出口管制的决定", "2025-18"),
        ("商务部海关总署国家国防科工局中央军委装备发展部公告2024年第31号", "2024-31"),
        ("商务部公告２０２６年第５１号", "2026-51"),
        ("商务部公告〔2024〕51号", "2024-51"),
        ("中华人民共和国商务部公告2026年第48号 公布暂停实施商务部公告2025年第61号的决定", "2026-48"),
        ("商务部新闻发言人就公告2026年第51号答记者问", ""),
        ("商务部、海关总署负责人谈公告2026年第50号", ""),
        ("关于公告2026年第51号的解读", ""),
        ("海关总署公告2025年第18号", ""),
        ("商务部安全与管制局公告2025年第1号", ""),
        ("不可靠实体清单工作机制公告〔2026〕2号", ""),
        ("商务部令2026年第3号 两用物项出口许可证管理办法", ""),
    ],
)
def test_a_notice_of_mofcom_is_known_by_its_number_and_what_is_said_about_it_is_not(title: str, native: str) -> None:
    address = "https://www.mofcom.gov.cn/zwgk/zcfb/art/2026/art_d19122d2cdabb6b3882326c265305e54.html"
    assert ids.release(MOFCOM, address, title=title) == f"cn-mofcom:{native or '2026-d19122d2cdabb6b3882326c265305e54'}"


def test_the_number_of_a_notice_is_found_in_no_time() -> None:
    for title in ("部" * 2000, "商务部 " + "局 " * 1000, "商务部国家" + "部" * 1000 + "公告", "公告" * 1000):
        assert ids.release(MOFCOM, "https://a.example/", title=title) == url_id("cn-mofcom", "https://a.example/")
