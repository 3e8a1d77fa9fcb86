"""The `tokenizer:` block: what it reads, refuses, and writes again."""

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from search_spaces.problems import problems_in
from search_spaces.tokenizer import ModelTokenRow, TokenizerConfig, ZeroRow

BLOCK = """
source: models/a
tokens:
  <|im_end|>:
    source: models/b
    force: true
  '!':
    source:
      kind: zero
  new:
    source:
      kind: model_token
      model: models/c
      token: old
  other:
    source:
      kind: model_token
      model: models/b
      token_id: 0
  plain: {}
pad_to_multiple_of: 64
"""


def read(text: str) -> TokenizerConfig:
    return TokenizerConfig.model_validate(yaml.safe_load(text))


def test_it_reads_mergekits_block_and_writes_the_same_again() -> None:
    config = read(BLOCK)
    assert config.tokens["<|im_end|>"].force
    assert config.tokens["!"].source == ZeroRow(kind="zero")
    assert config.tokens["other"].source == ModelTokenRow(
        kind="model_token", model="models/b", token_id=0
    )
    assert config.model_dump(mode="json", exclude_defaults=True) == yaml.safe_load(BLOCK)
    assert TokenizerConfig.model_validate(config.model_dump()) == config


def test_the_default_is_the_union_and_is_written() -> None:
    config = TokenizerConfig()
    assert config.source == "union"
    assert config.model_dump(mode="json", exclude_defaults=True) == {"source": "union"}
    assert TokenizerConfig.model_validate({"tokens": None}) == config


def test_every_model_is_listed_once_and_renamed_everywhere() -> None:
    config = read(BLOCK)
    assert config.references() == ("models/a", "models/b", "models/c")
    assert config.renamed(str.upper).references() == ("MODELS/A", "MODELS/B", "MODELS/C")
    assert config.renamed(lambda m: m) == config
    for source in ("base", "union"):
        kept = TokenizerConfig(source=source)
        assert kept.references() == ()
        assert kept.renamed(str.upper) == kept


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"sorce": "base"}, "did you mean 'source'?"),
        ({"tokens": {"x": {"forse": True}}}, "did you mean 'force'?"),
        ({"tokens": {"x": {"force": True}}}, "'force' needs a 'source'"),
        ({"tokens": {"x": {"source": {"kind": "one"}}}}, "expected a model, {kind: zero}"),
        ({"tokens": {"x": {"source": 3}}}, "expected a model, {kind: zero}"),
        (
            {"tokens": {"x": {"source": {"kind": "model_token", "model": "m"}}}},
            "exactly one of 'token' and 'token_id'",
        ),
        (
            {"tokens": {"x": {"source": {"kind": "model_token", "modle": "m", "token": "y"}}}},
            "did you mean 'model'?",
        ),
        (
            {"tokens": {"x": {"source": {"kind": "model_token", "model": "m", "token_id": -1}}}},
            "greater than or equal to 0, found -1",
        ),
        ({"pad_to_multiple_of": 0}, "greater than 0, found 0"),
    ],
)
def test_what_means_nothing_is_refused_with_the_reason(data: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as error:
        TokenizerConfig.model_validate(data)
    assert said in "; ".join(problems_in(error.value, TokenizerConfig))
