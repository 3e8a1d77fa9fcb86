"""Chat templates: five known formats, the parents' own, and text that is refused."""

import json
import shutil
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from search_spaces.errors import RecipeError
from workers.chat_templates import BUILT_IN, apply_chat_template, chat_template
from workers.parents import Parent, open_parent

TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "hi"},
    {"role": "assistant", "content": "yo"},
    {"role": "user", "content": "more"},
]
EXPECTED = {
    "alpaca": "Be brief.\n\n### Instruction:\nhi\n\n### Response:\nyo\n\n"
    "### Instruction:\nmore\n\n### Response:\n",
    "chatml": "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n"
    "<|im_start|>assistant\nyo<|im_end|>\n<|im_start|>user\nmore<|im_end|>\n"
    "<|im_start|>assistant\n",
    "exaone": "[|system|]Be brief.[|endofturn|]\n[|user|]hi\n[|assistant|]yo[|endofturn|]\n"
    "[|user|]more\n[|assistant|]",
    "llama3": "<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\nyo<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nmore<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "mistral": "<s> [INST] Be brief.\n\nhi [/INST] yo</s> [INST] more [/INST]",
}


@pytest.fixture
def models(family: Path, tmp_path: Path) -> list[Parent]:
    """base, a, b and c, as copies that may be changed."""
    return [
        open_parent(str(shutil.copytree(family / n, tmp_path / n)))
        for n in ("base", "a", "b", "c")
    ]


def say(model: Parent, template: str, *, in_config: bool = False) -> None:
    if not in_config:
        (model.folder / "chat_template.jinja").write_text(template)
        return
    file = model.folder / "tokenizer_config.json"
    data = json.loads(file.read_text())
    listed = [
        {"name": "tool_use", "template": "{# no #}"},
        {"name": "default", "template": template},
    ]
    file.write_text(json.dumps(data | {"chat_template": listed}))


def rendered(folder: Path, talk: list[dict[str, str]]) -> str:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return str(tokenizer.apply_chat_template(talk, tokenize=False, add_generation_prompt=True))


@pytest.mark.parametrize("name", BUILT_IN)
def test_transformers_renders_the_formats_as_they_are_known(
    name: str, models: list[Parent]
) -> None:
    folder = models[0].folder
    apply_chat_template(name, folder, models)
    assert rendered(folder, TALK) == EXPECTED[name]


def test_exaone_says_that_there_is_no_system_message(models: list[Parent]) -> None:
    apply_chat_template("exaone", models[0].folder, models)
    found = rendered(models[0].folder, TALK[1:2])
    assert found == "[|system|][|endofturn|]\n[|user|]hi\n[|assistant|]"


def test_mistral_refuses_a_talk_out_of_turn(models: list[Parent]) -> None:
    apply_chat_template("mistral", models[0].folder, models)
    with pytest.raises(Exception, match="expected user and assistant in turns"):
        rendered(models[0].folder, [TALK[1], TALK[1]])


def test_auto_is_the_most_common_one_and_the_first_of_equals(models: list[Parent]) -> None:
    base, a, b, c = models
    say(a, "{{ 'A' }}")
    say(b, "{{ 'B' }}\n")
    say(c, "{{ 'B' }}", in_config=True)
    assert chat_template("auto", models) == "{{ 'B' }}"
    assert chat_template("auto", [base, a, b]) == "{{ 'A' }}"
    assert chat_template("auto", [base]) is None


def test_auto_without_any_changes_nothing(models: list[Parent]) -> None:
    before = {f.name: f.read_bytes() for f in models[0].folder.iterdir()}
    apply_chat_template("auto", models[0].folder, models)
    assert {f.name: f.read_bytes() for f in models[0].folder.iterdir()} == before


def test_the_template_replaces_all_that_were_there(models: list[Parent]) -> None:
    folder = models[0].folder
    say(models[0], "{{ 'old' }}")
    say(models[0], "{{ 'older' }}", in_config=True)
    (folder / "additional_chat_templates").mkdir()
    (folder / "additional_chat_templates" / "tool_use.jinja").write_text("{{ 'tools' }}")
    apply_chat_template("{{ 'own' }}", folder, models)
    assert AutoTokenizer.from_pretrained(folder).chat_template == "{{ 'own' }}"
    assert rendered(folder, TALK) == "own"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("chatlm", "did you mean 'chatml'?"),
        ("{% for x in y %}{{ x }}", "not valid Jinja: line 1"),
        ("{{ 'a' ", "not valid Jinja"),
    ],
)
def test_what_is_no_template_is_refused(template: str, said: str) -> None:
    with pytest.raises(RecipeError) as error:
        chat_template(template, [])
    assert said in str(error.value)


def test_what_transformers_adds_to_jinja_is_read() -> None:
    text = (
        "{% for m in messages %}{%- generation -%}{{ m.content }}{% endgeneration %}{% endfor %}"
    )
    assert chat_template(text, []) == text
