"""Finds lm-eval tasks in the user's own folders and reads their YAML, without lm-eval."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import yaml

from search_spaces.errors import ConfigError
from search_spaces.messages import TaskSpec
from search_spaces.suggest import did_you_mean


def find_tasks(folders: tuple[Path, ...]) -> dict[str, Path]:
    """Task name -> YAML file, for every task in `folders` (not in their subfolders).

    Raises: ConfigError for a folder that is not there.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise ConfigError(f"task_folders: no folder {folder}")
        for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
            try:
                text = file.read_text(encoding="utf-8")
                data = yaml.safe_load(text)
            except UnicodeDecodeError:
                continue
            except yaml.YAMLError:  # read_task says what is wrong, if this task is wanted
                name = re.search(r"^task:\s*(\S+)\s*$", text, re.MULTILINE)
                data = {"task": name.group(1)} if name else None
            if isinstance(data, dict) and isinstance(data.get("task"), str):
                found.setdefault(data["task"], file)
    return found


def read_task(file: Path) -> dict[str, Any]:
    """The configuration of a local task; includes are merged and data files made absolute.

    Raises: ConfigError for broken YAML, for code (`!function`), and for a data file that is
    missing.
    """
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        if "!function" in file.read_text(encoding="utf-8"):
            raise ConfigError(
                f"{file}: runs code (!function), which is not allowed for local tasks"
            ) from None
        raise ConfigError(f"{file}: not valid YAML: {error}") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{file}: expected a mapping, found {type(data).__name__}")
    if isinstance(data.get("include"), str):
        data = read_task(file.parent / data.pop("include")) | data
    arguments = data.get("dataset_kwargs")
    if isinstance(arguments, dict) and "data_files" in arguments:
        data["dataset_kwargs"] = arguments | {
            "data_files": _absolute(arguments["data_files"], file)
        }
    found: dict[str, Any] = data
    return found


def task_digest(spec: TaskSpec) -> str:
    """Digest of a task's YAML and data; of its name and lm-eval's version where it ships with
    lm-eval.
    """
    digest = hashlib.blake2b(f"{spec.name}|{spec.num_fewshot}".encode(), digest_size=16)
    if spec.file is None:
        from importlib.metadata import version

        digest.update(version("lm-eval").encode())
        return digest.hexdigest()
    config = read_task(Path(spec.file))
    files = _files(config.get("dataset_kwargs", {}).get("data_files", ()))
    if isinstance(config.get("dataset_kwargs"), dict):
        config["dataset_kwargs"] = {
            k: v for k, v in config["dataset_kwargs"].items() if k != "data_files"
        }
    digest.update(json.dumps(config, sort_keys=True, default=str).encode())
    for file in files:
        digest.update(Path(file).read_bytes())
    return digest.hexdigest()


def unknown_task(name: str, local: dict[str, Path], shipped: list[str]) -> ConfigError:
    """The error for a task name that neither the folders nor lm-eval have."""
    near = did_you_mean(name, [*local, *shipped]) if name else ""
    near = (
        near if len(near) < 200 else f"in the task folders: {', '.join(sorted(local)) or 'none'}"
    )
    return ConfigError(f"tasks: unknown task '{name}'; {near}")


def _absolute(value: Any, file: Path) -> Any:
    if isinstance(value, dict):
        return {k: _absolute(v, file) for k, v in value.items()}
    if isinstance(value, list):
        return [_absolute(v, file) for v in value]
    path = (file.parent / str(value)).resolve()
    if not path.exists():
        raise ConfigError(f"{file}: data file {path} is missing")
    return str(path)


def _files(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f for k in sorted(value) for f in _files(value[k])]
    if isinstance(value, list | tuple):
        return [f for v in value for f in _files(v)]
    return [str(value)]
