"""Files of others: what is too large, too deep, too clever or no text is refused in words, and
quickly; times are of the processor.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from evolve.config import read_search
from search_spaces.errors import ConfigError, RecipeError
from search_spaces.moe import parse_moe
from search_spaces.reading import (
    CONFIG,
    HEADER,
    RECIPE,
    SEARCH,
    TASK,
    TOKENIZER,
    load_json,
    load_yaml,
    read_bytes,
)
from search_spaces.recipe import parse_recipe

LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)
MERGED = "m0: &m0 {x: 1}\n" + "".join(
    f"m{i}: &m{i}\n  <<: [{', '.join([f'*m{i - 1}'] * 9)}]\n  k{i}: 1\n" for i in range(1, 12)
)
HOSTILE_YAML = {
    "billion laughs": (LAUGHS, "more than 100,000 values"),
    "billion merged laughs": (MERGED, "more than 100,000 values"),
    "an alias inside itself": ("a: &a [*a]", r"line 1: '\*a' stands inside of what it names"),
    "an alias of nothing": ("a: *b", "undefined alias"),
    "flow nesting": ("a: " + "[" * 100_000, "nested too deeply; at most 24 levels"),
    "block nesting": ("- " * 100_000 + "x", "nested too deeply"),
    "mapping nesting": ("{a: " * 100_000, "nested too deeply"),
    "many values": ("[" + "1," * 200_000 + "1]", "more than 100,000 values"),
    "bytes": ("# " + "x" * 1_000_000, "1,000,002 bytes; at most 1,000,000"),
    "a key twice": ("a: 1\nb: 2\na: 3", "line 3: the key 'a' is given twice"),
    "a key twice, inside": ("x:\n- {a: 1, a: 1}", "line 2: the key 'a' is given twice"),
    "a merge twice": ("a: &a {x: 1}\nb: {<<: *a, <<: *a}", "the key '<<' is given twice"),
    "a number as key": ("a:\n  1: 2", "line 2: the key 1 is read as int; expected text"),
    "yes as key": ("on: 2", "the key on is read as bool"),
    "a list as key": ("? [a]\n: 2", "the key of a sequence is read as seq"),
    "a Python tag": ("!!python/object/apply:os.system ['true']", "line 1: the tag .* not valid"),
    "an own tag": ("a: !function utils.f", "the tag '!function' is not valid YAML here"),
    "binary": ("a: !!binary aGk=", "tag:yaml.org,2002:binary"),
    "a set": ("!!set {a, b}", "tag:yaml.org,2002:set"),
    "digits": ("a: " + "9" * 5000, "too long for a number"),
    "hexadecimal digits": ("a: 0x" + "f" * 5000, "too long for a number"),
    "base 60": ("a: 1" + ":00" * 5000, "too long for a number"),
    "65 bits": ("a: 18446744073709551616", "does not fit into 64 bits"),
    "a float beyond floats": ("a: 1.0e+999", "too large for a number"),
    "a month 13": ("a: 2026-13-01", "a value cannot be read"),
    "a word as int": ("a: !!int ''", "a value cannot be read"),
    "a word as bool": ("a: !!bool maybe", "a value cannot be read"),
    "NUL": ("a: b\0c", "not valid YAML"),
    "an escaped NUL": (r'a: "b\0c"', "holds NUL"),
    "half a character": (r'a: "\ud800"', "not valid YAML|half a character"),
    "no UTF-8": (b"a: \xff\xfe\xfa", "not valid YAML"),
    "two directives": ("%YAML 1.1\n%YAML 1.1\n---\na", "not valid YAML"),
    "a bracket": ("a: [", "not valid YAML: line"),
}
HOSTILE_JSON = {
    "nesting": ("[" * 100_000, "nested too deeply"),
    "closed nesting": ("[" * 60 + "]" * 60, "nested too deeply; at most 48 levels"),
    "nesting of mappings": ('{"a":' * 100_000, "nested too deeply"),
    "many values": ("[" + "1," * 1_000_001 + "1]", "more than 1,000,000 values"),
    "a key twice": ('{"a": 1, "a": 2}', "the key 'a' is given twice, with two values"),
    "digits": ('{"a": ' + "9" * 5000 + "}", "too long for a number"),
    "a float beyond floats": ('{"a": 1e999}', "1e999 is too large"),
    "NUL": (r'{"a": "b\u0000"}', "holds NUL"),
    "NUL in a key": (r'{"b\u0000": 1}', "holds NUL"),
    "half a character": (r'{"a": "\ud800"}', "half a character"),
    "no UTF-8": (b'{"a": "\xff"}', "not UTF-8 text at byte 7"),
    "half a file": ('{"a": [1,', "line 1, column 10: Expecting value; is the file whole"),
    "nothing": ("", "line 1, column 1"),
}


@contextmanager
def quickly(seconds: float = 3.0) -> Iterator[None]:
    start = time.process_time()
    yield
    assert time.process_time() - start < seconds


@pytest.mark.parametrize("name", HOSTILE_YAML)
def test_hostile_yaml_is_refused_in_words_and_quickly(name: str) -> None:
    text, words = HOSTILE_YAML[name]
    with quickly(), pytest.raises(ConfigError, match=words) as caught:
        load_yaml(text, "x.yaml", SEARCH)
    assert str(caught.value).startswith("x.yaml: ")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("name", HOSTILE_JSON)
def test_hostile_json_is_refused_in_words_and_quickly(name: str) -> None:
    text, words = HOSTILE_JSON[name]
    with quickly(), pytest.raises(ConfigError, match=words) as caught:
        load_json(text, "x.json", CONFIG)
    assert str(caught.value).startswith("x.json cannot be read as JSON: ")
    assert len(str(caught.value)) < 400


def test_a_file_at_the_limit_of_nodes_takes_seconds_and_not_minutes() -> None:
    values = ", ".join(["{a: 0.5}"] * (SEARCH.nodes // 3 - 1))
    with quickly(12):
        assert len(load_yaml(f"[{values}]", "x", SEARCH)[0]) == SEARCH.nodes // 3 - 1


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(PLAIN)
@settings(max_examples=150, deadline=None)
def test_what_is_within_the_limits_is_read_as_the_libraries_read_it(data: Any) -> None:
    text = yaml.safe_dump(data, allow_unicode=False)
    assert load_yaml(text, "x", RECIPE) == [yaml.safe_load(text)] == [data]
    finite = json.dumps(data)
    assert load_json(finite, "x", CONFIG) == json.loads(finite) == data


def test_anchors_merges_and_several_documents_work_as_in_yaml() -> None:
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: [*a, *a]\n---\nd: 1\n---\n"
    assert load_yaml(text, "x", RECIPE) == list(yaml.safe_load_all(text))


def test_tasks_keep_what_lm_eval_reads() -> None:
    text = "task: t\ntask: u\n1: one\ndoc: !function utils.f\n"
    found = load_yaml(text, "x", TASK, tags={"!function": lambda name: ("f", name)})
    assert found == [{"task": "u", 1: "one", "doc": ("f", "utils.f")}]
    with pytest.raises(ConfigError, match="or !function"):
        load_yaml("a: !!python/name:os.system", "x", TASK, tags={"!function": str})


def test_what_real_checkpoints_hold_is_let_through() -> None:
    text = (
        '{"time_step_limit": [0.0, Infinity], "model_max_length": 1000000000000000019884624838656}'
    )
    assert load_json(text, "x", CONFIG) == json.loads(text)
    nul = json.dumps({"model": {"vocab": {"\0": 0, "a": 1}}})
    assert load_json(nul, "x", TOKENIZER) == json.loads(nul)
    assert load_json(b"\xef\xbb\xbf{}", "x", CONFIG) == {}
    assert load_json('{"a": 1, "a": 1}', "x", CONFIG) == {"a": 1}


def test_large_vocabularies_and_headers_are_read_quickly() -> None:
    vocab = {f"token{i}": i for i in range(200_000)}
    merges = [[f"a{i}", f"b{i}"] for i in range(200_000)]
    text = json.dumps({"model": {"vocab": vocab, "merges": merges}}).encode()
    with quickly(4):
        load_json(text, "tokenizer.json", TOKENIZER)
    entry = {"dtype": "BF16", "shape": [4096, 4096], "data_offsets": [0, 33554432]}
    header = json.dumps({f"model.layers.{i}.mlp.weight": entry for i in range(50_000)}).encode()
    with quickly(4):
        load_json(header, "model.safetensors", HEADER)


def test_recipes_are_read_no_slower_than_with_plain_pyyaml() -> None:
    models = "".join(
        f"- model: /m/{i}\n  parameters: {{weight: [0.1, 0.2, 0.31234], density: 0.5}}\n"
        for i in range(20)
    )
    text = f"merge_method: ties\nbase_model: /m/base\nmodels:\n{models}dtype: bfloat16\n"

    def seconds(read: Callable[[], Any]) -> float:
        found = []
        for _ in range(5):
            start = time.process_time()
            read()
            found.append(time.process_time() - start)
        return min(found)

    assert seconds(lambda: load_yaml(text, "x", RECIPE)) < seconds(lambda: yaml.safe_load(text))


def test_files_are_read_to_their_limit_and_devices_not_at_all(tmp_path: Path) -> None:
    small = replace(SEARCH, bytes=10)
    file = tmp_path / "a.yaml"
    file.write_bytes(b"0123456789")
    assert read_bytes(file, small) == b"0123456789"
    file.write_bytes(b"0123456789x")
    with pytest.raises(ConfigError, match="11 bytes; at most 10 are read"):
        read_bytes(file, small)
    with file.open("r+b") as handle:
        os.ftruncate(handle.fileno(), 1 << 40)
    with quickly(), pytest.raises(ConfigError, match="1,099,511,627,776 bytes"):
        read_bytes(file, small)
    with quickly(), pytest.raises(ConfigError, match="expected a file, found a device"):
        read_bytes(Path("/dev/zero"), small)
    with pytest.raises(ConfigError, match="expected a file, found a folder"):
        read_bytes(tmp_path, small)


@pytest.mark.parametrize("name", sorted(HOSTILE_YAML.keys() - {"many values"}))
def test_the_readers_of_recipes_and_search_files_refuse_it_too(name: str, tmp_path: Path) -> None:
    text, _ = HOSTILE_YAML[name]
    file = tmp_path / "x.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with quickly(10), pytest.raises(ConfigError, match=r"x\.yaml"):
        read_search(file)
    if isinstance(text, str):
        for parse in (parse_recipe, parse_moe):
            with quickly(20), pytest.raises(RecipeError):
                parse(text, "x.yaml")


def test_a_seed_comment_that_is_nested_is_refused() -> None:
    text = '# evolve: {"seed": ' + "[" * 50_000 + "}\nmerge_method: linear\nmodels: [{model: a}]\n"
    with quickly(), pytest.raises(RecipeError, match="nested too deeply"):
        parse_recipe(text)
