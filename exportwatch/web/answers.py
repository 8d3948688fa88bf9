"""A view as a page or as JSON, whichever was asked for; errors alike, in one shape.

Templates cannot forget to make foreign text safe: whatever they print passes `safe` (control characters and all that
reorders or hides text become U+FFFD) and is then escaped.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from exportwatch import __version__
from exportwatch.present import language_name
from exportwatch.query.fields import FIELDS
from exportwatch.safe import safe
from exportwatch.web import documents, links, words

STATIC: Final = {"page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8"}
_TITLES: Final = {
    400: "This cannot be answered",
    404: "Nothing is here",
    405: "This is not done here",
    421: "Not under this name",
    500: "Something is broken",
    503: "Not just now",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, for whoever asked."""

    status: int
    message: str


@dataclass(frozen=True, slots=True)
class ErrorView:
    """The one shape of errors: `{"error": {"status": 404, "message": "…"}}`."""

    error: Problem


def answer(request: Request, template: str, view: Any, status: int = 200, **more: Any) -> Response:
    """The view as JSON or through its template, which gets it as `view`, and `more` beside it."""
    if wants_json(request):
        return json(view, status)
    text = environment().get_template(template).render(view=view, path=request.url.path, **more)
    return Response(text, status, media_type="text/html")


def json(view: Any, status: int = 200) -> Response:
    """A view as it is, foreign text included: escaping is the reader's."""
    return Response(msgspec.json.encode(view), status, media_type="application/json")


def problem(request: Request, status: int, message: str, template: str = "error.html", **more: Any) -> Response:
    """An error as a page or in the one shape of JSON."""
    view = ErrorView(Problem(status, safe(message)))
    response = answer(request, template, view, status, title=_TITLES.get(status, _TITLES[400]), **more)
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def wants_json(request: Request) -> bool:
    """By the end of the path; where that says nothing, by the header Accept."""
    path = request.url.path
    if path.endswith((".json", "/healthz")):
        return True
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


@functools.cache
def static(name: str) -> bytes:
    """A file of our own; KeyError for any other name."""
    if name not in STATIC:
        raise KeyError(name)
    return resources.files(__package__).joinpath("static", name).read_bytes()


@functools.cache
def static_path(name: str) -> str:
    """Its path, which changes when it does."""
    return f"/static/{name}?{hashlib.sha256(static(name)).hexdigest()[:12]}"


@functools.cache
def environment() -> Environment:
    """The templates and what they may call."""
    made = Environment(
        loader=PackageLoader("exportwatch.web"),
        autoescape=True,
        finalize=_final,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(
        static=static_path,
        links=links,
        words=words,
        paint=documents.paint,
        short=documents.short,
        kinds=documents.KINDS,
        fields=[field for field in FIELDS.values() if field.name != "concept"],
        language_name=language_name,
        version=__version__,
    )
    return made


def _final(value: Any) -> Any:
    """What a template prints. Markup is our own: macros, and nothing else here makes any."""
    if isinstance(value, Markup) or value is None:
        return "" if value is None else value
    return safe(str(value))
