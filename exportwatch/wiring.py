"""The composition root: settings -> objects. The only module (with cli/) that knows every backend and stage.

Backends are chosen by URL scheme and imported only when asked for.
"""

from __future__ import annotations

import gc
import hashlib
import logging
import shutil
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from exportwatch import addresses, configfiles, generation, locks
from exportwatch.blobs import Blobs, open_blobs
from exportwatch.bus import Bus, Consumer
from exportwatch.clock import Clock, SystemClock
from exportwatch.engine import wait_for
from exportwatch.errors import BadRecord, Misconfigured, Retryable
from exportwatch.faults import Faults
from exportwatch.index import Index
from exportwatch.metrics import Metrics, Recorded
from exportwatch.model import Alert, Draft, Fetched, Origin, Parsed
from exportwatch.sandbox import Killed
from exportwatch.settings import Settings, shown
from exportwatch.store import Store

if TYPE_CHECKING:
    from collectors import collect
    from collectors.backfill import Backfilled
    from collectors.pausing import Pausing
    from collectors.polite import Polite
    from collectors.publish import Publisher
    from collectors.readers import Readers
    from collectors.sources import Source
    from exportwatch import elastic
    from exportwatch.addresses import Resolver
    from exportwatch.alerts.clock import AlertClock
    from exportwatch.alerts.deliver import Deliver
    from exportwatch.content import Content
    from exportwatch.health import HealthEvent
    from exportwatch.model import Subscription
    from exportwatch.sandbox import Sandbox
    from exportwatch.subscriptions import Watch
    from exportwatch.taxonomy import Taxonomy
    from indexers.match import Match
    from processors.classify import Rules
    from processors.process import Process

log = logging.getLogger("exportwatch")
SANDBOXES: Final = 2
"""Children that read foreign bytes at once; a worker with one thread starts only one."""


class Wiring:
    """Everything of one process, made when first asked for and closed together."""

    def __init__(self, settings: Settings, clock: Clock | None = None, *, person: bool = False) -> None:
        """`person`: somebody waits for the answer, so a server that gives none is given up sooner."""
        self.settings = settings
        self._person = person
        self.clock: Clock = clock or SystemClock()
        self.closing = ExitStack()

    def close(self) -> None:
        self.closing.close()

    @property
    def folder(self) -> Path:
        return self.settings.folder

    @property
    def embedded(self) -> bool:
        """Whether the log is the embedded one, whose roles hold locks."""
        return self.settings.bus.startswith("sqlite:")

    @cached_property
    def bus(self) -> Bus:
        settings, scheme = self.settings, _scheme("bus", self.settings.bus, ("sqlite", "kafka"))
        if scheme == "sqlite":
            from exportwatch.buses.sqlite import SqliteBus

            return SqliteBus(self._file("bus", settings.bus, "bus.db"), settings.namespace, self.clock)
        from exportwatch.buses.kafka import KafkaBus

        return KafkaBus(
            _hosts("bus", settings.bus),
            settings.namespace,
            security=settings.kafka_security,
            ca=settings.kafka_ca,
            mechanism=settings.kafka_mechanism,
            username=settings.kafka_username,
            password=settings.kafka_password,
        )

    @cached_property
    def index(self) -> Index:
        index = self._open_index()
        self.closing.callback(index.close)
        return index

    def _open_index(self) -> Index:
        url = self.settings.index
        if _scheme("index", url, ("sqlite", "http", "https")) == "sqlite":
            from exportwatch.indexes.embedded import EmbeddedIndex

            return EmbeddedIndex(self._file("index", url, "index"))
        from exportwatch.indexes.elasticsearch import ElasticsearchIndex

        return ElasticsearchIndex(self._elastic(url), self.settings.namespace)

    @cached_property
    def store(self) -> Store:
        store = self._open_store()
        self.closing.callback(store.close)
        return store

    def _open_store(self) -> Store:
        url = self.settings.store
        if _scheme("store", url, ("sqlite", "http", "https")) == "sqlite":
            from exportwatch.stores.sqlite import SqliteStore

            return SqliteStore(self._file("store", url, "store.db"))
        from exportwatch.stores.elasticsearch import ElasticsearchStore

        return ElasticsearchStore(self._elastic(url), self.settings.namespace)

    def _elastic(self, url: str) -> elastic.Client:
        from exportwatch import elastic

        settings = self.settings
        return elastic.connect(
            url,
            username=settings.elasticsearch_username,
            password=settings.elasticsearch_password,
            ca=settings.elasticsearch_ca,
            seconds=elastic.PATIENCE_SECONDS if self._person else elastic.REQUEST_SECONDS,
        )

    @cached_property
    def blobs(self) -> Blobs:
        return open_blobs(self.settings.blobs, self.folder)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        from exportwatch import taxonomy

        return taxonomy.load(configfiles.files("taxonomy", self.folder))

    @cached_property
    def rules(self) -> Rules:
        """The taxonomy compiled for classification."""
        from processors.classify import Rules

        rules = Rules(self.taxonomy)
        # All of this stays: walking it again at every collection of garbage takes a tenth of the time of classifying.
        gc.freeze()
        return rules

    @cached_property
    def sandbox(self) -> Sandbox:
        from exportwatch.sandbox import Sandbox

        sandbox = Sandbox(size=SANDBOXES)
        self.closing.callback(sandbox.close)
        return sandbox

    def process(self, origin: Origin | None = None) -> Process:
        """The stage of role `process`; asks the Store for the generation of the rules. `origin` overrides records'."""
        from processors.process import Process

        selectors = self._selectors()
        by = (
            self.taxonomy.fingerprint
            + generation.code_fingerprint()
            + "".join(f"{name} {css}\n" for name, css in selectors.items())
        )
        return Process(
            rules=self.rules,
            generation=generation.current(self.store, by),
            blobs=self.blobs,
            sandbox=self.sandbox,
            max_text_characters=self.settings.max_text_characters,
            selectors=selectors,
            origin=origin,
        )

    def _selectors(self) -> dict[str, str]:
        """Where the text stands on the pages of each source whose file says so."""
        from collectors import sourcefiles

        chosen: dict[str, str] = {}
        for path in configfiles.files("sources", self.folder):
            try:
                source = sourcefiles.read(path)
            except Misconfigured as error:
                # What is wrong with a source must not keep the releases of the others waiting; `collect` says it too.
                log.warning("process: %s; its pages are read without it", error)
                continue
            chosen[source.id] = source.main
        return {name: main for name, main in chosen.items() if main}

    @cached_property
    def watch(self) -> Watch:
        from exportwatch.subscriptions import Watch

        return Watch(self.store, self.clock)

    def match(self) -> Match:
        """The stage of role `match`; loads the taxonomy when there is a subscription."""
        from indexers.match import Match

        return Match(self.watch, lambda: self.taxonomy, self.clock)

    def deliver(self) -> Deliver:
        """The stage of role `deliver`."""
        from exportwatch.alerts.deliver import Deliver

        return Deliver(self.store, self.watch, self.clock, Faults(self.settings.fault))

    def alert_clock(self, name: str, metrics: Metrics) -> AlertClock:
        """What sends what is due, under the lease; `name` says as what this process asks for it."""
        from exportwatch.alerts import open_channel
        from exportwatch.alerts.clock import AlertClock
        from exportwatch.alerts.lease import Lease
        from exportwatch.alerts.sending import Senders

        lease = Lease(self.store, self.clock, self._member(name))
        senders = Senders(lambda url: open_channel(url, self.settings, self.clock), self.clock, lambda: lease.valid)
        return AlertClock(self.store, lease, senders, self.clock, metrics, Faults(self.settings.fault))

    def collect(
        self, sources: Sequence[Source], *, once: bool, stop: Callable[[], bool] = lambda: False
    ) -> collect.Summary:
        """Poll the sources (role `collect`); waits for a log or store that is away until `stop`.

        Raises Stopped for a disk that is nearly full where it polls but `once`; else that is waited for, too.
        """
        from collectors import collect

        metrics = Recorded()
        pausing = self._pausing("collect", metrics, stop, waits=not once)
        try:
            return collect.run(
                sources,
                self.polite(stop),
                self._weighing(pausing),
                self.store,
                self.clock,
                once=once,
                stop=stop,
                metrics=metrics,
                log=log,
                readers=self.readers,
                pausing=pausing,
                threads=self.settings.fetch_threads,
                alerts=lambda event, source: self._health_alerts(event, source, pausing),
            )
        finally:
            log.info("collect: stopped %s", metrics.line())

    def backfill(
        self, source: Source, begin: str, end: str, *, say: Callable[[str], None], stop: Callable[[], bool]
    ) -> Backfilled:
        """Walk back to the day `begin` (command `backfill`)."""
        from collectors.backfill import Backfill
        from collectors.polling import House

        metrics = Recorded()
        pausing = self._pausing("backfill", metrics, stop)
        house = House(
            polite=self.polite(stop),
            publisher=self._weighing(pausing),
            store=self.store,
            clock=self.clock,
            metrics=metrics,
            log=log,
            readers=self.readers,
            pausing=pausing,
            stop=stop,
            alerts=lambda event, source: self._health_alerts(event, source, pausing),
        )
        return Backfill(house, source, begin, end, say=say).run()

    def polite(self, stop: Callable[[], bool] = lambda: False, resolver: Resolver = addresses.resolve) -> Polite:
        """The one door to other people's servers."""
        from collectors.fetch import Fetcher
        from collectors.hosts import Hosts
        from collectors.polite import Polite

        settings = self.settings
        fetcher = Fetcher(
            clock=self.clock,
            max_document_bytes=settings.max_document_bytes,
            fetch_seconds=settings.fetch_seconds,
            user_agent=settings.user_agent,
            private_addresses=settings.private_addresses,
            http_proxy=settings.http_proxy,
            resolver=resolver,
        )
        return Polite(
            fetcher,
            Hosts(self.clock, stop=stop),
            self.clock,
            user_agent=settings.user_agent,
            obey_robots=bool(settings.obey_robots),
        )

    @cached_property
    def readers(self) -> Readers:
        """What reads foreign bytes for collectors, in the sandbox."""
        from collectors.readers import Readers

        return Readers(
            parse=self._parse,
            attach=self._attachments,
            usable=self._usable,
            extract=self._extract,
            version=generation.reader_fingerprint(),
        )

    def _pausing(self, name: str, metrics: Metrics, stop: Callable[[], bool], *, waits: bool = True) -> Pausing:
        from collectors.pausing import Pausing

        settings = self.settings
        return Pausing(
            self.clock,
            log,
            metrics,
            attempt=lambda action: wait_for(name, action, self.clock, stop),
            stop=stop,
            free=(lambda: free_bytes(self.folder)) if settings.least_free_bytes else None,
            least=settings.least_free_bytes,
            folder=str(self.folder),
            waits=waits,
        )

    def _weighing(self, pausing: Pausing) -> Publisher:
        """What collectors publish with; the topics are there."""
        from collectors.publish import Publisher

        operator = self.bus.operator()
        self.closing.callback(operator.close)
        pausing.attempt(operator.ensure_topics)
        producer = self.bus.producer()
        self.closing.callback(producer.close)
        faults = Faults(self.settings.fault)
        return Publisher(
            producer, self.store, self.blobs, self.clock, attempt=pausing.attempt, faults=faults, weighing=True
        )

    def _health_alerts(self, event: HealthEvent, source: Source, pausing: Pausing) -> Sequence[Alert]:
        """Whom a change of a source is told, besides the topic; waits for a store that is away."""
        from exportwatch.alerts import health

        current: list[Sequence[Subscription]] = []
        pausing.attempt(lambda: current.append(self.watch.current()))
        if not current:
            raise Retryable("stopped before the store had answered")
        return health.alerts(event, current[-1], source.publisher)

    def _parse(self, fetched: Fetched, source: Source) -> Parsed:
        """`collectors.readers.read` in the sandbox."""
        function = f"collectors.{source.parser}:parse_payload"
        return self._parsed(function, fetched, {"fetched": fetched, "source": source}, source)

    def _attachments(self, page: Fetched, draft: Draft, source: Source) -> Parsed:
        """`collectors.page.attachments` in the sandbox."""
        if not source.attachments:
            return Parsed()
        payload = {"fetched": page, "draft": draft, "source": source}
        return self._parsed("collectors.page:attachments_payload", page, payload, source)

    def _usable(self, fetched: Fetched, source: Source, *, attachment: bool = False) -> str:
        """`collectors.page.usable` in the sandbox; a page that no parser survives is kept, and unreadable later."""
        given = {"fetched": fetched, "source": source, "attachment": attachment}
        payload = msgspec.to_builtins(given, builtin_types=(bytes,))
        try:
            reason = self.sandbox.run("collectors.page:usable_payload", payload)
        except BadRecord:
            return ""
        return "" if isinstance(reason, Killed) else str(reason)

    def _extract(self, draft: Draft, source: Source) -> Content:
        """`collectors.readers.extract` in the sandbox."""
        from collectors.readers import extraction
        from exportwatch.content import extract

        found = self.sandbox.run(extract, *extraction(draft, source))
        if isinstance(found, Killed):
            raise found
        return found

    def _parsed(self, function: str, fetched: Fetched, payload: dict[str, Any], source: Source) -> Parsed:
        result = self.sandbox.run(function, msgspec.to_builtins(payload, builtin_types=(bytes,)))
        if isinstance(result, Killed):
            raise BadRecord(f"{source.id} {fetched.url}: the parser had to be stopped: {result.reason}")
        return msgspec.convert(result, Parsed)

    def consumer(self, group: str, topic: str, role: str) -> Consumer:
        """A member of the group: in the embedded log under the role's lock, on Kafka under the next free number."""
        if self.embedded:
            self.closing.enter_context(locks.held(self.folder, role))
            member = role
        else:
            member = self._member(role)
        consumer = self.bus.consumer(group, topic, member=member)
        self.closing.callback(consumer.close)
        return consumer

    def _member(self, role: str) -> str:
        """A name that no other living process has, and its successor has again."""
        number, lock = locks.number(self.folder, role)
        self.closing.callback(lock.close)
        place = hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:8]
        return f"{role}-{socket.gethostname()}-{place}-{number}"

    def _file(self, setting: str, url: str, default: str) -> Path:
        """The path of a `sqlite:` URL, in DATA unless it names one; its folder is made."""
        path = Path(url.removeprefix("sqlite:").removeprefix("//") or self.folder / default)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured(f"--{setting} {shown(url)}: cannot make {path.parent}: {error.strerror}") from error
        return path


def free_bytes(folder: Path) -> int:
    """Left on the disk of the folder, or of the first one above it that is there."""
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    return shutil.disk_usage(there).free


def _scheme(setting: str, url: str, known: tuple[str, ...]) -> str:
    scheme, colon, _ = url.partition(":")
    if not colon or scheme not in known:
        raise Misconfigured(f"--{setting} {shown(url)!r}: not a URL of {', '.join(f'{name}:' for name in known)}")
    if scheme in ("http", "https"):
        try:
            parts = urlsplit(url)
            usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            usable = False
        if not usable:
            raise Misconfigured(f"--{setting} {shown(url)!r}: not a URL of host and port")
    return scheme


def _hosts(setting: str, url: str) -> str:
    """`host:port[,host:port]` of a kafka:// URL."""
    hosts = url.removeprefix("kafka://").rstrip("/")
    for host in hosts.split(","):
        name, colon, port = host.rpartition(":")
        if (
            "@" in host
            or not url.startswith("kafka://")
            or not (name and colon and port.isdecimal() and 0 < int(port) < 65536)
        ):
            raise Misconfigured(f"--{setting} {shown(url)!r}: not kafka://host:port[,host:port]")
    return hosts
