"""How recipes name models: a folder, or `base+adapter` for a LoRA adapter on its base."""

from pathlib import Path


def split_reference(reference: str) -> tuple[str, str, str]:
    """(base, "+", adapter) of `base+adapter`; a folder whose name has a plus is itself."""
    if Path(reference).expanduser().is_dir():
        return reference, "", ""
    base, plus, adapter = reference.rpartition("+")
    return (base, plus, adapter) if plus else (reference, "", "")


def absolute(reference: str, folder: Path) -> str:
    """`base+adapter` with both halves made absolute against `folder`."""
    whole = (folder / Path(reference).expanduser()).resolve()
    if whole.is_dir() or "+" not in reference:
        return str(whole)
    base, _, adapter = reference.rpartition("+")
    return "+".join(str((folder / Path(p).expanduser()).resolve()) for p in (base, adapter))
