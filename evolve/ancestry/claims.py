"""What the files of one model say: its name, its licence, and what it was made from."""

from dataclasses import dataclass

# How a model came from another: as mergekit's base or one of its merged models, or as model cards
# name it.
ROLES = ("base", "parent", "finetune", "adapter", "quantized", "merge")
FILES = (
    "README.md",
    "mergekit_config.yml",
    "mergekit_moe_config.yml",
    "adapter_config.json",
    "config.json",
)


@dataclass(frozen=True)
class Claim:
    """A parent. reference: a folder, or a name on the hub without its revision; role: of `ROLES`;
    weight: its mean weight in the merge, None where there is none.
    """

    reference: str
    role: str
    weight: float | None = None


@dataclass(frozen=True)
class Described:
    """A model as its files describe it.

    reference: its folder, or its name on the hub without a revision; recipe: the text of its
    mergekit file; remarks: where its files say different things; problems: what could not be read.
    """

    name: str
    reference: str
    claims: tuple[Claim, ...] = ()
    license: str | None = None
    recipe: str | None = None
    remarks: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
