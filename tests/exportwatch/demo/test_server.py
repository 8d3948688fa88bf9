"""The bundled server answers as ministries do."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Iterator

import pytest

from exportwatch.demo import server


@pytest.fixture(scope="module")
def running() -> Iterator[server.Server]:
    with server.serve() as found:
        yield found


def get(running: server.Server, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(running.address, timeout=10)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return answer


@pytest.mark.parametrize(
    "path",
    [
        *("/jp.atom", "/us.rss", "/kr.rss", "/cn.rss", "/tw.rss", "/cn/art/2023/notice-23.html"),
        *("/kr/notice/list.html", "/kr/notice/161953.html", "/kr/notice/files/161953-1.pdf"),
    ],
)
def test_validators_save_the_body(running: server.Server, path: str) -> None:
    status, headers, body = get(running, path)
    assert status == 200
    assert body
    assert get(running, path, If_None_Match=headers["etag"])[::2] == (304, b"")
    assert get(running, path, If_Modified_Since=headers["last-modified"])[::2] == (304, b"")
    other = get(running, path, If_None_Match='"other"', If_Modified_Since=headers["last-modified"])
    assert other[::2] == (200, body)


def test_who_takes_gzip_gets_it(running: server.Server) -> None:
    plain = get(running, "/jp.atom")
    packed = get(running, "/jp.atom", Accept_Encoding="gzip")
    assert "content-encoding" not in plain[1]
    assert packed[1]["content-encoding"] == "gzip"
    assert gzip.decompress(packed[2]) == plain[2]


def test_chinese_pages_are_in_the_charset_they_declare(running: server.Server) -> None:
    _, headers, body = get(running, "/cn/art/2023/notice-23.html")
    assert headers["content-type"] == "text/html; charset=gb18030"
    assert "镓" in body.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


@pytest.mark.parametrize(
    "path", ["/", "/none.rss", "/us/press-release/none", "/us/press-release/../../us.rss", "/kr/notice/files/1.pdf"]
)
def test_other_paths_are_not_found(running: server.Server, path: str) -> None:
    assert get(running, path)[0] == 404


def test_feeds_link_to_the_server_they_come_from(running: server.Server) -> None:
    body = get(running, "/us.rss")[2].decode()
    assert f"{running.url}/us/press-release/" in body
    assert "{{" not in body


def test_a_release_appears_when_it_is_let_and_then_is_a_change_by_every_validator() -> None:
    with server.serve() as running:
        before = get(running, "/jp.atom")
        running.release()
        _, headers, body = get(running, "/jp.atom")
        entries = body.count(b"<entry>")
        assert entries == before[2].count(b"<entry>") + 1
        assert get(running, "/jp.atom", If_None_Match=before[1]["etag"])[0] == 200
        assert get(running, "/jp.atom", If_Modified_Since=before[1]["last-modified"])[0] == 200
        assert get(running, "/jp.atom", If_Modified_Since=headers["last-modified"])[0] == 304
        running.release()
        assert get(running, "/jp.atom", If_None_Match=headers["etag"])[0] == 304, "it appears once"
        assert b"{{" not in body
        other = get(running, "/kr.rss")
        assert other[1]["last-modified"] == before[1]["last-modified"]
