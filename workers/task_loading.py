"""Builds lm-eval's task objects as its simple_evaluate does, with no code but what is allowed."""

import contextlib
import io
import logging
import random
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from search_spaces.errors import ConfigError
from search_spaces.messages import TaskSpec
from workers.task_files import Function, code_in, configuration, decoded
from workers.task_index import shipped_file

_RANDOM_SEED, _OTHER_SEED = 0, 1234  # those of simple_evaluate


def build_task(spec: TaskSpec, tokenizer: Any) -> Any:
    """An lm-eval task with the requests of all its items.

    Raises: ConfigError.
    """
    from lm_eval.tasks import TaskManager

    _use_safe_templates()
    file = shipped_file(spec.name) if spec.file is None else Path(spec.file)
    config = configuration(spec, file)
    if not spec.allow_code:
        _refuse_code(spec, config, file)
    manager = TaskManager(include_path=[], include_defaults=False)
    try:
        (task,) = manager.load([resolved(config)])["tasks"].values()
        _set_shots(task, spec)
        task.set_fewshot_seed(_OTHER_SEED)
        _refuse(task, spec)
        task.build_all_requests(
            limit=spec.limit,
            rank=0,
            world_size=1,
            system_instruction=spec.system_instruction,
            apply_chat_template=spec.chat_template,
            fewshot_as_multiturn=spec.fewshot_as_multiturn,
            chat_template=_chat_template(tokenizer) if spec.chat_template else None,
        )
    except ConfigError:
        raise
    except OSError as error:  # no network, no such data set
        raise ConfigError(
            f"tasks: '{spec.name}' cannot be loaded: {_line(error)}. Without a network only tasks "
            "whose data lies in a local folder can be used (task_folders)"
        ) from None
    except Exception as error:  # whatever a task's YAML or code may raise
        raise ConfigError(
            f"tasks: '{spec.name}' cannot be loaded: {type(error).__name__}: {_line(error)} "
            f"(in {file})"
        ) from None
    return task


@contextlib.contextmanager
def seeded() -> Iterator[None]:
    """The global generators as simple_evaluate seeds them; afterwards they are where they were."""
    import torch

    states = random.getstate(), np.random.get_state()  # noqa: NPY002 - lm-eval's tasks use it
    with torch.random.fork_rng(devices=[]):
        random.seed(_RANDOM_SEED)
        np.random.seed(_OTHER_SEED)  # noqa: NPY002
        torch.manual_seed(_OTHER_SEED)
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])  # noqa: NPY002


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps the progress bars and log lines of lm-eval and datasets off the user's terminal."""
    for name in ("lm_eval", "lm-eval", "datasets", "evaluate"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with contextlib.redirect_stderr(io.StringIO()):
        yield


def data_source(task: Any) -> str | None:
    """`org/data@commit`: datasets keeps what it has from the hub in a folder named by its commit;
    None for data of other places.
    """
    tables = getattr(task, "dataset", None)
    tables = list(tables.values()) if isinstance(tables, dict) else [tables]
    for table in tables:
        for file in getattr(table, "cache_files", ()):
            for part in Path(file["filename"]).parts:
                if re.fullmatch("[0-9a-f]{40}", part):
                    return f"{task.config.dataset_path}@{part}"
    return None


def _refuse_code(spec: TaskSpec, config: Mapping[str, Any], file: Path) -> None:
    """lm-eval's own tasks may use their own functions; none may run what a model wrote."""
    import lm_eval
    from lm_eval.api.registry import metric_registry

    package = Path(lm_eval.__file__).resolve().parent
    shipped = file.resolve().is_relative_to(package)
    own = decoded(spec.changes) if shipped else config
    found = code_in(own, package)
    metrics = own.get("metric_list")
    for metric in metrics if isinstance(metrics, list) else ():
        name = metric.get("metric") if isinstance(metric, dict) else None
        if (
            isinstance(name, str)
            and name not in metric_registry
            and not own.get("process_results")
        ):
            found = found or f"metric {name}, which lm-eval takes from the hub as a program"
    if config.get("unsafe_code"):
        found = "unsafe_code: what a model writes is run"
    if found:
        raise ConfigError(
            f"{file}: task '{spec.name}' runs code ({found}), which is not allowed; if you trust "
            "it, set allow_task_code: true (evolve score: --allow-task-code)"
        )


def _refuse(task: Any, spec: TaskSpec) -> None:
    if getattr(task, "UNSAFE_CODE", False) and not spec.allow_code:
        raise ConfigError(
            f"tasks: '{spec.name}' runs what a model writes; if the machine is one where it may, "
            "set allow_task_code: true (evolve score: --allow-task-code)"
        )
    if getattr(task, "MULTIMODAL", False):
        raise ConfigError(f"tasks: '{spec.name}' shows images or plays sounds; only text is read")
    if spec.own_shots and task.config.num_fewshot and not _has_own_shots(task):
        raise ConfigError(
            f"tasks: '{spec.name}' has no split of its own for its {task.config.num_fewshot} "
            "few-shot examples (training_split or fewshot_split), so prompts would hold the "
            "answers of other items; add one, or set num_fewshot: 0"
        )


def _set_shots(task: Any, spec: TaskSpec) -> None:
    """As simple_evaluate: a task that says 0 keeps it, one that says nothing has none."""
    said = task.get_config("num_fewshot")
    if said is None or (spec.num_fewshot is not None and said != 0):
        task.set_config("num_fewshot", spec.num_fewshot or 0)


def _has_own_shots(task: Any) -> bool:
    """Do few-shot examples come from other documents than those that are scored?"""
    config = task.config
    scored = config.test_split or config.validation_split
    if config.fewshot_config.split is not None:
        return bool(config.fewshot_config.split != scored)
    if config.fewshot_config.samples is not None:
        return True
    if task.has_training_docs():
        return config.training_split is None or bool(config.training_split != scored)
    return bool(task.has_test_docs() and task.has_validation_docs())


def _chat_template(tokenizer: Any) -> Callable[..., str]:
    """Messages to text, as lm-eval's HF model does it.

    Raises: ConfigError for a tokenizer without a template.
    """
    from jinja2.exceptions import TemplateError

    if not getattr(tokenizer, "chat_template", None):
        raise ConfigError(
            "prompts.chat_template: the model's tokenizer has no chat template; set it to "
            "false (in a mergekit-evolve file: apply_chat_template: false), or add "
            "chat_template.jinja to the model's folder"
        )

    def render(history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        def text(messages: list[dict[str, str]]) -> str:
            return str(
                tokenizer.apply_chat_template(
                    messages,
                    tokenize=False,
                    add_generation_prompt=add_generation_prompt,
                    continue_final_message=not add_generation_prompt,
                )
            )

        try:
            return text(history)
        except TemplateError:  # some templates know no system role
            return text([message for message in history if message["role"] != "system"])

    return render


def resolved(value: Any) -> Any:
    """A configuration with its functions imported as lm-eval imports them."""
    if isinstance(value, Function):
        from lm_eval.tasks._yaml_loader import _import_func_in_yml

        return _import_func_in_yml(value.name, Path(value.folder))
    if isinstance(value, dict):
        return {k: resolved(v) for k, v in value.items()}
    return [resolved(v) for v in value] if isinstance(value, list) else value


@cache
def _use_safe_templates() -> None:
    """Makes lm-eval render templates in jinja's sandbox, and compile each only once.

    A template can reach any Python object otherwise: the YAML of a task would be a program.
    """
    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment
    from lm_eval import utils

    class Templates(SandboxedEnvironment):
        @lru_cache(1000)  # noqa: B019 - it lives as long as the process
        def from_string(self, source: str) -> Template:  # type: ignore[override]
            return super().from_string(source)

    known = utils.env
    templates = Templates(undefined=known.undefined, keep_trailing_newline=True)
    templates.filters = known.filters
    utils.env = templates


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:500]
