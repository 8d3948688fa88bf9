"""A real Elasticsearch, one node, on 127.0.0.1.

From jars it is the real engine with its real HTTP API, less the modules that are not published (`GET /`,
analysis-common, percolator, reindex, scripts, X-Pack): what needs those must not be needed by exportwatch.
"""

from __future__ import annotations

import subprocess
import urllib.request
from pathlib import Path

from tests.servers import jars
from tests.servers.server import Container, Owned, Server, free_ports, new_folder

NAME = "elasticsearch"
VARIABLE = "TEST_ELASTICSEARCH"
VERSION = "9.5.3"
IMAGE = f"docker.elastic.co/elasticsearch/elasticsearch:{VERSION}"
JAVA = 21
HEAP = ("-Xms512m", "-Xmx1g")
NODE = Path(__file__).with_name("Node.java")

# Netty lives in a module of its own class loader; it is found by this file beside its jars.
DESCRIPTOR = f"""\
description=Netty 4 based transport implementation
version={VERSION}
name=transport-netty4
classname=org.elasticsearch.transport.netty4.Netty4Plugin
java.version={JAVA}
elasticsearch.version={VERSION}
"""


def from_jars() -> Server:
    """Started from the jars of Maven Central; raises jars.Unavailable."""
    java = jars.java(JAVA)
    installed = jars.fetch(NAME, _arrange)
    folder = new_folder()
    for name in ("config", "plugins"):
        (folder / name).mkdir()
    (folder / "modules").symlink_to(installed / "modules")
    _compile(java, installed, folder / "classes")
    port, transport = free_ports(2)
    classes = f"{folder / 'classes'}:{installed}/*"
    main = ["OneNode", str(folder), str(port), str(transport)]
    command = [str(java), *HEAP, "--enable-native-access=ALL-UNNAMED", "-cp", classes, *main]
    return Owned(f"http://127.0.0.1:{port}", ready, folder, command)


def _compile(java: Path, installed: Path, classes: Path) -> None:
    """With a compiler that is a jar itself, so that a Java without `javac` is enough."""
    (compiler,) = (installed / "compiler").glob("ecj-*.jar")
    path = ":".join(str(jar) for jar in installed.glob("*.jar"))
    options = ["-nowarn", f"-{JAVA}", "-d", str(classes), "-cp", path, str(NODE)]
    done = subprocess.run([str(java), "-jar", str(compiler), *options], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(f"{NODE.name} cannot be compiled: {done.stdout}{done.stderr}")


def _arrange(folder: Path) -> None:
    compiler = folder / "compiler"
    compiler.mkdir()
    for jar in folder.glob("ecj-*.jar"):
        jar.rename(compiler / jar.name)
    module = folder / "modules" / "transport-netty4"
    module.mkdir(parents=True)
    (module / "plugin-descriptor.properties").write_text(DESCRIPTOR)
    for jar in [*folder.glob("netty-*.jar"), *folder.glob("transport-netty4-*.jar")]:
        jar.rename(module / jar.name)


def from_image() -> Server:
    """Started from the official image, security off."""
    (port,) = free_ports(1)
    environment = {
        "discovery.type": "single-node",
        "xpack.security.enabled": "false",
        "cluster.routing.allocation.disk.threshold_enabled": "false",
        "ES_JAVA_OPTS": " ".join(HEAP),
    }
    options = [f"--env={name}={value}" for name, value in environment.items()]
    return Container(
        f"http://127.0.0.1:{port}", ready, new_folder(), IMAGE, [*options, f"--publish=127.0.0.1:{port}:9200"]
    )


def ready(address: str) -> bool:
    """Whether the node has a cluster that takes requests."""
    try:
        with urllib.request.urlopen(
            f"{address}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=5
        ) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
