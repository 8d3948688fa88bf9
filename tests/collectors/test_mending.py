"""What is nearly XML becomes XML, and what is XML stays as it is."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.mending import is_page, legal, mended, with_entities, without_prolog

ENTITIES = {"m": "산업부", "nb": "&#160;"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<rss>x</rss>", "<rss>x</rss>"),
        ("\n<!-- <rss> --><?xml-stylesheet href='<rss>'?>\n<rss>x</rss>", "<rss>x</rss>"),
        ("Warning: <br/> in <b>line 3</b>\n<a:feed>x</a:feed>", "<a:feed>x</a:feed>"),
        ("<!DOCTYPE rdf:RDF [<!ENTITY a 'b'>]><rdf:RDF>x</rdf:RDF>", "<rdf:RDF>x</rdf:RDF>"),
        ("<!-- never closed <rss>x</rss>", "<rss>x</rss>"),
        ("junk <other>x</other>", "<other>x</other>"),
        ("<html><rss>x</rss></html>", "<html><rss>x</rss></html>"),
        ("no markup", "no markup"),
    ],
)
def test_a_feed_begins_with_its_root_element(text: str, expected: str) -> None:
    assert without_prolog(text)[0] == expected


def test_only_plain_entities_of_a_document_are_kept() -> None:
    head = (
        '<!DOCTYPE rss [<!ENTITY m "산업부"> <!ENTITY nb \'&#160;\'> <!ENTITY two "&m;&m;"> <!ENTITY tag "<b>">'
        f'<!ENTITY file SYSTEM "file:///etc/hostname"> <!ENTITY long "{"x" * 600}">]>'
    )
    assert without_prolog(f"{head}<rss/>") == ("<rss/>", ENTITIES)


def test_entities_of_a_document_are_replaced_a_bounded_number_of_times() -> None:
    assert with_entities("<t>&m; &amp; &nb;&x; <![CDATA[&m;]]></t>", ENTITIES) == (
        "<t>산업부 &amp; &#160;&x; <![CDATA[&m;]]></t>"
    )
    assert len(with_entities("&m;" * 1_000_000, {"m": "x" * 500})) < 20_000 * 500 + 3_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<t>A & B</t>", "<t>A &amp; B</t>"),
        ("<t>?a=1&copy=2&b;</t>", "<t>?a=1&amp;copy=2&amp;b;</t>"),
        ("<t>&nbsp;&eacute;&LT;&AMP;</t>", "<t>\xa0é&#60;&#38;</t>"),
        ("<t>&#0;&#xD800;&#x1F600;&#99999999999;</t>", "<t>\ufffd\ufffd&#x1F600;\ufffd</t>"),
        ("<t><![CDATA[A & B &nbsp;]]>&</t>", "<t><![CDATA[A & B &nbsp;]]>&amp;</t>"),
        ("<t><![CDATA[never & closed</t>", "<t><![CDATA[never &amp; closed</t>"),
        ("<t>&amp;&lt;&#38;</t>", "<t>&amp;&lt;&#38;</t>"),
    ],
)
def test_references_become_those_of_xml(text: str, expected: str) -> None:
    assert mended(text, {}, {}) == expected


def test_prefixes_are_declared_where_they_are_not() -> None:
    text = mended('<rss a:b="1"><dc:date/><x:y xmlns:x="urn:x"/></rss>', {}, {"dc": "urn:dc"})
    assert text.startswith('<rss xmlns:a="urn:undeclared:a" xmlns:dc="urn:dc" a:b="1">')
    assert [each.tag for each in ElementTree.fromstring(text)] == ["{urn:dc}date", "{urn:x}y"]
    many = mended("<rss>" + "".join(f"<p{n}:x/>" for n in range(500)) + "</rss>", {}, {})
    assert many.count("xmlns:") == 50


def test_a_page_is_told_from_a_feed() -> None:
    assert is_page("<HTML lang='ja'>")
    assert is_page("<html>")
    assert not is_page("<htmlfeed>")
    assert not is_page("<rss>")


def test_a_reference_names_a_character_of_xml_or_none() -> None:
    assert legal("&#65;") == "&#65;"
    assert legal("&#x10FFFF;") == "&#x10FFFF;"
    assert legal("&#x110000;") == "\ufffd"
    assert legal("&#xFFFE;") == "\ufffd"


@given(
    st.lists(
        st.sampled_from(["&", ";", "#", "x", "41", "amp", "<", ">", "<b>", "</b>", "<![CDATA[", "]]>", "한", "c:d"])
    )
)
def test_mending_is_stable(pieces: list[str]) -> None:
    text = f"<rss>{''.join(pieces)}</rss>"
    once = mended(text, {}, {})
    assert mended(once, {}, {}) == once
