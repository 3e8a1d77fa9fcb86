"""Data as YAML that a person can read: keys in the order given, scripts as blocks."""

from typing import Any

import yaml

_OTHER_BREAKS = frozenset("\x85\u2028\u2029\ufeff")


class _Dumper(yaml.SafeDumper):
    """Strings of several lines as literal blocks, and nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else None
    if _OTHER_BREAKS & set(value):  # which YAML would read as ends of lines, or not at all
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def yaml_text(*documents: Any) -> str:
    """A YAML document of each."""
    return yaml.dump_all(documents, Dumper=_Dumper, sort_keys=False, width=99, allow_unicode=True)
