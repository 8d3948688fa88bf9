"""The bundled sources as files, so that they are read as every other source is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_COMMON: Final = """kind = "{kind}"
publisher = "{name}"
language = "{language}"
jurisdiction = "{jurisdiction}"
url = "{base}/{file}"
interval = 3600
cadence = 604800
patience = 3153600000
minimum = 1
pause = 0
follow = {follow}
{more}
[id]
from = "link"
pattern = '{pattern}'
"""
_LIST: Final = """parser = "page"
attachments = ".files a"

[list]
row = ".board tbody tr"
date = "td"
"""
_SOURCES: Final = (
    # name, jurisdiction, language, kind, file, follow, pattern of the publisher's own number
    ("demo-jp", "JP", "ja", "press release", "jp.atom", "false", r"/press/\d{4}/\d{2}/(\d{11})/"),
    ("demo-us", "US", "en", "press release", "us.rss", "true", r"/press-release/([a-z0-9-]+)"),
    ("demo-kr", "KR", "ko", "press release", "kr.rss", "false", r"/article/[A-Za-z0-9]+/(\d+)/view"),
    ("demo-cn", "CN", "zh-Hans", "notice", "cn.rss", "true", r"/art/(\d{4})/([a-z0-9-]+)\.html"),
    ("demo-tw", "TW", "zh-Hant", "press release", "tw.rss", "false", r"/news/([0-9-]+)"),
    ("demo-kr-notices", "KR", "ko", "notice", "kr/notice/list.html", "true", r"/notice/(\d+)\.html"),
)
RELEASES: Final = 20
"""Releases that the bundled sources hold together."""
BROKEN: Final = 1
"""Items among them that are broken on purpose."""


def write(folder: Path, base: str) -> list[Path]:
    """Write one TOML file a source into the folder, pointed at the server's URL; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, jurisdiction, language, kind, file, follow, pattern in _SOURCES:
        path = folder / f"{name}.toml"
        path.write_text(
            _COMMON.format(
                name=name,
                jurisdiction=jurisdiction,
                language=language,
                kind=kind,
                base=base,
                file=file,
                follow=follow,
                pattern=pattern,
                more=_LIST if file.endswith(".html") else "",
            ),
            encoding="utf-8",
        )
        paths.append(path)
    return paths
