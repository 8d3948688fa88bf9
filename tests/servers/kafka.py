"""A real Kafka, one node, on 127.0.0.1."""

from __future__ import annotations

import socket
import struct
import subprocess
from pathlib import Path

from tests.servers import jars
from tests.servers.server import Container, Owned, Server, free_ports, new_folder

NAME = "kafka"
VARIABLE = "TEST_KAFKA"
IMAGE = "apache/kafka:4.3.1"
JAVA = 17

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{host}:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
controlled.shutdown.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
log.cleaner.backoff.ms=500
"""


def from_jars() -> Server:
    """Started from the jars of Maven Central; raises jars.Unavailable."""
    java = jars.java(JAVA)
    classes = f"{jars.fetch(NAME)}/*"
    folder = new_folder()
    port, controller = free_ports(2)
    properties = folder / "server.properties"
    properties.write_text(PROPERTIES.format(host="127.0.0.1", port=port, controller=controller, data=folder / "data"))
    _format(java, classes, properties)
    command = [str(java), "-Xmx512m", "-cp", classes, "kafka.Kafka", str(properties)]
    return Owned(f"127.0.0.1:{port}", ready, folder, command)


def _format(java: Path, classes: str, properties: Path) -> None:
    tool = [str(java), "-cp", classes, "kafka.tools.StorageTool", "format", "-t", "dGVzdHMtb25lLW5vZGUtMQ"]
    done = subprocess.run([*tool, "-c", str(properties)], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(f"Kafka's storage cannot be formatted: {done.stdout}{done.stderr}")


def from_image() -> Server:
    """Started from the official image."""
    port, controller = free_ports(2)
    text = PROPERTIES.format(host="0.0.0.0", port=port, controller=controller, data="/tmp/data")
    settings = dict(line.split("=", 1) for line in text.splitlines())
    options = [f"--env=KAFKA_{name.upper().replace('.', '_')}={value}" for name, value in settings.items()]
    options += ["--env=KAFKA_HEAP_OPTS=-Xmx512m", f"--publish=127.0.0.1:{port}:{port}"]
    return Container(f"127.0.0.1:{port}", ready, new_folder(), IMAGE, options)


def ready(address: str) -> bool:
    """Whether the broker answers an ApiVersions request; it does only after its start is complete."""
    host, _, port = address.rpartition(":")
    request = struct.pack(">hhih", 18, 0, 1, -1)  # ApiVersions version 0, correlation 1, no client id
    try:
        with socket.create_connection((host, int(port)), timeout=2) as connection:
            connection.settimeout(2)
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(4)) == 4
    except OSError:
        return False
