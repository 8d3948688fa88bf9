"""Feeds in the manner of the real ones, kept with what must come out of them, and feeds that mean harm."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import feed, sourcefiles
from collectors.sources import IdRule
from exportwatch import configfiles
from exportwatch.model import Draft, Parsed
from exportwatch.sandbox import Limits, Sandbox
from tests.collectors.kit import DATA, fetched, source

SHIPPED = sourcefiles.load(sorted((configfiles.shipped() / "sources").glob("*.toml")))
KEPT = ("jp-meti", "kr-motir", "eu-oj-l", "cn-mofcom")


def shown(parsed: Parsed) -> dict[str, object]:
    """A Parsed in the words of the kept expectations."""
    drafts = [
        {
            "id": draft.id,
            "url": draft.url,
            "title": draft.title,
            "published": draft.published,
            "published_precision": draft.published_precision,
            "lang": draft.lang,
            "content": draft.extra["content"] if draft.body is None else draft.body.decode(),
            "content_type": draft.content_type,
        }
        for draft in parsed.drafts
    ]
    return {"drafts": drafts, "rejections": [f"{each.where}: {each.reason}" for each in parsed.rejections]}


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("content_type", ["application/xml", "text/xml", "text/html", ""])
def test_kept_feeds_give_what_is_kept_beside_them(name: str, content_type: str) -> None:
    body = (DATA / f"{name}.xml").read_bytes()
    parsed = feed.parse(fetched(body, content_type, SHIPPED[name].url), SHIPPED[name])
    assert shown(parsed) == json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def rss(*items: str, encoding: str = "utf-8") -> str:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel>{inner}</channel></rss>'


def one(text: str, **fields: object) -> Draft:
    parsed = feed.parse(fetched(rss(text).encode()), source(**fields))
    assert parsed.rejections == ()
    (draft,) = parsed.drafts
    return draft


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("euc-kr", "euc_kr", "불화수소 수출규제"),
        ("ks_c_5601-1987", "cp949", "똠방각하의 수출통제"),
        ("Shift_JIS", "shift_jis", "フッ化水素の輸出管理"),
        ("Shift_JIS", "cp932", "①㈱髙純度フッ化水素"),
        ("euc-jp", "euc_jp", "輸出貿易管理令"),
        ("gb2312", "gb2312", "出口管制"),
        ("gb2312", "gb18030", "镕基㐀出口管制"),
        ("gbk", "gbk", "兩用物項出口管制"),
        ("GB18030", "gb18030", "两用物项"),
        ("big5", "big5", "戰略性高科技貨品"),
        ("utf-16", "utf-16", "수출 輸出 出口"),
    ],
)
@pytest.mark.parametrize("where", ["declaration", "header"])
def test_old_charsets_are_read(declared: str, codec: str, text: str, where: str) -> None:
    item = f"<title>{text}</title><link>https://a.example/1</link>"
    body = rss(item, encoding=declared if where == "declaration" else "utf-8").encode(codec)
    content_type = "text/xml" if where == "declaration" else f"text/xml; charset={declared}"
    parsed = feed.parse(fetched(body, content_type), source())
    assert [draft.title for draft in parsed.drafts] == [text]


def test_an_id_follows_the_rule_and_falls_back_on_the_url() -> None:
    rule = IdRule(source="guid", pattern=r"第(\d+)号(?:-(\w+))?")
    link = "<title>t</title><link>https://a.example/1</link>"
    assert one(f"{link}<guid>公告第51号-a</guid>", id_rule=rule).id == "demo:51-a"
    assert one(f"{link}<guid>公告第51号</guid>", id_rule=rule).id == "demo:51"
    fallback = one(link).id
    assert fallback.startswith("demo:")
    assert len(fallback) == len("demo:") + 16
    assert one(f"{link}<guid>公告</guid>", id_rule=rule).id == fallback
    assert one("<title>t</title><link>HTTPS://A.example:443/1?utm_source=x#xtor=RSS-1</link>").id == fallback


def test_an_id_is_never_over_200_bytes() -> None:
    def id_of(native: str) -> str:
        return one(
            f"<title>t</title><link>https://a.example/{native}</link>", id_rule=IdRule(pattern="example/(.+)")
        ).id

    assert id_of("x" * 195) == "demo:" + "x" * 195
    assert len(id_of("x" * 196)) == len("demo:") + 16
    assert len(id_of("管" * 66)) == len("demo:") + 16


def test_an_entry_without_link_goes_by_its_guid() -> None:
    assert one("<title>t</title><guid isPermaLink='false'>77</guid>").url == ""
    assert one("<title>t</title><guid>https://a.example/7</guid>").url == "https://a.example/7"


def test_a_followed_entry_waits_for_its_page() -> None:
    item = "<title>수출통제</title><link>https://a.example/1</link><description>요약</description>"
    draft = one(item, follow=True)
    assert draft.body is None
    assert draft.extra == {
        "follow": "https://a.example/1",
        "content": "요약",
        "content_type": "text/html; charset=utf-8",
    }
    without = one(
        "<title>수출통제</title><guid isPermaLink='false'>7</guid><description>요약</description>", follow=True
    )
    assert (without.body, without.extra) == ("요약".encode(), {})


def test_markup_of_texts_stays_and_that_of_titles_goes() -> None:
    draft = one(
        "<title>&lt;b&gt;HF&lt;/b&gt;&lt;br/&gt;輸出 &amp;amp; 管理</title><link>https://a.example/1</link>"
        "<description>&lt;p onclick='x()'&gt;&lt;a href='/rel'&gt;別表&lt;/a&gt;&lt;/p&gt;</description>"
    )
    assert draft.title == "HF 輸出 & 管理"
    assert draft.body == "<p onclick='x()'><a href='/rel'>別表</a></p>".encode()


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("<title>t</title>", ("", "t")),
        ("<link>https://a.example/1</link>", ("https://a.example/1", "")),
        ("<title>t</title><link>ftp://a.example/1</link>", ("", "t")),
        ("<title>t</title><link>javascript:open()</link>", ("", "t")),
        (f"<title>t</title><link>https://a.example/{'x' * 3000}</link>", ("", "t")),
        ("<description>수출통제 고시</description>", ("", "")),
        ("<guid isPermaLink='false'>公告51</guid>", ("", "")),
        ("<pubDate>Mon, 16 Dec 2019 09:30:00 +0900</pubDate>", ("", "")),
    ],
)
def test_an_entry_that_says_little_is_kept(item: str, expected: tuple[str, str]) -> None:
    good = "<title>輸出</title><link>https://a.example/good</link>"
    parsed = feed.parse(fetched(rss(good, item, good.replace("good", "too")).encode()), source())
    assert parsed.rejections == ()
    assert len({draft.id for draft in parsed.drafts}) == 3
    assert (parsed.drafts[1].url, parsed.drafts[1].title) == expected


def test_an_entry_that_says_nothing_is_refused_and_the_others_go_on() -> None:
    good = "<title>輸出</title><link>https://a.example/good</link>"
    body = rss(good, "<author>a@a.example</author>", good.replace("good", "too")).encode()
    parsed = feed.parse(fetched(body), source())
    assert [draft.url for draft in parsed.drafts] == ["https://a.example/good", "https://a.example/too"]
    (rejection,) = parsed.rejections
    assert rejection.where == "demo entry 2"
    assert "no title" in rejection.reason


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Request Access</body></html>", b"{}", b"\x00" * 100, b"\xff\xfe", b"<rss", b"<" * 1000]
)
def test_what_is_no_feed_is_said_to_be_none(body: bytes) -> None:
    parsed = feed.parse(fetched(body), source())
    assert parsed.drafts == ()
    (rejection,) = parsed.rejections
    assert rejection.where == "demo https://ministry.example/feed"
    assert rejection.reason.startswith("not a feed")


def test_malformed_xml_is_read_as_far_as_it_makes_sense() -> None:
    items = (
        "<title>A & B 管理</title><link>https://a.example/1</link>",
        "<title>나</title><link>https://a.example/2</link>",
    )
    parsed = feed.parse(fetched(rss(*items).encode().replace(b"</channel></rss>", b"")), source())
    assert [draft.title for draft in parsed.drafts] == ["A & B 管理", "나"]


def test_characters_that_xml_does_not_have_are_replaced() -> None:
    draft = one("<title>a\x00\x0b&#xD800;&#0;&#x1F600;&#99999999999;b</title><link>https://a.example/1</link>")
    assert draft.title == "a\ufffd\ufffd\U0001f600\ufffdb"


def test_entities_do_not_explode_and_open_no_file() -> None:
    head = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY s SYSTEM "file:///etc/passwd">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    body = f'<?xml version="1.0"?>{head}]>' + rss("<title>&i;&s;</title><link>https://a.example/1</link>")[38:]
    parsed = feed.parse(fetched(body.encode()), source())
    assert "root:" not in repr(parsed)
    assert len(repr(parsed)) < 10_000


def titles_by_id(*items: str, **fields: object) -> dict[str, str]:
    parsed = feed.parse(fetched(rss(*items).encode()), source(**fields))
    found = {draft.id: draft.title for draft in parsed.drafts}
    assert len(found) == len(parsed.drafts)
    return found


def test_entries_that_share_a_page_are_told_apart_however_they_come_and_go() -> None:
    """A feed whose entries all lead to the ministry's front page, three at a time."""
    links = [
        f"<title>고시 {n}</title><link>https://a.example/</link><guid isPermaLink='false'>n{n}</guid>" for n in range(6)
    ]
    polls = [titles_by_id(*links[n : n + 3]) for n in range(4)]
    names = {id: title for poll in polls for id, title in poll.items()}
    assert sorted(names.values()) == [f"고시 {n}" for n in range(6)]
    assert all(names[id] == title for poll in polls for id, title in poll.items())


def test_entries_may_be_paragraphs_of_one_page() -> None:
    item = "<title>{0}</title><link>https://a.example/new.html#{0}</link>"
    parsed = feed.parse(fetched(rss(item.format("一"), item.format("二")).encode()), source(follow=True))
    assert [draft.url for draft in parsed.drafts] == ["https://a.example/new.html#一", "https://a.example/new.html#二"]
    assert [draft.extra["follow"] for draft in parsed.drafts] == ["https://a.example/new.html"] * 2
    (alone,) = titles_by_id(item.format("二"))
    assert alone == parsed.drafts[1].id


def test_a_repeated_entry_goes_quietly_and_a_second_text_stays() -> None:
    one, two = "<title>고시</title><guid>a</guid>", "<title>고시 (정정)</title><guid>a</guid>"
    found = titles_by_id(one, two, one, two)
    assert list(found.values()) == ["고시", "고시 (정정)"]
    assert titles_by_id(one).items() <= found.items()


def test_a_publishers_own_number_holds_for_one_page_only() -> None:
    rule = {"id_rule": IdRule(pattern=r"n=(\d+)")}
    one, other = (
        "<title>甲</title><link>https://a.example/?n=5</link>",
        "<title>乙</title><link>https://a.example/b?n=5</link>",
    )
    found = titles_by_id(one, other, **rule)
    assert list(found.values()) == ["甲", "乙"]
    assert next(iter(found)) == "demo:5"
    again = feed.parse(fetched(rss(one, one.replace("甲", "丙")).encode()), source(**rule))
    assert [draft.title for draft in again.drafts] == ["甲"]
    assert "repeats the id demo:5" in again.rejections[0].reason


def test_the_semantic_hash_follows_what_is_said_and_nothing_else() -> None:
    item = "<title>輸出 管理</title><link>https://a.example/1</link><description>a  b</description>"

    def hash_of(text: str) -> str:
        return feed.parse(fetched(text.encode()), source()).semantic_hash

    same = [
        rss(item),
        rss(item).replace("<item>", "<lastBuildDate>Mon, 16 Dec 2019 09:30:00 GMT</lastBuildDate><item>"),
        rss(item).replace("<item>", "\n\n<item>\n").replace("輸出 管理", "輸出\n  管理").replace("a  b", "a b"),
        rss(item).replace("</channel>", "<generator>x</generator></channel>"),
    ]
    assert len({hash_of(text) for text in same}) == 1
    other = [rss(item, item.replace("/1", "/2")), rss(item.replace("a  b", "a c")), rss(item.replace("輸出", "수출"))]
    assert len({hash_of(text) for text in [same[0], *other]}) == 4
    assert hash_of("no feed") == ""
    followed = feed.parse(fetched(rss(item).encode()), source(follow=True))
    assert followed.semantic_hash == hash_of(rss(item))


def test_the_feeds_wishes_are_handed_on() -> None:
    body = rss("<title>t</title>").replace("<item>", "<ttl>90</ttl><item>")
    assert feed.parse(fetched(body.encode()), source()).ttl == 5400
    assert feed.parse(fetched(rss("<title>t</title>").encode()), source()).ttl == 0


MANY = 1_000_000
BOMBS = {
    "author": "<author>a@" + "a." * (MANY // 2) + "!</author>",
    "comments in a text": f"<description><![CDATA[{'<!--' * (MANY // 4)}]]></description>",
    "escaped comments in a text": f"<description>{'&lt;!--' * (MANY // 7)}</description>",
    "comments": "<description>" + "<!--" * (MANY // 4),
    "cdata": "<description>" + "<![CDATA[" * (MANY // 9),
    "tags": "<description>" + "<a " * (MANY // 3),
    "depth": "<b>" * (MANY // 3),
    "closed depth": "<b>" * (MANY // 7) + "</b>" * (MANY // 7),
    "entries that never end": "<item>" * (MANY // 6),
    "attributes": "<a " + " ".join(f'a{number}="x"' for number in range(MANY // 10)) + "/>",
    "bases": '<a xml:base="b/">' * (MANY // 17),
    "prefixes": "".join(f"<p{number}:x/>" for number in range(MANY // 12)),
    "links": "<link/>" * (MANY // 7),
    "categories": "".join(f"<category>{number}</category>" for number in range(MANY // 25)),
    "references": "<title>" + "&#" * (MANY // 2) + "</title>",
    "ampersands": "<title>" + "&" * MANY + "</title>",
    "title": "<title>" + "&lt;" * (MANY // 4) + "</title>",
    "tags in a title": "<title>" + "&lt;b&gt; " * (MANY // 10) + "</title>",
    "date": "<pubDate>" + " " * MANY + "x</pubDate>",
    "link": "<link>https://a.example/" + "?" * MANY + "</link>",
}
HEADS = {
    "instructions": "<?" * (MANY // 2),
    "comments before": "<!--" * (MANY // 4),
    "declarations": "<!" * (MANY // 2),
    "lines": "\n" * MANY,
    "document type": "<!DOCTYPE x [" + '<!ENTITY a "b">' * (MANY // 15) + "]>",
    "roots": "<rss>" * (MANY // 5),
    "brackets": "<" * MANY,
}
BOMB_BODIES = {
    **{name: rss(f"<link>https://a.example/1</link><title>t</title>{bomb}") for name, bomb in BOMBS.items()},
    **{name: head + rss("<title>t</title>")[38:] for name, head in HEADS.items()},
    "entities in entities": '<!DOCTYPE x [<!ENTITY a "'
    + "x" * 400
    + '">]>'
    + rss(f"<title>{'&a;' * (MANY // 4)}</title>")[38:],
    "json": '{"version": "https://jsonfeed.org/version/1", "items": [' + ",".join(["{}"] * (MANY // 3)) + "]}",
    "deep json": '{"items": ' + "[" * MANY,
    "one guid": rss(*(f"<title>{number}</title><guid>x</guid>" for number in range(MANY // 50))),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """As wiring has it, but with less of everything: 5 s of CPU for a megabyte, 300 MB above what a child needs."""
    with Sandbox(limits=Limits(memory=700 * 1024 * 1024, cpu=5.0, cpu_a_mib=0.0)) as each:
        yield each


@pytest.mark.parametrize("name", BOMB_BODIES)
def test_a_megabyte_that_means_harm_is_read_within_bounds(name: str, sandbox: Sandbox) -> None:
    result = sandbox.run("collectors.feed:parse_payload", feed.payload(fetched(BOMB_BODIES[name].encode()), source()))
    assert isinstance(result, dict), result
    parsed = feed.parsed(result)
    assert len(parsed.drafts) <= feed.MOST_ENTRIES
    assert parsed.drafts or parsed.rejections or name == "roots"


def test_a_feed_beyond_the_limits_is_cut_with_a_word() -> None:
    items = [f"<title>{n}</title><link>https://a.example/{n}</link>" for n in range(feed.MOST_ENTRIES + 3)]
    parsed = feed.parse(fetched(rss(*items).encode()), source())
    assert len(parsed.drafts) == feed.MOST_ENTRIES
    assert parsed.rejections[0].reason.startswith("entries beyond the first 5,000")
    huge = feed.parse(fetched(rss("<title>t</title>").encode() + b" " * 8 * 1024 * 1024), source())
    assert "more than a feed may have" in huge.rejections[0].reason


def test_through_plain_values_nothing_changes() -> None:
    for name in KEPT:
        given = fetched((DATA / f"{name}.xml").read_bytes(), "text/xml", SHIPPED[name].url)
        payload = msgspec.msgpack.decode(msgspec.msgpack.encode(feed.payload(given, SHIPPED[name])))
        answer = msgspec.msgpack.decode(msgspec.msgpack.encode(feed.parse_payload(payload)))
        assert feed.parsed(answer) == feed.parse(given, SHIPPED[name])


SEEDS = [
    rss("<title>수출 통제 &amp; 고시</title><link>/1</link><pubDate>Mon, 16 Dec 2019 09:30:00 +0900</pubDate>").encode(
        "cp949"
    ),
    rss(
        "<title>輸出 &lt;b&gt;別表&lt;/b&gt;</title><guid>a</guid><description><![CDATA[<p>本文</p>]]></description>"
    ).encode("cp932"),
    rss("<title>出口管制</title><dc:date>2024年12月1日</dc:date>", "<title>公告</title><link>/2</link>").encode(
        "gb18030"
    ),
    '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/x/"><entry><title type="html">輸出管制&amp;#x1F600;</title>'
    '<link href="y"/><id>urn:1</id><updated>2019-12-16T00:00:00Z</updated></entry></feed>'.encode("big5"),
    b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": 1, "title": "export \xe2\x9c\x93", "url": "/1"}]}',
]
PIECES = [
    b"<",
    b">",
    b"&",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"\x00",
    b"\xff",
    b"<item>",
    b"</item>",
    b'"',
    b"&#x;",
    b"xmlns:a=''",
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A feed in one of five scripts with some of it cut out, doubled or replaced."""
    body = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 6))):
        place, length = draw(st.integers(0, len(body))), draw(st.integers(0, 30))
        put = draw(st.sampled_from([*PIECES, b"", body[place : place + length] * 2]))
        body = body[:place] + put + body[place + length :]
    return body


@settings(max_examples=300, deadline=None)
@given(mutated(), st.sampled_from(["", "text/xml", "text/html; charset=euc-kr", "application/json"]), st.booleans())
def test_whatever_becomes_of_a_feed_it_is_read_alike_and_without_an_error(
    body: bytes, content_type: str, follow: bool
) -> None:
    given_ = fetched(body, content_type)
    parsed = feed.parse(given_, source(follow=follow))
    assert parsed == feed.parse(given_, source(follow=follow))
    assert len({draft.id for draft in parsed.drafts}) == len(parsed.drafts)
    assert all(draft.url == "" or draft.url.startswith(("http://", "https://")) for draft in parsed.drafts)
    assert all(len(draft.id.encode()) <= 200 for draft in parsed.drafts)
    answer = msgspec.msgpack.decode(
        msgspec.msgpack.encode(feed.parse_payload(feed.payload(given_, source(follow=follow))))
    )
    assert feed.parsed(answer) == parsed


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(5)), st.integers(1, 5))
def test_an_id_does_not_hang_on_the_place_in_the_feed(order: list[int], count: int) -> None:
    items = [f"<title>{n}</title><link>https://a.example/{n}</link><guid>{n % 2}</guid>" for n in range(5)]
    whole, part = titles_by_id(*items), titles_by_id(*(items[n] for n in order[:count]))
    assert part.items() <= whole.items()
