"""deploy/ and docker-compose.yml: valid, locked down, and made of commands and settings that exist."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from exportwatch import __version__
from exportwatch.cli import COMMANDS
from exportwatch.settings import TABLE
from exportwatch.supervise import ROLES
from tests.compose import SECRETS, environment, read, roles

ROOT = Path(__file__).parents[1]
SYSTEMD = ROOT / "deploy" / "systemd"
UNIT = (SYSTEMD / "exportwatch@.service").read_text(encoding="utf-8")


def test_there_is_a_service_a_role() -> None:
    assert set(read()["services"]) == {*ROLES, "kafka", "elasticsearch", "cli"}
    assert set(ROLES) <= set(COMMANDS)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_runs_its_own_command_and_asks_for_its_own_health(role: str) -> None:
    service = roles()[role]
    assert role in service["command"]
    assert service["healthcheck"]["test"] == ["CMD", "exportwatch", "health", role]
    assert role == "web" or service["command"] == ["--when-stopped", "hold", role]


@pytest.mark.parametrize("name", [*ROLES, "cli"])
def test_every_variable_is_a_setting(name: str) -> None:
    known = {setting.env for setting in TABLE}
    assert set(environment(name)) <= known


@pytest.mark.parametrize("name", [*ROLES, "cli"])
def test_a_role_can_do_no_more_than_it_must(name: str) -> None:
    service = read()["services"][name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service, "the image says who runs"
    assert {"mem_limit", "cpus", "pids_limit"} <= set(service)
    assert "container_name" not in service, "it could not be scaled"
    outside = name in ("collect", "clock", "web", "cli")
    assert service["networks"] == (["inside", "outside"] if outside else ["inside"])


def test_ports_are_published_on_loopback_only() -> None:
    published = {name: service["ports"] for name, service in read()["services"].items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:${WEB_PORT:-8480}:8480"]}
    assert read()["networks"]["inside"] == {"internal": True}


def test_no_secret_is_written_down() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for name in SECRETS:
        assert re.findall(rf"{name}: (.+)", text), name
        assert all(value.startswith("${") for value in re.findall(r"PASSWORD: (.+)", text))
    example = (ROOT / "deploy" / ".env.example").read_text(encoding="utf-8")
    assert re.findall(r"^\w*PASSWORD=(.*)$", example, re.MULTILINE) == ["", ""]


def test_the_example_names_every_variable() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    example = (ROOT / "deploy" / ".env.example").read_text(encoding="utf-8")
    used = set(re.findall(r"\$\{(\w+):", text))
    assert set(re.findall(r"^(\w+)=", example, re.MULTILINE)) == used | {"COMPOSE_PROJECT_NAME"}


def test_images_have_short_names_and_versions() -> None:
    images = {service["image"] for service in read()["services"].values()}
    assert images == {"apache/kafka:4.3.1", "elasticsearch:9.5.3", f"exportwatch:{__version__}"}


@pytest.fixture(scope="module")
def docker_compose() -> list[str]:
    """The command of Docker Compose, which needs no engine to check a file."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and subprocess.run([*command, "version"], capture_output=True).returncode == 0:
            return command
    pytest.skip("no docker compose here: apt-get install docker-compose")


def config(command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in ("ELASTIC_PASSWORD", "WEB_PORT")}
    arguments = [
        *command,
        "--file",
        str(ROOT / "docker-compose.yml"),
        "--env-file",
        str(ROOT / "deploy" / ".env.example"),
    ]
    return subprocess.run(
        [*arguments, "--profile", "cli", "config"],
        capture_output=True,
        text=True,
        env={**clean, **variables},
        timeout=60,
        check=False,
    )


def test_docker_compose_reads_the_file_as_we_do(docker_compose: list[str]) -> None:
    done = config(docker_compose, ELASTIC_PASSWORD="a$b")
    assert done.returncode == 0, done.stderr
    understood: dict[str, Any] = yaml.safe_load(done.stdout)["services"]
    ours = read()["services"]
    assert set(understood) == set(ours)
    for name in (*ROLES, "cli"):
        assert understood[name]["command"] == ours[name]["command"]
        expected = environment(name, ELASTIC_PASSWORD="a$b")
        shown = {key: str(value).replace("$$", "$") for key, value in understood[name]["environment"].items()}
        assert shown == expected


def test_docker_compose_refuses_to_start_without_the_password(docker_compose: list[str]) -> None:
    done = config(docker_compose)
    assert done.returncode != 0
    assert "write it into .env, see deploy/.env.example" in done.stderr


DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


def test_the_image_installs_by_hash_and_runs_as_nobody_special() -> None:
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert stages == ["python:3.11-slim"] * 2
    assert "pip install --require-hashes -r" in DOCKERFILE
    (user,) = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    assert user == "exportwatch"
    assert DOCKERFILE.index("USER") < DOCKERFILE.index("ENTRYPOINT")


def test_what_the_image_copies_is_all_that_is_needed(tmp_path: Path) -> None:
    """The copied tree alone, laid out as in the image, runs and finds its configuration."""
    context = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (\S+) /app/(\S+)$", DOCKERFILE, re.MULTILINE)
    assert {source for source, _ in copied} == {"config", "exportwatch", "collectors", "processors", "indexers"}
    for source, target in copied:
        assert f"!{source}\n" in context
        shutil.copytree(ROOT / source, tmp_path / "app" / target, ignore=shutil.ignore_patterns("__pycache__"))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("EXPORTWATCH_", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-m", "exportwatch", "doctor"],
        cwd=tmp_path,
        env={**clean, "PYTHONPATH": str(tmp_path / "app"), "EXPORTWATCH_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{tmp_path}/app/config/taxonomy" in done.stdout


def unit(path: Path) -> configparser.ConfigParser:
    """A unit file; of repeated keys the last one is kept."""
    parsed = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(path.read_text(encoding="utf-8"))
    return parsed


def test_a_unit_restarts_what_died_and_nothing_that_a_person_must_mend() -> None:
    service = unit(SYSTEMD / "exportwatch@.service")["Service"]
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"].split() == ["2", "3"]
    assert service["ExecStart"].split()[1:] == ["--when-stopped", "exit-3", "%i"]
    assert service["User"] == "exportwatch"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""


def test_the_target_wants_every_role() -> None:
    text = (SYSTEMD / "exportwatch.target").read_text(encoding="utf-8")
    assert re.findall(r"exportwatch@(\w+)\.service", text) == list(ROLES)


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here: apt-get install systemd")
    program = re.search(r"^ExecStart=(\S+)", UNIT, re.MULTILINE)
    assert program
    (tmp_path / "exportwatch@.service").write_text(UNIT.replace(program[1], sys.executable), encoding="utf-8")
    shutil.copy(SYSTEMD / "exportwatch.target", tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / f"exportwatch@{role}.service") for role in ROLES)],
        capture_output=True,
        text=True,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        timeout=60,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if "exportwatch" in line]
    assert said == []
