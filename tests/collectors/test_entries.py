"""Every dialect of feeds as the world serves it, of our own writing: what each entry says, whatever the markup does."""

from __future__ import annotations

import pytest

from collectors import entries, feed
from collectors.entries import Feed, FeedEntry, NotAFeed
from collectors.entry import MOST_ENTRIES
from tests.collectors.kit import fetched, source

URL = "https://ministry.example/news/feed.xml"
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
CONTENT = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def rss(inner: str, version: str = "2.0", more: str = "") -> str:
    return f'<?xml version="1.0"?><rss version="{version}" {more}><channel><title>C</title>{inner}</channel></rss>'


def atom(inner: str, more: str = 'xml:base="https://b.example/dir/"') -> str:
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" {more}><title>C</title>{inner}</feed>'


def atom_03(inner: str) -> str:
    return f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>C</title>{inner}</feed>'


def json_feed(items: str, version: str = "https://jsonfeed.org/version/1.1") -> str:
    return f'{{"version": "{version}", "title": "C", "items": [{items}]}}'


def read(text: str, content_type: str = "application/xml") -> Feed:
    return entries.read(text.encode(), content_type, URL)


def only(text: str) -> tuple[str, str, str]:
    """Title, link and date of the one entry, as `feed.parse` gives them."""
    parsed = feed.parse(fetched(text.encode(), "text/xml", URL), source())
    assert parsed.rejections == ()
    (draft,) = parsed.drafts
    return draft.title, draft.url, draft.published


FEEDS = [
    # RSS 0.90, 0.91 of Netscape and Userland, 0.92, 1.0, 1.1, 2.0
    (
        "rss090",
        f'<rdf:RDF {RDF} xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>C</title></channel>'
        "<item><title>수출통제 고시</title><link>https://a.example/1</link></item></rdf:RDF>",
        ("수출통제 고시", "https://a.example/1", ""),
    ),
    (
        "rss091n",
        '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
        '"http://dtd.example/rss-0.91.dtd"><rss version="0.91"><channel><item><title>caf&eacute; &nbsp;&copy;</title>'
        "<link>https://a.example/1</link></item></channel></rss>",
        ("café ©", "https://a.example/1", ""),
    ),
    (
        "rss092",
        rss(
            '<item><description>輸出</description><enclosure url="/a.pdf" length="1" type="application/pdf"/></item>',
            "0.92",
        ),
        ("", "https://ministry.example/a.pdf", ""),
    ),
    (
        "rss10",
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:d="http://purl.org/dc/elements/1.1/"><channel r:about="x"><items><r:Seq/></items></channel>'
        '<item r:about="https://a.example/1"><d:title>輸出管理</d:title><d:date>2019-12-16T09:30:00+09:00</d:date>'
        "</item></r:RDF>",
        ("輸出管理", "https://a.example/1", "2019-12-16T09:30:00+09:00"),
    ),
    (
        "rss11",
        f'<Channel xmlns="http://purl.org/net/rss1.1#" {RDF} rdf:about="x"><title>C</title><items rdf:parseType="x">'
        '<item rdf:about="https://a.example/1"><title>T</title><link>https://a.example/1</link></item></items></Channel>',
        ("T", "https://a.example/1", ""),
    ),
    (
        "rss20",
        rss(
            "<item><title>出口管制</title><link>/rel?a=1&amp;b=2</link><guid isPermaLink='false'>公告51</guid>"
            "<pubDate>Mon, 16 Dec 2019 09:30:00 +0800</pubDate><dc:date>2001-01-01</dc:date></item>",
            more=DC,
        ),
        ("出口管制", "https://ministry.example/rel?a=1&b=2", "2019-12-16T09:30:00+08:00"),
    ),
    # Atom 0.3 and 1.0
    (
        "atom03",
        atom_03(
            '<entry><title mode="escaped" type="text/html">a &amp;lt;b&amp;gt; &lt;i>c&lt;/i></title><id>tag:1</id>'
            '<link rel="alternate" type="text/html" href="/1"/><created>2003-12-01T00:00:00Z</created>'
            "<issued>2003-12-13T08:29:29-04:00</issued><modified>2003-12-14T18:30:02Z</modified></entry>"
        ),
        ("a <b> c", "https://ministry.example/1", "2003-12-13T08:29:29-04:00"),
    ),
    (
        "atom03",
        atom_03('<entry><title mode="base64" type="text/html">PGI+SGVsbG88L2I+</title><link href="x"/></entry>'),
        ("Hello", "https://ministry.example/news/x", ""),
    ),
    (
        "atom10",
        atom(
            '<entry><id>tag:1</id><title type="html">&lt;b>A&lt;/b> &amp;amp; B</title><link rel="self" href="self"/>'
            '<link rel="edit" href="e"/><link rel="alternate" type="application/pdf" href="x.pdf"/>'
            '<link type="text/html" href="x.html"/><link href="y.html"/><updated>2019-12-17T00:30:00Z</updated>'
            "<published>2019-12-16T00:30:00Z</published></entry>"
        ),
        ("A & B", "https://b.example/dir/x.html", "2019-12-16T00:30:00Z"),
    ),
    (
        "atom10",
        atom(
            f'<entry><title type="xhtml"><div {XHTML}>Less: <em>&lt;</em> 수출<br/>통제</div></title><id>urn:1</id>'
            '<updated>2019-12-16T00:30:00Z</updated><link xml:base="sub/" href="z"/></entry>'
        ),
        ("Less: < 수출 통제", "https://b.example/dir/sub/z", "2019-12-16T00:30:00Z"),
    ),
    (
        "atom10",
        atom(
            "<entry><title>AT&amp;T &lt;b&gt;x&lt;/b&gt; 1 &lt; 2 &amp;amp;</title><id>https://a.example/9</id></entry>"
        ),
        ("AT&T <b>x</b> 1 < 2 &amp;", "https://a.example/9", ""),
    ),
    (
        "atom10",
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>戰略性高科技貨品</a:title>'
        '<a:link href="../1"/><a:updated>2019-12-16T00:30:00Z</a:updated>'
        '<a:source><a:title>other</a:title><a:id>https://o.example/</a:id><a:link href="https://o.example/"/></a:source>'
        "</a:entry></a:feed>",
        ("戰略性高科技貨品", "https://ministry.example/1", "2019-12-16T00:30:00Z"),
    ),
    # CDF
    (
        "cdf",
        '<CHANNEL HREF="http://a.example/"><TITLE>C</TITLE><ITEM HREF="/x" LASTMOD="2003-01-02T10:00+0900">'
        "<TITLE>輸出</TITLE><ABSTRACT>ab</ABSTRACT></ITEM></CHANNEL>",
        ("輸出", "https://ministry.example/x", "2003-01-02T10:00:00+09:00"),
    ),
    # JSON Feed
    (
        "json10",
        json_feed(
            '{"id": 7, "url": "/1", "title": "수출 통제", "content_html": "<p>x</p>", '
            '"date_published": "2019-12-16T09:30:00+09:00", "date_modified": "2020-01-01"}',
            "https://jsonfeed.org/version/1",
        ),
        ("수출 통제", "https://ministry.example/1", "2019-12-16T09:30:00+09:00"),
    ),
    (
        "json11",
        json_feed('{"id": "https://a.example/1", "content_text": "x", "date_modified": "2019-12-16"}'),
        ("", "https://a.example/1", "2019-12-16"),
    ),
    (
        "json11",
        json_feed('{"id": "1", "external_url": "https://x.example/", "title": "\\ud800"}'),
        ("?", "https://x.example/", ""),
    ),
    # Titles that are markup or not, and where else they may stand
    ("rss20", rss("<item><title><![CDATA[<b>Bold</b> &amp; x]]></title><guid>1</guid></item>"), ("Bold & x", "", "")),
    ("rss20", rss("<item><title>raw <b>inline</b> markup</title></item>"), ("raw inline markup", "", "")),
    ("rss20", rss("<item><title>5 &lt; 6 &amp; 7 &gt; 3</title></item>"), ("5 < 6 & 7 > 3", "", "")),
    ("rss20", rss("<item><title>&lt;foo&gt; &amp;amp; b</title></item>"), ("<foo> & b", "", "")),
    ("rss20", rss("<item><title>輸出&lt;br&gt;管理</title></item>"), ("輸出 管理", "", "")),
    (
        "rss20",
        rss(
            "<item><itunes:title>IT</itunes:title><enclosure url='https://a.example/a.mp3'/></item>",
            more='xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"',
        ),
        ("IT", "https://a.example/a.mp3", ""),
    ),
    (
        "rss20",
        rss(
            "<item><media:title>of the film</media:title><title>real</title><image><title>i</title><link>https://i/</link>"
            '</image><link>https://a.example/1</link><source url="https://s.example/">S</source></item>',
            more='xmlns:media="http://search.yahoo.com/mrss/"',
        ),
        ("real", "https://a.example/1", ""),
    ),
    # Links
    ("rss20", rss("<item><title>t</title><guid>https://a.example/1</guid></item>"), ("t", "https://a.example/1", "")),
    (
        "rss20",
        rss("<item><title>t</title><guid isPermaLink='true'>/p</guid></item>"),
        ("t", "https://ministry.example/p", ""),
    ),
    ("rss20", rss("<item><title>t</title><guid isPermaLink='false'>https://a.example/1</guid></item>"), ("t", "", "")),
    ("rss20", rss("<item><title>t</title><guid>77</guid></item>"), ("t", "", "")),
    (
        "rss20",
        rss(
            '<item><title>t</title><link>https://a.example/1</link><a10:link rel="self" href="https://self/"/></item>',
            more='xmlns:a10="http://www.w3.org/2005/Atom"',
        ),
        ("t", "https://a.example/1", ""),
    ),
    (
        "rss20",
        rss("<item><title>t</title><link>1</link></item>", more='xml:base="https://b.example/x/"'),
        ("t", "https://b.example/x/1", ""),
    ),
    # Nearly XML
    (
        "rss20",
        rss(
            "<item><title>A & B &nbsp;&copy; &foo; <![CDATA[C & D]]></title>"
            "<link>https://a.example/?a=1&b=2&copy=3</link></item>"
        ),
        ("A & B © &foo; C & D", "https://a.example/?a=1&b=2&copy=3", ""),
    ),
    (
        "rss20",
        "\ufeff\n\n<!-- <rss> -->\nWarning: <br /> x\n"
        + rss("<item><title>t</title></item>")
        + "<script>&</script> junk &",
        ("t", "", ""),
    ),
    (
        "rss20",
        rss('<item><title>t</title><media:thumbnail url="x" y:z="1"/><dc:date>2019-12-16</dc:date></item>'),
        ("t", "", "2019-12-16"),
    ),
    ("rss20", rss("<item><title>a\x00b\x1fc&#0;&#x1f;</title></item>"), ("abc\ufffd\ufffd", "", "")),
    (
        "rss20",
        '<!DOCTYPE rss [<!ENTITY m "산업부"><!ENTITY nb "&#160;"><!ENTITY x SYSTEM "file:///etc/hostname">]>'
        + rss("<item><title>&m;&nb;&x;</title></item>")[21:],
        ("산업부 &x;", "", ""),
    ),
    ("rss", "<rss><item><title>o</title><link>/1</link></item></rss>", ("o", "https://ministry.example/1", "")),
    ("rss20", rss("<item><title>t</title><link>/1</link></item>")[:-18], ("t", "https://ministry.example/1", "")),
    ("rss20", rss("<item><title>t</title><category>a</category><category/></item>"), ("t", "", "")),
    # Dates
    (
        "rss20",
        rss(
            "<item><title>t</title><pubDate>soon</pubDate><dcterms:modified>令和元年12月16日</dcterms:modified></item>",
            more='xmlns:dcterms="http://purl.org/dc/terms/"',
        ),
        ("t", "", "2019-12-16"),
    ),
    (
        "rss20",
        rss(
            "<item><title>t</title><dcterms:issued>2019-12-16</dcterms:issued></item>",
            more='xmlns:dcterms="http://purl.org/dc/terms/"',
        ),
        ("t", "", "2019-12-16"),
    ),
]


@pytest.mark.parametrize(("dialect", "text", "expected"), FEEDS)
def test_each_dialect_says_title_link_and_date(dialect: str, text: str, expected: tuple[str, str, str]) -> None:
    assert only(text) == expected
    assert read(text).dialect == dialect


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "text/html", "application/octet-stream", "application/json"]
)
@pytest.mark.parametrize("text", [FEEDS[0][1], FEEDS[8][1], FEEDS[13][1]])
def test_what_the_server_calls_it_does_not_matter(text: str, content_type: str) -> None:
    assert read(text, content_type) == read(text)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_unicode_in_all_its_forms(codec: str) -> None:
    text = rss("<item><title>수출 輸出 出口 輸出管制 export</title></item>")
    found = entries.read(text.encode(codec), "text/xml", URL)
    assert [entry.title.value for entry in found.entries] == ["수출 輸出 出口 輸出管制 export"]
    assert found.encoding == codec.replace("-sig", "") if codec not in ("utf-16", "utf-32") else found.encoding


def test_an_override_of_the_charset_reaches_the_feed() -> None:
    body = rss("<item><title>수출통제</title></item>").encode("cp949")
    found = entries.read(body, "text/xml; charset=utf-8", URL, "euc-kr")
    assert (found.entries[0].title.value, found.encoding) == ("수출통제", "cp949")
    parsed = feed.parse(fetched(body, "text/xml; charset=shift_jis"), source(encoding="euc-kr"))
    assert [draft.title for draft in parsed.drafts] == ["수출통제"]


@pytest.mark.parametrize(
    ("inner", "value", "html"),
    [
        ("<description>&lt;p>수출&lt;/p></description>", "<p>수출</p>", True),
        ("<description>s</description><content:encoded><![CDATA[<p>c</p>]]></content:encoded>", "<p>c</p>", True),
        ("<description>s</description><itunes:summary>i</itunes:summary>", "s", True),
        ("<itunes:summary>i</itunes:summary>", "i", False),
        ("<media:description>m</media:description>", "m", False),
    ],
)
def test_the_fullest_text_of_rss_is_taken(inner: str, value: str, html: bool) -> None:
    more = f'{CONTENT} xmlns:itunes="http://www.itunes.com/DTDs/PodCast-1.0.dtd" xmlns:media="http://search.yahoo.com/mrss/"'
    (entry,) = read(rss(f"<item>{inner}</item>", more=more)).entries
    assert (entry.content.value, entry.content.html) == (value, html)


@pytest.mark.parametrize(
    ("inner", "value", "html"),
    [
        (f'<content type="xhtml"><div {XHTML}>a <b>b</b></div></content>', "a <b>b</b>", True),
        ('<content type="html">&lt;p>c&lt;/p></content><summary>s</summary>', "<p>c</p>", True),
        ("<summary>s &amp;lt;</summary>", "s &lt;", False),
        ('<content type="text">t</content>', "t", False),
        ('<content type="application/octet-stream">SGVsbG8=</content>', "Hello", False),
    ],
)
def test_the_fullest_text_of_atom_is_taken(inner: str, value: str, html: bool) -> None:
    (entry,) = read(atom(f"<entry>{inner}</entry>")).entries
    assert (entry.content.value, entry.content.html) == (value, html)


def test_a_feed_says_things_of_itself() -> None:
    found = read(
        rss(
            "<link>https://a.example/</link><language>ko-kr</language><ttl>60</ttl><skipHours><hour>1</hour>"
            "<hour>24</hour></skipHours><skipDays><day>Sunday</day></skipDays>"
        )
    )
    assert found == Feed(
        dialect="rss20",
        title=found.title,
        link="https://a.example/",
        language="ko-kr",
        ttl_seconds=3600,
        skip_hours=(0, 1),
        skip_days=("Sunday",),
        encoding="utf-8",
    )
    assert found.title.value == "C"


@pytest.mark.parametrize(
    ("inner", "seconds"),
    [
        ("<ttl>5</ttl>", 300),
        ("<ttl>5.0</ttl>", 300),
        ("<ttl>-1</ttl>", 0),
        ("<ttl>soon</ttl>", 0),
        ("<ttl>999999999</ttl>", 31536000),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 3600),
        ("<sy:updatePeriod> daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 21600),
        ("<sy:updateFrequency>2</sy:updateFrequency>", 43200),
        ("<sy:updatePeriod>never</sy:updatePeriod>", 0),
        ("", 0),
    ],
)
def test_how_long_to_stay_away(inner: str, seconds: int) -> None:
    more = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    assert read(rss(inner, more=more)).ttl_seconds == seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (atom('<link rel="next" href="?page=2"/>'), "https://b.example/dir/?page=2"),
        (atom('<link rel="prev-archive" href="2019.xml"/>'), "https://b.example/dir/2019.xml"),
        (atom('<link rel="previous" href="new"/>'), ""),
        (atom('<entry><link rel="next" href="no"/></entry>'), ""),
        (rss('<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="next" href="/2"/>'), "https://ministry.example/2"),
        (json_feed("").replace('"title"', '"next_url": "/2", "title"'), "https://ministry.example/2"),
    ],
)
def test_the_next_older_page_is_known(text: str, expected: str) -> None:
    assert read(text).next == expected
    assert feed.parse(fetched(text.encode(), "", URL), source()).next == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        "[]",
        '{"items": 3}',
        '{"version": "https://jsonfeed.org/version/1"}',
        '{"items": [{"name": "no feed"}]}',
        '{"items": ' + "[" * 100_000,
        "<html><body><rss version='2.0'/></body></html>",
        "<!DOCTYPE html><html lang='ja'><item><title>x</title></item></html>",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "An RSS feed was here.",
    ],
)
def test_what_is_no_feed_is_none(text: str) -> None:
    with pytest.raises(NotAFeed):
        read(text, "text/html")


@pytest.mark.parametrize("text", [rss(""), atom(""), '<CHANNEL HREF="https://a.example/"/>', json_feed("")])
def test_a_feed_without_entries_is_one(text: str) -> None:
    assert read(text).entries == ()
    assert feed.parse(fetched(text.encode()), source()).rejections == ()


def test_an_entry_may_say_nothing() -> None:
    assert read(rss("<item/>")).entries == (FeedEntry(),)
    assert read(json_feed("{}, 3, null")).entries == (FeedEntry(),)


@pytest.mark.parametrize(
    "inner",
    ["<item><description>" + "<br/>" * 210_000, "<a/" * 210_000, "<" * 1_000_000],
    ids=["elements", "never closed", "signs"],
)
def test_what_would_take_too_long_to_read_is_given_up(inner: str) -> None:
    with pytest.raises(NotAFeed, match=r"too much to read: .*00,000 (?:elements|signs)"):
        read(f"<rss version='2.0'><channel>{inner}")


def test_markup_in_sections_of_character_data_does_not_count() -> None:
    text = "<![CDATA[" + "<br/>輸出" * 10_000 + "]]>"
    items = f"<item><title>수출 & 통제</title><description>{text}</description></item>" * 30
    assert len(read(f"<rss version='2.0'><channel>{items}<b").entries) == 30


def test_entries_beyond_the_most_are_not_read() -> None:
    items = "".join(f"<item><title>公告 {number}</title></item>" for number in range(MOST_ENTRIES + 5))
    found = read(f"<rss version='2.0'><channel>{items}</channel></rss>").entries
    assert [found[-1].title.value, len(found)] == [f"公告 {MOST_ENTRIES}", MOST_ENTRIES + 1]
