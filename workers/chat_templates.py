"""The chat template of the merged model: one of five known formats, the parents' most common one,
or Jinja text of the recipe's own.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from search_spaces.errors import ParentError, RecipeError
from search_spaces.reading import CARD, read_bytes
from search_spaces.suggest import did_you_mean
from workers.parents import Parent, read_json

_FILE = "chat_template.jinja"
_GENERATION = re.compile(r"\{%-?\s*(end)?generation\s*-?%\}")

_ALPACA = """
{%- for message in messages -%}
{%- if message.role == 'system' -%}{{ message.content | trim + '\\n\\n' }}
{%- elif message.role == 'user' -%}
{{- '### Instruction:\\n' + message.content | trim + '\\n\\n' -}}
{%- elif message.role == 'user_context' -%}
{{- '### Input:\\n' + message.content | trim + '\\n\\n' -}}
{%- elif message.role == 'assistant' -%}{{ '### Response:\\n' + message.content | trim }}
{%- if not loop.last or add_generation_prompt -%}{{ '\\n\\n' }}{%- endif -%}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '### Response:\\n' }}{%- endif -%}
"""

_CHATML = """
{%- for message in messages -%}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}
"""

_EXAONE = """
{%- if messages[0].role != 'system' -%}{{ '[|system|][|endofturn|]\\n' }}{%- endif -%}
{%- for message in messages -%}
{%- set end = '\\n' if message.role == 'user' else '[|endofturn|]\\n' -%}
{{- '[|' + message.role + '|]' + message.content + end -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '[|assistant|]' }}{%- endif -%}
"""

_LLAMA3 = """
{{- bos_token -}}
{%- for message in messages -%}
{{- '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' -}}
{{- message.content | trim + '<|eot_id|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' -}}
{%- endif -%}
"""

_MISTRAL = """
{%- set system = messages[0].content + '\\n\\n' if messages[0].role == 'system' else '' -%}
{{- bos_token -}}
{%- for message in (messages[1:] if system else messages) -%}
{%- if message.role != ('user' if loop.index0 is even else 'assistant') -%}
{{- raise_exception('expected user and assistant in turns, with at most one system message first, '
    ~ 'found ' ~ message.role) -}}
{%- elif message.role == 'user' -%}
{{- ' [INST] ' + (system if loop.first else '') + message.content + ' [/INST]' -}}
{%- else -%}
{{- ' ' + message.content + eos_token -}}
{%- endif -%}
{%- endfor -%}
"""

BUILT_IN = {
    "alpaca": _ALPACA,
    "chatml": _CHATML,
    "exaone": _EXAONE,
    "llama3": _LLAMA3,
    "mistral": _MISTRAL,
}


def chat_template(template: str, models: Sequence[Parent]) -> str | None:
    """The Jinja text that `template` stands for: `auto`, a name of BUILT_IN, or Jinja itself.

    models: in the recipe's order, of which `auto` takes the most common template, the first of
    equally common ones; None where no model has one.

    Raises: RecipeError for an unknown name and for text that is not Jinja.
    """
    if template == "auto":
        found = [text for text in map(template_of, models) if text]
        return Counter(found).most_common(1)[0][0] if found else None
    if template in BUILT_IN:
        return BUILT_IN[template].lstrip("\n")
    if "{" not in template:
        hint = did_you_mean(template, ["auto", *BUILT_IN])
        raise RecipeError(
            f"chat_template: expected auto, {', '.join(BUILT_IN)}, or a Jinja template (it has "
            f"braces), found {template!r}; {hint}"
        )
    _check_jinja(template)
    return template


def apply_chat_template(template: str, folder: Path, models: Sequence[Parent]) -> None:
    """Makes `template` the only chat template of the tokenizer in `folder`.

    transformers 5 writes and reads it as chat_template.jinja, which wins over
    tokenizer_config.json, so the one in the latter is taken out. With `auto` and models without
    templates, nothing changes.

    Raises: RecipeError, ParentError.
    """
    text = chat_template(template, models)
    if text is None:
        return
    for file in (folder / "additional_chat_templates").glob("*.jinja"):
        file.unlink()
    (folder / _FILE).write_text(text, encoding="utf-8")
    path = folder / "tokenizer_config.json"
    if path.exists():
        config = read_json(path)
        if config.pop("chat_template", None) is not None:
            path.write_text(
                json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
            )


def template_of(model: Parent) -> str | None:
    """The default chat template that a model comes with, or None."""
    file = model.folder / _FILE
    if file.exists():
        try:
            text = read_bytes(file, CARD, ParentError).decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ParentError(f"{file}: cannot be read: {error}") from None
        return text.strip() or None
    path = model.folder / "tokenizer_config.json"
    found: Any = read_json(path).get("chat_template") if path.exists() else None
    if isinstance(found, list):
        listed = [entry for entry in found if isinstance(entry, dict)]
        found = next((e.get("template") for e in listed if e.get("name") == "default"), None)
    return found.strip() or None if isinstance(found, str) else None


def _check_jinja(text: str) -> None:
    from jinja2 import TemplateSyntaxError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # What transformers compiles a template with, but for its {% generation %} tag.
    environment = ImmutableSandboxedEnvironment(extensions=[loopcontrols])
    try:
        environment.parse(_GENERATION.sub("", text))
    except TemplateSyntaxError as error:
        raise RecipeError(
            f"chat_template: not valid Jinja: line {error.lineno}: {error.message}; correct it, "
            f"or name one of auto, {', '.join(BUILT_IN)}"
        ) from None
