"""The log on Kafka, through kafka-python: the only module that imports it
(kafka_operator.py takes the library from here).

kafka-python's own thread keeps a consumer's heartbeats going; rebalances show up only in `poll` and `keep_alive`, in
the caller's thread. Assignment is cooperative: a partition that stays keeps its position while others move. What was
handed out and not committed is remembered, so that a partition reported as lost that turns out to stay is read again.
"""

from __future__ import annotations

import logging
import re
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from exportwatch.bus import TOPICS, Record, TopicPartition, check_size, gone
from exportwatch.errors import BadRecord, ExportwatchError, Misconfigured, Retryable, Stopped

with warnings.catch_warnings():
    # kafka-python reads its schemas with importlib.resources.read_text, which is deprecated in some Pythons.
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer, errors
    from kafka import TopicPartition as Place
    from kafka.admin import ConfigResource
    from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
    from kafka.net.compat import KafkaNetClient
    from kafka.net.inet import KafkaNetSocket
    from kafka.partitioner.default import murmur2
    from kafka.protocol.consumer import OffsetSpec
    from kafka.structs import MemberState, OffsetAndMetadata

if TYPE_CHECKING:
    from exportwatch.buses.kafka_operator import LogOperator

__all__ = [
    "CONNECT_SECONDS",
    "REQUEST_SECONDS",
    "SESSION_SECONDS",
    "Brokers",
    "ConfigResource",
    "KafkaAdminClient",
    "KafkaBus",
    "KafkaConsumer",
    "KafkaProducer",
    "OffsetAndMetadata",
    "OffsetSpec",
    "Place",
    "consumer_settings",
    "errors",
    "producer_settings",
    "to_record",
]

# What it reports is raised by us in one line; its own lines (each reconnect, each retry) only alarm.
logging.getLogger("kafka").setLevel(logging.CRITICAL)

CONNECT_SECONDS: Final = 8.0
REQUEST_SECONDS: Final = 15.0
DELIVERY_SECONDS: Final = 30.0
"""A flush fails this long after its records were sent, or little later."""
BLOCK_SECONDS: Final = 5.0
"""The longest a send may wait for the brokers' metadata."""
COMMIT_SECONDS: Final = 10.0
SESSION_SECONDS: Final = 10.0
POLL_INTERVAL_SECONDS: Final = 120.0
"""A member silent for longer is dropped; the engine calls keep_alive every 10 s, but a failing flush takes 30 s."""
REBALANCE_SECONDS: Final = 3.0
AWAY_SECONDS: Final = 5.0
"""A consumer without a coordinator for this long says so."""
MOST_BYTES: Final = max(topic.max_bytes for topic in TOPICS.values())

_REFUSED: Final = (
    errors.AuthorizationError,
    errors.SaslAuthenticationFailedError,
    errors.UnsupportedSaslMechanismError,
    errors.IllegalSaslStateError,
    errors.KafkaConfigurationError,
    errors.UnsupportedVersionError,
    errors.InvalidTopicError,
    errors.PolicyViolationError,
    errors.InvalidReplicationFactorError,
    errors.InvalidConfigurationError,
    errors.GroupMaxSizeReachedError,
    errors.InconsistentGroupProtocolError,
    errors.InvalidSessionTimeoutError,
    errors.SecurityDisabledError,
)
_TOO_LARGE: Final = (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError)
_MOVED: Final = (
    errors.CommitFailedError,
    errors.RebalanceInProgressError,
    errors.UnknownMemberIdError,
    errors.IllegalGenerationError,
)


class KafkaBus:
    """The log on the Kafka at `address` (host:port, several by commas); the other names are those of the settings."""

    def __init__(
        self,
        address: str,
        namespace: str,
        *,
        security: str = "PLAINTEXT",
        ca: str = "",
        mechanism: str = "",
        username: str = "",
        password: str = "",
        poll_interval: float = POLL_INTERVAL_SECONDS,
    ) -> None:
        config: dict[str, Any] = {"bootstrap_servers": address.split(","), "security_protocol": security}
        if "SSL" in security and ca:
            config["ssl_cafile"] = ca
        if "SASL" in security:
            config |= {"sasl_mechanism": mechanism, "sasl_plain_username": username, "sasl_plain_password": password}
        self._brokers = Brokers(address, namespace, config)
        self._poll_interval = poll_interval

    def producer(self) -> LogProducer:
        return LogProducer(self._brokers)

    def consumer(self, group: str, topic: str, *, member: str) -> LogConsumer:
        return LogConsumer(self._brokers, group, topic, member, self._poll_interval)

    def operator(self) -> LogOperator:
        # Reached from here only, so that the module of the operators may import this one.
        from exportwatch.buses.kafka_operator import LogOperator

        return LogOperator(self._brokers)


class Brokers:
    """How to connect, how things are named there, and how errors read."""

    def __init__(self, address: str, namespace: str, config: Mapping[str, Any]) -> None:
        self.address = address
        self.namespace = namespace
        self._config = {
            "client_id": namespace,
            "bootstrap_timeout_ms": round(CONNECT_SECONDS * 1000),
            "request_timeout_ms": round(REQUEST_SECONDS * 1000),
            "reconnect_backoff_max_ms": 1000,
            "proxy_url": "closing://",
            **config,
        }

    def name(self, name: str) -> str:
        return f"{self.namespace}.{name}"

    def place(self, place: TopicPartition) -> Any:
        return Place(self.name(place.topic), place.partition)

    def ours(self, place: Any) -> TopicPartition:
        return TopicPartition(place.topic.removeprefix(f"{self.namespace}."), place.partition)

    def open(self, make: Callable[..., Any], **config: Any) -> Any:
        """A client of kafka-python, connected. One that cannot connect leaves no thread and no socket behind."""
        made: list[Any] = []

        def network(**options: Any) -> Any:
            made.append(KafkaNetClient(**options))
            return made[0]

        with self.errors():
            try:
                return make(**{**self._config, **config}, kafka_client=network)
            except BaseException:
                for client in made:
                    client.close()
                raise

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Translates what kafka-python raises."""
        try:
            yield
        except (errors.KafkaError, OSError, RuntimeError) as error:
            raise self.translated(error) from error

    def translated(self, error: BaseException) -> ExportwatchError:
        name = type(error).__name__
        if isinstance(error, errors.FencedInstanceIdError):
            return Stopped("another worker of this name took this one's place in the group; this one stops")
        if isinstance(error, _TOO_LARGE):
            return Misconfigured(
                f"Kafka at {self.address} refuses a record within our limits ({error}): set max.message.bytes of the"
                " topics as `exportwatch topics` documents them, and message.max.bytes of the brokers not below"
            )
        if isinstance(error, _REFUSED):
            return Misconfigured(f"Kafka at {self.address} refuses: {name}: {error}; check the kafka_* settings")
        return Retryable(f"Kafka at {self.address} does not answer: {name}: {error}")


def producer_settings() -> dict[str, Any]:
    """kafka-python's options of a producer, less the connection."""
    return {
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": "lz4",
        "linger_ms": 5,
        "batch_size": 262_144,
        "max_request_size": MOST_BYTES + 1024,
        "max_block_ms": round(BLOCK_SECONDS * 1000),
        "bootstrap_timeout_ms": round(BLOCK_SECONDS * 1000),
        "delivery_timeout_ms": round(DELIVERY_SECONDS * 1000),
        "allow_auto_create_topics": False,
    }


def consumer_settings() -> dict[str, Any]:
    """kafka-python's options of a member of a group, less the connection and its names."""
    return {
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        "session_timeout_ms": round(SESSION_SECONDS * 1000),
        "heartbeat_interval_ms": round(SESSION_SECONDS * 1000 / 4),
        "partition_assignment_strategy": (CooperativeStickyAssignor,),
        "fetch_max_bytes": 2 * MOST_BYTES,
        "allow_auto_create_topics": False,
    }


class _ClosingSocket(KafkaNetSocket):  # type: ignore[misc]
    """kafka-python leaves the socket of a failed connection to the garbage collector; an outage makes many."""

    SCHEMES = ("closing",)

    async def sock_connect(self, net: Any, sock: Any, sockaddr: Any, timeout_at: Any = None) -> Any:
        try:
            return await super().sock_connect(net, sock, sockaddr, timeout_at=timeout_at)
        except BaseException:
            sock.close()
            raise


class LogProducer:
    """Idempotent, acknowledged by all in-sync replicas. Made anew after a failed flush."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers
        self._kafka: Any = None
        self._futures: list[Any] = []
        self._partitions: dict[str, int] = {}

    def _open(self) -> Any:
        if self._kafka is None:
            self._kafka = self._brokers.open(KafkaProducer, **producer_settings())
        return self._kafka

    def send(self, topic: str, key: str, value: bytes | None, *, partition_by: str) -> None:
        if reason := check_size(topic, key, value):
            raise BadRecord(reason)
        try:
            self._send(topic, key, value, partition_by)
        except ExportwatchError:
            if self._kafka is not None:
                self._abandon()
            raise

    def _send(self, topic: str, key: str, value: bytes | None, partition_by: str) -> None:
        kafka = self._open()
        name = self._brokers.name(topic)
        with self._brokers.errors():
            if topic not in self._partitions:
                self._partitions[topic] = len(kafka.partitions_for(name))
            # As every Kafka client places a key, so that other tools agree with us.
            partition = (murmur2(partition_by.encode()) & 0x7FFFFFFF) % self._partitions[topic]
            self._futures.append(kafka.send(name, value=value, key=key.encode(), partition=partition))

    def flush(self) -> None:
        futures, self._futures = self._futures, []
        if not futures:
            return
        try:
            with self._brokers.errors():
                self._kafka.flush(timeout=DELIVERY_SECONDS + 5)
                # kafka-python's flush returns although a record failed; only its future knows.
                for future in futures:
                    if not future.succeeded():
                        raise future.exception or errors.KafkaTimeoutError("a record was not acknowledged")
        except ExportwatchError:
            self._abandon()
            raise

    def _abandon(self) -> None:
        """Drop what is queued and the producer with it: its sequence numbers count records that never arrived.

        What a frozen broker has in its socket already may still arrive, as a repeat.
        """
        kafka, self._kafka = self._kafka, None
        self._futures = []
        self._partitions = {}
        # close() alone would first try to deliver the queue.
        kafka._sender.force_close()
        kafka._sender.join(REQUEST_SECONDS + 5)
        with suppress(errors.KafkaError):
            kafka.close(timeout=1)

    def close(self) -> None:
        if self._kafka is not None:
            self._abandon()


class _Lost(ConsumerRebalanceListener):  # type: ignore[misc]
    """Collects the partitions taken from us. Called in kafka-python's thread while ours waits in its poll."""

    def __init__(self) -> None:
        self.places: set[Any] = set()

    def on_partitions_revoked(self, revoked: Any) -> None:
        self.places |= set(revoked)

    def on_partitions_assigned(self, assigned: Any) -> None:
        """Positions are resolved by the next poll."""


class LogConsumer:
    """A static member of the group `<namespace>.<group>`."""

    def __init__(self, brokers: Brokers, group: str, topic: str, member: str, poll_interval: float) -> None:
        self._brokers = brokers
        self._group = group
        self._topic = topic
        self._member = re.sub(r"[^A-Za-z0-9._-]", "-", member)[:249]
        self._poll_interval = poll_interval
        self._kafka: Any = None
        self._lost = _Lost()
        self._begun: dict[Any, int] = {}
        """The first offset handed out and not committed, by partition."""
        self._heard = 0.0

    def _open(self) -> Any:
        if self._kafka is None:
            self._kafka = self._brokers.open(
                KafkaConsumer,
                group_id=self._brokers.name(self._group),
                group_instance_id=self._member,
                max_poll_interval_ms=round(self._poll_interval * 1000),
                **consumer_settings(),
            )
            self._kafka.subscribe([self._brokers.name(self._topic)], listener=self._lost)
            self._heard = time.monotonic()
        return self._kafka

    def poll(self, max_records: int, timeout: float) -> list[Record]:
        kafka = self._open()
        deadline = time.monotonic() + timeout
        with self._brokers.errors():
            while True:
                batches = self._poll(kafka, max_records, max(0.0, deadline - time.monotonic()))
                if batches or time.monotonic() >= deadline:
                    break
        # Nothing was uncommitted, so what moved in here is no loss.
        self._lost.places.clear()
        for place, batch in batches.items():
            self._begun.setdefault(place, batch[0].offset)
        self._check_away(kafka, bool(batches))
        return [to_record(self._topic, record) for batch in batches.values() for record in batch]

    def _poll(self, kafka: Any, most: int, seconds: float) -> dict[Any, list[Any]]:
        try:
            batches: dict[Any, list[Any]] = kafka.poll(timeout_ms=round(seconds * 1000), max_records=most)
            return batches
        except errors.NoOffsetForPartitionError as error:
            for place, begin in kafka.beginning_offsets(list(error.args[0])).items():
                kafka.seek(place, begin)
        except errors.OffsetOutOfRangeError as error:
            for place, offset in error.args[0].items():
                self._check_range(kafka, place, offset)
        except errors.LogTruncationError as error:
            raise Stopped(f"the log of {self._topic} was cut back by a broker: run `exportwatch replay`") from error
        return {}

    def _check_range(self, kafka: Any, place: Any, offset: int) -> None:
        begin = kafka.beginning_offsets([place])[place]
        end = kafka.end_offsets([place])[place]
        if not begin <= offset <= end:
            raise Stopped(gone(self._group, self._brokers.ours(place), offset, begin, end))

    def _check_away(self, kafka: Any, heard: bool) -> None:
        """kafka-python's poll returns empty while the brokers are away, for ever."""
        if heard or kafka._coordinator.coordinator() is not None:
            self._heard = time.monotonic()
        elif time.monotonic() - self._heard > AWAY_SECONDS:
            raise Retryable(f"Kafka at {self._brokers.address} does not answer: no coordinator for the group")

    def commit(self, offsets: Mapping[TopicPartition, int]) -> frozenset[TopicPartition]:
        if self._kafka is None:
            return frozenset(offsets)
        wanted = {self._brokers.place(place): offset for place, offset in offsets.items()}
        with self._brokers.errors():
            stored = self._commit(self._kafka, wanted)
        for place in wanted.keys() - stored:
            # If it is still ours after all, what was handed out of it comes again.
            if place in self._begun and place in self._kafka.assignment():
                self._kafka.seek(place, self._begun[place])
        for place in wanted:
            self._begun.pop(place, None)
        return frozenset(self._brokers.ours(place) for place in wanted.keys() - stored)

    def _commit(self, kafka: Any, wanted: Mapping[Any, int]) -> set[Any]:
        """The partitions whose offset was stored. One that moved first is tried again in the new generation."""
        for _ in range(2):
            self._settle(kafka)
            # Kafka itself would take the offset of a partition that is not ours any more.
            mine = {place: wanted[place] for place in wanted.keys() & kafka.assignment() - self._lost.places}
            metadata = str(time.time_ns() // 1_000_000)
            try:
                kafka.commit(
                    {place: OffsetAndMetadata(offset, metadata, -1) for place, offset in mine.items()},
                    timeout_ms=round(COMMIT_SECONDS * 1000),
                )
            except _MOVED:
                continue
            return set(mine)
        return set()

    def keep_alive(self) -> frozenset[TopicPartition]:
        if self._kafka is None:
            return frozenset()
        # A group that is away or fences us shows in the next poll or commit.
        with suppress(errors.KafkaError, RuntimeError):
            self._breathe(self._kafka, 0)
            self._settle(self._kafka)
        for place in self._lost.places:
            self._begun.pop(place, None)
        return frozenset(self._brokers.ours(place) for place in self._lost.places)

    def _settle(self, kafka: Any) -> None:
        """See a rebalance through, for a while: between its steps kafka-python sends no heartbeat."""
        deadline = time.monotonic() + REBALANCE_SECONDS
        while _unsettled(kafka) and time.monotonic() < deadline:
            self._breathe(kafka, 0.1)

    def _breathe(self, kafka: Any, seconds: float) -> None:
        """One poll that takes no records."""
        kafka.pause(*kafka.assignment())
        try:
            # A partition assigned in here is not paused, so something may come.
            for place, records in kafka.poll(timeout_ms=round(seconds * 1000)).items():
                kafka.seek(place, records[0].offset)
        except (errors.NoOffsetForPartitionError, errors.OffsetOutOfRangeError):
            pass  # the next poll meets it again
        finally:
            kafka.resume(*kafka.assignment())

    def seek(self, place: TopicPartition, offset: int) -> None:
        kafka = self._open()
        self._begun.pop(self._brokers.place(place), None)
        with self._brokers.errors():
            kafka.seek(self._brokers.place(place), offset)

    def close(self) -> None:
        kafka, self._kafka = self._kafka, None
        if kafka is not None:
            with suppress(errors.KafkaError, RuntimeError):
                kafka.close(autocommit=False, timeout_ms=2000)


def _unsettled(kafka: Any) -> bool:
    return bool(kafka._coordinator.need_rejoin()) or kafka.group_metadata().state != MemberState.STABLE


def to_record(topic: str, record: Any) -> Record:
    """A record of kafka-python as one of ours, under the topic's name without the namespace."""
    key = (record.key or b"").decode("utf-8", "replace")
    return Record(topic, record.partition, record.offset, key, record.value, record.timestamp)
