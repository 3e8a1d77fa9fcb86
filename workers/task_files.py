"""Reads lm-eval's task YAML without lm-eval and without running what it names; digests tasks."""

import glob
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from search_spaces.errors import ConfigError
from search_spaces.messages import TaskSpec
from search_spaces.reading import TASK, load_yaml, read_bytes

# Dataset formats of local files; other names are folders, or live on the hub.
_FORMATS = frozenset({"arrow", "csv", "json", "pandas", "parquet", "text", "xml"})


@dataclass(frozen=True)
class Function:
    """`!function name` in a YAML; `folder` is where the YAML lies."""

    name: str
    folder: str

    @property
    def file(self) -> Path:
        """Where lm-eval looks first."""
        return Path(self.folder) / (self.name.rpartition(".")[0].replace(".", "/") + ".py")


def read_task(file: Path, _readers: tuple[Path, ...] = ()) -> dict[str, Any]:
    """What a YAML says with all that it includes; functions are named, not imported.

    Paths of data that are relative to a YAML become absolute.

    Raises: ConfigError for a file that cannot be read, is not YAML, or includes itself.
    """
    file = file.resolve()
    if file in _readers:
        raise ConfigError(f"{file}: includes itself")
    data = _parse(file)
    includes = data.pop("include", None) or []
    merged: dict[str, Any] = {}
    for name in [includes] if isinstance(includes, str) else includes:
        merged |= read_task(file.parent / str(name), (*_readers, file))
        merged.pop("task_list", None)
    return merged | absolute_data(data, file.parent)


def configuration(spec: TaskSpec, file: Path) -> dict[str, Any]:
    """The whole configuration of a task: its YAML, and what a group changes in it.

    Raises: ConfigError, also for a data file that is missing.
    """
    found = read_task(file)
    if "group" in found and "class" not in found:
        found = {}  # a task that exists only inside its group's YAML
    found |= decoded(spec.changes) | {"task": spec.name}
    if found.get("dataset_path") in _FORMATS:
        for path in _data_files(found):
            if "://" not in path and not Path(path).is_absolute():
                missing = (file.parent / path).resolve()
                raise ConfigError(f"{file}: data file {missing} is missing")
    return found


def code_in(config: Mapping[str, Any], trusted: Path) -> str | None:
    """What in a configuration runs code, in words; None if nothing does.

    trusted: functions of YAML files below this folder do not count.
    """
    for function in functions_in(config):
        if not Path(function.folder).is_relative_to(trusted):
            return f"!function {function.name}"
    if not isinstance(config.get("class"), Function | None):
        return f"class {config['class']}"
    if config.get("dataset_path") == "pandas":
        return "dataset_path: pandas, which reads pickles"
    settings = config.get("generation_kwargs")
    for key in ("custom_generate", "trust_remote_code"):
        if isinstance(settings, dict) and settings.get(key):
            return f"generation_kwargs.{key}: a program of the hub or of a folder"
    metrics = config.get("metric_list")
    for metric in metrics if isinstance(metrics, list) else ():
        if isinstance(metric, dict) and metric.get("hf_evaluate"):
            return f"hf_evaluate: the metric {metric.get('metric')} is a program of the hub"
    return None


def task_digest(spec: TaskSpec) -> str:
    """Digest of a task's YAML, data and code; of its name and lm-eval's version where it ships
    with lm-eval.
    """
    digest = hashlib.blake2b(f"{spec.name}|{spec.num_fewshot}".encode(), digest_size=16)
    if spec.file is None:
        digest.update(version("lm-eval").encode())
        config, files = decoded(spec.changes), []
    else:
        config = configuration(spec, Path(spec.file))
        files = _content(config)
    arguments = config.get("dataset_kwargs")
    if isinstance(arguments, dict):
        places = ("data_files", "data_dir")
        config["dataset_kwargs"] = {k: v for k, v in arguments.items() if k not in places}
    if Path(str(config.get("dataset_path", ""))).is_absolute():
        del config["dataset_path"]
    digest.update(json.dumps(config, sort_keys=True, default=_name).encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def absolute_data(config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The configuration with data files and folders that lie under `folder` made absolute; glob
    patterns become the files that they match.
    """
    found = dict(config)
    path = found.get("dataset_path")
    if isinstance(path, str) and path.startswith(".") and (folder / path).exists():
        found["dataset_path"] = str((folder / path).resolve())
    arguments = found.get("dataset_kwargs")
    if isinstance(arguments, dict):
        arguments = dict(arguments)
        if "data_files" in arguments:
            arguments["data_files"] = _absolute(arguments["data_files"], folder)
        data_dir = arguments.get("data_dir")
        if isinstance(data_dir, str) and (folder / data_dir).is_dir():
            arguments["data_dir"] = str((folder / data_dir).resolve())
        found["dataset_kwargs"] = arguments
    return found


def encoded(changes: Mapping[str, Any]) -> str:
    """JSON in which functions are kept; "" for nothing."""
    if not changes:
        return ""

    def plain(value: Any) -> Any:
        if isinstance(value, Function):
            return {"!function": value.name, "folder": value.folder}
        return str(value)

    return json.dumps(changes, sort_keys=True, default=plain)


def decoded(changes: str) -> dict[str, Any]:
    """What `encoded` made JSON of."""

    def function(found: dict[str, Any]) -> Any:
        return Function(found["!function"], found["folder"]) if "!function" in found else found

    return dict(json.loads(changes, object_hook=function)) if changes else {}


def _parse(file: Path) -> dict[str, Any]:
    def function(name: str) -> Function:
        return Function(name, str(file.parent.resolve()))

    try:
        text = read_bytes(file, TASK)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    found = load_yaml(text, str(file), TASK, tags={"!function": function})
    if len(found) > 1:
        raise ConfigError(f"{file}: expected one YAML document, found {len(found)}")
    data = found[0] if found else None
    if not isinstance(data, dict):
        raise ConfigError(f"{file}: expected a mapping, found {type(data).__name__}")
    return data


def functions_in(value: Any) -> Iterator[Function]:
    """All that a configuration names with `!function`."""
    if isinstance(value, Function):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from functions_in(inner)


def _content(config: Mapping[str, Any]) -> list[Path]:
    """The local files of a task's data, and those of its functions."""
    arguments = config.get("dataset_kwargs")
    data_dir = arguments.get("data_dir") if isinstance(arguments, dict) else None
    found = [Path(path) for path in _data_files(config)]
    for folder in (Path(str(config.get("dataset_path"))), Path(str(data_dir))):
        if folder.is_absolute() and folder.is_dir():
            found += sorted(p for p in folder.rglob("*") if p.is_file())
    found = [path for path in found if path.is_absolute()]
    return found + [f.file for f in functions_in(config) if f.file.exists()]


def _name(value: Any) -> str:
    return f"!function {value.name}" if isinstance(value, Function) else str(value)


def _absolute(value: Any, folder: Path) -> Any:
    if isinstance(value, dict):
        return {k: _absolute(v, folder) for k, v in value.items()}
    if isinstance(value, list):
        return [path for v in value for path in _listed(_absolute(v, folder))]
    path = folder / str(value)
    if path.exists():
        return str(path.resolve())
    matches = sorted(glob.glob(str(path), recursive=True)) if glob.has_magic(str(value)) else []
    return [str(Path(match).resolve()) for match in matches] or value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _data_files(config: Mapping[str, Any]) -> list[str]:
    arguments = config.get("dataset_kwargs")
    return _leaves(arguments.get("data_files", [])) if isinstance(arguments, dict) else []


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f for k in sorted(value) for f in _leaves(value[k])]
    if isinstance(value, list | tuple):
        return [f for v in value for f in _leaves(v)]
    return [str(value)]
