"""docs/configuration.md says what the schema says."""

import json

import yaml

from commands.reference import PAGE, Key, Schema, kind, page, shown


def keys() -> dict[str, Key]:
    return {key.path: key for _, found in Schema().tables() for key in found}


def test_the_page_is_that_of_the_schema() -> None:
    assert PAGE.read_text() == page(), "run: make docs"


def test_a_key_that_must_be_in_either_file_is_required() -> None:
    found = keys()
    assert found["web.tasks.max"].required
    assert found["database.storage_gb.initial"].required
    assert not found["beat.cpu"].required
    assert found["cache.node_type"].required
    assert not found["cache"].required


def test_defaults_are_those_of_the_merged_files() -> None:
    assert keys()["exec"].node["default"] is True
    assert keys()["cache"].node["default"] == "none"


def test_keys_of_the_elements_of_a_list_are_there() -> None:
    assert keys()["data_sources[].name"].required
    assert "sign_in.roles[].group" in keys()


def test_allowed_values_are_said() -> None:
    assert kind({"type": "integer", "minimum": 1, "maximum": 35}) == "integer, 1 to 35"
    assert kind({"type": "integer", "minimum": 10, "maximum": 2**31}) == "integer, from 10 on"
    assert kind({"type": "string", "enum": ["a", "b"]}) == "`a`, `b`"
    assert kind({"type": ["string", "object"], "pattern": "^none$"}) == "`none` or section"
    assert kind({"type": ["boolean", "object"]}) == "`true`, `false` or section"


def test_what_is_shown_means_the_same_in_yaml() -> None:
    for key in keys().values():
        for value in (key.node.get("default"), *key.node.get("examples", ())):
            text = shown(value).strip("`")
            if text:
                assert yaml.safe_load(text) == value, (key.path, text)
                assert json.dumps(yaml.safe_load(text)) == json.dumps(value), key.path
