"""The routes. Every page and its JSON twin have one handler; the twin's path ends with .json, or Accept asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from exportwatch import __version__
from exportwatch.errors import ExportwatchError, Retryable
from exportwatch.web import answers, documents, links, originals
from exportwatch.web.backends import Backends
from exportwatch.web.documents import DocumentView
from exportwatch.web.guard import Guard
from exportwatch.web.search import LAST_PAGE, SearchView, WrongQuery, search
from exportwatch.web.sources import SourcesView, evidence, sources
from exportwatch.web.subscriptions import SubscriptionsView, subscriptions

_QUOTED: Final = "The id, percent-encoded as one segment: a slash within it is %2F."
_SANDBOX: Final = "default-src 'none'; sandbox"
_UNKNOWN: Final = "No document has this id. `exportwatch search` finds documents by what is in them."

Asked = Annotated[str, Query(description="A query of the search language; empty asks nothing.")]
Page = Annotated[int, Query(ge=1, le=LAST_PAGE, description="Counts from 1.")]


def application(backends: Backends, hosts: Iterable[str] = ()) -> ASGIApp:
    """The pages behind their guard. `hosts` are names they answer to besides those of loopback."""
    app = FastAPI(
        title="exportwatch",
        version=__version__,
        summary="Who controls what against whom, since when, with proof. Reading only.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    _add_pages(app, backends)
    _add_documents(app, backends)
    _add_rest(app)
    _add_errors(app)
    return Guard(app, hosts)


_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": answers.ErrorView, "description": "The request cannot be answered as it is."},
    503: {"model": answers.ErrorView, "description": "What is asked for is away; try again later."},
}


def _responses(view: Any) -> dict[str, Any]:
    """For the OpenAPI document only: we encode the answers ourselves."""
    return {"responses": _ERRORS, "response_model": view}


def _add_pages(app: FastAPI, backends: Backends) -> None:
    @app.get("/", include_in_schema=False)
    @app.get("/search", include_in_schema=False)
    @app.get("/search.json", **_responses(SearchView))
    def search_page(request: Request, q: Asked = "", page: Page = 1) -> Response:
        """Hits of a query, ten a page, with the claims and the evidence."""
        return answers.answer(request, "search.html", search(backends, q, page))

    @app.get("/sources", include_in_schema=False)
    @app.get("/sources.json", **_responses(SourcesView))
    def sources_page(request: Request) -> Response:
        """Every source: last seen, next due, how it does, and its last changes."""
        return answers.answer(request, "sources.html", sources(backends))

    @app.get("/sources/{id}/evidence/{sha256}", **_raw_responses("text/plain"))
    def source_evidence(request: Request, id: str, sha256: str) -> Response:
        """What a source answered that was no use, to be saved: never shown by a browser as a page of ours."""
        body = evidence(backends, links.read_id(id), sha256)
        if body is None:
            return answers.problem(request, 404, "No such bytes were kept with the last changes of this source.")
        return _attachment(body, f"{links.read_id(id)}-{sha256[:12]}.txt", "text/plain")

    @app.get("/subscriptions", include_in_schema=False)
    @app.get("/subscriptions.json", **_responses(SubscriptionsView))
    def subscriptions_page(request: Request) -> Response:
        """Every subscription and its latest alerts."""
        return answers.answer(request, "subscriptions.html", subscriptions(backends))


def _add_documents(app: FastAPI, backends: Backends) -> None:
    @app.get("/documents/{id}/raw", **_raw_responses("application/octet-stream"))
    def original(request: Request, id: str) -> Response:
        """The bytes as they came, to be saved: never shown by a browser as a page of ours."""
        found = documents.find(backends, links.read_id(id))
        if found is None:
            return answers.problem(request, 404, _UNKNOWN)
        body = originals.original(backends, found.document)
        if body is None:
            return answers.problem(request, 404, "The original bytes of this document were not kept.")
        return _attachment(body, f"{found.document.id[:120]}.bin", "application/octet-stream")

    # The last decorator counts first: what ends with .json is the twin.
    @app.get("/documents/{id}", include_in_schema=False)
    @app.get("/documents/{id}.json", **_responses(DocumentView))
    def document_page(request: Request, id: str, q: Asked = "") -> Response:
        """A document with everything claimed of it; `q` marks the words of a query in it."""
        twin = request.url.path.endswith(".json")
        view = documents.document(backends, links.read_id(id, twin=twin), q)
        if view is None:
            return answers.problem(request, 404, _UNKNOWN)
        return answers.answer(request, "document.html", view)


def _attachment(body: bytes, name: str, media: str) -> Response:
    """Foreign bytes, to be saved under a plain name; of no charset, since nobody knows it."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)
    headers = {
        "Content-Disposition": f'attachment; filename="{plain}"',
        "Content-Security-Policy": _SANDBOX,
        "Content-Type": media,
    }
    return Response(body, headers=headers)


def _raw_responses(media: str) -> dict[str, Any]:
    content = {media: {"schema": {"type": "string", "format": "binary"}}}
    errors = {status: {**error, "content": {"text/html": {}}} for status, error in _ERRORS.items()}
    return {"response_class": Response, "responses": {200: {"content": content}, **errors}}


def _add_rest(app: FastAPI) -> None:
    @app.get("/healthz")
    def healthz() -> Response:
        """Whether the pages are served."""
        return answers.json({"status": "ok", "version": __version__})

    @app.get("/static/{name}", include_in_schema=False)
    def static(request: Request, name: str) -> Response:
        if name not in answers.STATIC:
            return answers.problem(request, 404, "No such file.")
        # The path of a changed file is another one.
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(answers.static(name), media_type=answers.STATIC[name], headers=headers)


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(WrongQuery)
    def wrong_query(request: Request, error: WrongQuery) -> Response:
        return answers.problem(request, 400, str(error), "wrong-query.html", wrong=error)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        return answers.problem(request, 400, f"{first['loc'][-1]}: {first['msg']}")

    @app.exception_handler(HTTPException)
    def missing(request: Request, error: HTTPException) -> Response:
        message = "There is no such page." if error.status_code == 404 else error.detail
        return answers.problem(request, error.status_code, message)

    @app.exception_handler(ExportwatchError)
    def away(request: Request, error: ExportwatchError) -> Response:
        return answers.problem(request, 503, str(error), retry=isinstance(error, Retryable))

    @app.exception_handler(Exception)
    def broken(request: Request, error: Exception) -> Response:
        # Raised again by Starlette once this is sent; the guard logs it.
        return answers.problem(request, 500, "This is a bug. The log of `exportwatch web` says more.")
