"""The mapping on Elasticsearch follows from the table of fields."""

from __future__ import annotations

import pytest

from exportwatch import elastic
from exportwatch.indexes.elasticsearch import MAPPING_VERSION, ElasticsearchIndex, mapping
from exportwatch.query.fields import FIELDS
from tests.entries import entry
from tests.servers.server import Server


def test_every_field_is_mapped_by_its_type_and_nothing_else_is_taken() -> None:
    made = mapping()
    assert made["dynamic"] == "strict"
    assert made["properties"].keys() == {*FIELDS, "id", "body", "measures"}
    for name, field in FIELDS.items():
        assert made["properties"][name]["type"] == ("text" if field.type == "tokens" else "keyword")
    measures = made["properties"]["measures"]
    assert measures["type"] == "nested"
    assert measures["properties"].keys() == {name for name, field in FIELDS.items() if field.measure}


@pytest.mark.servers
def test_only_the_record_is_kept_as_source(elasticsearch_server: Server, namespace: str) -> None:
    client = elastic.connect(elasticsearch_server.address)
    index = ElasticsearchIndex(client, namespace)
    values = {field.name: ("one", "two") for field in FIELDS.values() if field.name not in ("title", "text")}
    measured = {field.name: ("one",) for field in FIELDS.values() if field.measure}
    results = index.put([entry("a", title="수출", body="輸出", values=values, measures=(measured, {}), record="kept")])
    assert [result.status for result in results] == ["indexed"]
    (document,) = client.mget(f"{namespace}-documents", ["a"])
    assert document["_source"] == {"body": "kept"}
    assert document["_index"] == f"{namespace}-documents-v{MAPPING_VERSION}-1"
    client.request("DELETE", f"/{document['_index']}")
    client.close()
