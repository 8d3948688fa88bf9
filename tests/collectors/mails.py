"""Mails of our own writing, in the charsets and encodings that mails come in."""

from __future__ import annotations

import base64
import quopri

SCRIPTS = {
    "en": ("Export controls on HF", "Licences are needed for photoresist from 4 July.", "us-ascii"),
    "ja": ("輸出管理の運用を見直す", "フッ化水素の輸出は個別許可となる。", "iso-2022-jp"),
    "ko": ("대일 수출규제 대응", "불화수소 수출 통제 제도를 개편한다.", "euc-kr"),
    "zh-Hans": ("出口管制公告", "商务部决定对镓实施出口管制。", "gb2312"),
    "zh-Hant": ("輸出管制清單公告", "國際貿易署公告修正輸出管制清單。", "big5"),
}
"""Subject, text, and the charset that mails in that script come in."""


def word(text: str, charset: str, encoding: str = "B") -> str:
    raw = text.encode(charset)
    if encoding == "B":
        return f"=?{charset}?B?{base64.b64encode(raw).decode()}?="
    return f"=?{charset}?Q?{''.join(f'={byte:02X}' for byte in raw)}?="


def mail(headers: dict[str, str] | None = None, body: bytes = b"text", **more: str) -> bytes:
    given = {"From": "press@ministry.example", "Message-ID": "<1@ministry.example>", **(headers or {}), **more}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return head.encode("utf-8", "surrogateescape") + b"\r\n" + body


def part(content_type: str, body: bytes, disposition: str = "", encoding: str = "base64") -> bytes:
    head = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n"
    head += f"Content-Disposition: {disposition}\r\n" if disposition else ""
    coded = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(encoding, bytes)(body)
    return head.encode() + b"\r\n" + coded


def multipart(kind: str, *parts: bytes, boundary: str = "b0") -> bytes:
    inner = b"".join(b"--" + boundary.encode() + b"\r\n" + each + b"\r\n" for each in parts)
    return inner + b"--" + boundary.encode() + b"--\r\n"


def compound(kind: str, *parts: bytes, boundary: str = "b0", **headers: str) -> bytes:
    given = {"Content-Type": f'multipart/{kind}; boundary="{boundary}"', **headers}
    return mail(given, multipart(kind, *parts, boundary=boundary))


def nested(kind: str, *parts: bytes, boundary: str) -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
    return head.encode() + multipart(kind, *parts, boundary=boundary)


def russian_doll(depth: int) -> bytes:
    opened = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(depth))
    return mail()[: -len(b"\r\ntext")] + opened + b"Content-Type: text/plain\r\n\r\ndeep\r\n"
