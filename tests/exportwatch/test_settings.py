"""settings.py: precedence, conversion, what is refused and how it is said, and that secrets stay hidden."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from exportwatch import settings
from exportwatch.errors import Misconfigured
from exportwatch.settings import FILE, NAMES, PREFIX, TABLE, Setting, Settings, load, shown

VALUES: dict[type, str | int | float] = {str: "x", int: 4242, float: 4242.5}
SECRETS = [setting for setting in TABLE if setting.secret]


def write(folder: Path, text: str) -> Path:
    path = folder / FILE
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_where_nobody_says_anything() -> None:
    assert load({}, {}) == Settings(**{setting.name: setting.default for setting in TABLE})  # type: ignore[arg-type]


def test_precedence_is_option_then_environment_then_file_then_default(tmp_path: Path) -> None:
    write(tmp_path, 'namespace = "file"\nbatch = 7\nbus = "kafka://file:1"\n')
    environ = {"EXPORTWATCH_DATA": str(tmp_path), "EXPORTWATCH_NAMESPACE": "env", "EXPORTWATCH_BATCH": "8"}
    loaded = load({"namespace": "option", "batch": None}, environ)
    assert (loaded.namespace, loaded.batch, loaded.bus, loaded.index) == ("option", 8, "kafka://file:1", "sqlite:")


def test_the_file_of_the_data_folder_named_by_the_option_counts(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write(other, 'namespace = "other"\n')
    write(tmp_path, 'namespace = "wrong"\n')
    loaded = load({"data": str(other)}, {"EXPORTWATCH_DATA": str(tmp_path)})
    assert (loaded.data, loaded.namespace) == (str(other), "other")


def test_a_data_folder_that_is_not_there_or_is_a_file_is_no_error_here(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    assert load({"data": str(tmp_path / "none")}, {}).batch == NAMES["batch"].default
    assert load({"data": str(plain)}, {}).batch == NAMES["batch"].default


@pytest.mark.parametrize("setting", TABLE, ids=lambda setting: setting.name)
def test_every_setting_is_read_from_option_environment_and_file(setting: Setting, tmp_path: Path) -> None:
    value = VALUES[setting.type]
    assert getattr(load({setting.name: value}, {}), setting.name) == value
    assert getattr(load({}, {setting.env: str(value)}), setting.name) == value
    if setting.name != "data":
        literal = f'"{value}"' if setting.type is str else str(value)
        write(tmp_path, f"{setting.name} = {literal}\n")
        assert getattr(load({"data": str(tmp_path)}, {}), setting.name) == value


def test_names_of_option_and_variable() -> None:
    assert NAMES["max_document_bytes"].option == "--max-document-bytes"
    assert NAMES["max_document_bytes"].env == "EXPORTWATCH_MAX_DOCUMENT_BYTES"
    for name in ("data", "bus", "index", "store", "namespace"):
        assert (NAMES[name].option, NAMES[name].env) == (f"--{name}", f"EXPORTWATCH_{name.upper()}")


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("EXPORTWATCH_BUSS", "; did you mean EXPORTWATCH_BUS?"),
        ("EXPORTWATCH_NAME_SPACE", "; did you mean EXPORTWATCH_NAMESPACE?"),
        ("EXPORTWATCH_bus", None),
        ("EXPORTWATCH_XYZZY", ""),
        ("EXPORTWATCH_", None),
    ],
)
def test_an_unknown_variable_is_refused_with_a_hint(variable: str, hint: str | None) -> None:
    with pytest.raises(Misconfigured) as caught:
        load({}, {variable: "kafka://localhost:9092"})
    message = str(caught.value)
    assert message.startswith(f"unknown setting {variable} in the environment")
    if hint is not None:
        assert message == f"unknown setting {variable} in the environment{hint}"


def test_other_programs_variables_are_left_alone() -> None:
    assert load({}, {"PATH": "/bin", "EXPORT": "1", "XEXPORTWATCH_BUSS": "1"}) == load({}, {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('naemspace = "x"', "naemspace: unknown setting; did you mean namespace?"),
        ("xyzzy = 1", "xyzzy: unknown setting"),
        ('data = "elsewhere"', "data: cannot stand in its own folder"),
        ("[bus]\nurl = 1", "bus: {'url': 1} is not a text"),
        ("batch = [1]", "batch: [1] is not a whole number"),
        ("batch = 1.5", "batch: 1.5 is not a whole number"),
        ("fetch_seconds = inf", "fetch_seconds: inf is not a number"),
        ("batch = true", "batch: True is not a whole number"),
        ('batch = "many"', "batch: 'many' is not a whole number"),
        ("batch = 0", "batch: 0 is below the minimum of 1"),
        ("batch =", "Invalid value"),
    ],
)
def test_a_wrong_file_is_refused_with_its_path_and_key(text: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(Misconfigured) as caught:
        load({"data": str(tmp_path)}, {})
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes('namespace = "輸出"'.encode("euc-jp"))
    with pytest.raises(Misconfigured, match=FILE):
        load({"data": str(tmp_path)}, {})


@pytest.mark.parametrize(
    ("options", "environ", "message"),
    [
        ({"batch": 0}, {}, "--batch: 0 is below the minimum of 1"),
        ({"batch": "x"}, {}, "--batch: 'x' is not a whole number"),
        ({}, {"EXPORTWATCH_BATCH": "-3"}, "EXPORTWATCH_BATCH: -3 is below the minimum of 1"),
        ({}, {"EXPORTWATCH_FETCH_SECONDS": "soon"}, "EXPORTWATCH_FETCH_SECONDS: 'soon' is not a number"),
        ({}, {"EXPORTWATCH_FETCH_SECONDS": "0"}, "EXPORTWATCH_FETCH_SECONDS: 0 is below the minimum of 0.1"),
        ({}, {"EXPORTWATCH_MAX_DOCUMENT_BYTES": "1.5"}, "EXPORTWATCH_MAX_DOCUMENT_BYTES: '1.5' is not a whole number"),
        ({}, {"EXPORTWATCH_FETCH_SECONDS": "nan"}, "EXPORTWATCH_FETCH_SECONDS: 'nan' is not a number"),
    ],
)
def test_a_wrong_value_names_where_it_stands(options: dict[str, object], environ: dict[str, str], message: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        load(options, environ)
    assert str(caught.value) == message


def test_there_are_secrets_and_they_are_passwords() -> None:
    assert {setting.name for setting in SECRETS} == {"elasticsearch_password", "kafka_password", "smtp_password"}
    for setting in TABLE:
        assert setting.secret == any(word in setting.name for word in ("password", "token", "secret", "key"))


@pytest.mark.parametrize("setting", SECRETS, ids=lambda setting: setting.name)
def test_a_secret_is_never_shown(setting: Setting) -> None:
    loaded = load({}, {setting.env: "hunter2"})
    assert getattr(loaded, setting.name) == "hunter2"
    assert loaded.shown()[setting.name] == "***"
    for text in (repr(loaded), str(loaded), f"{loaded}", str(loaded.shown()), repr([loaded])):
        assert "hunter2" not in text


def test_a_secret_that_is_not_set_is_shown_as_empty() -> None:
    assert load({}, {}).shown()["kafka_password"] == ""


def test_hidden_settings_are_not_shown() -> None:
    assert {setting.name for setting in TABLE if setting.hidden} == {"fault"}
    assert "fault" not in load({}, {}).shown()


def test_a_child_process_gets_the_same_settings(tmp_path: Path) -> None:
    write(tmp_path, "batch = 9\n")
    parent = load({"data": str(tmp_path), "kafka_password": "hunter2", "fetch_seconds": 2.5}, {})
    assert load({}, parent.environment()) == parent


def test_settings_and_table_hold_the_same_names_in_the_same_order() -> None:
    assert [field.name for field in dataclasses.fields(Settings)] == [setting.name for setting in TABLE]


@pytest.mark.parametrize("setting", TABLE, ids=lambda setting: setting.name)
def test_every_setting_is_documented_in_one_sentence(setting: Setting) -> None:
    assert setting.help.endswith(".")
    assert len(setting.help) >= 20
    assert isinstance(setting.default, setting.type)
    assert setting.env.startswith(PREFIX)


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORTWATCH_NAMESPACE", "from-the-process")
    assert settings.load().namespace == "from-the-process"


@pytest.mark.parametrize("namespace", ["a/b", "", "Big", "輸出", "-x", "a" * 65])
def test_a_namespace_that_no_server_takes_is_refused(namespace: str) -> None:
    with pytest.raises(Misconfigured, match="--namespace"):
        load({"namespace": namespace}, {})


@pytest.mark.parametrize("url", ["http://elastic:S3cret@host:9200", "kafka://user:S3cret@host:9092"])
def test_a_password_in_a_url_is_never_shown(url: str) -> None:
    settings = load({"index": url, "bus": url, "store": url}, {})
    assert "S3cret" not in repr(settings)
    assert "S3cret" not in shown(url)
    assert "host:9" in shown(url)
