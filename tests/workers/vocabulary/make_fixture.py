"""Writes mergekit.json: what mergekit makes of the cases.

In an environment with mergekit 0.1.5: python tests/workers/vocabulary/make_fixture.py
"""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from cases import CASES, MODELS, embedding, with_folders, write_model
from mergekit.config import MergeConfiguration
from mergekit.merge import run_merge
from mergekit.options import MergeOptions
from mergekit.tokenizer.build import build_tokenizer
from mergekit.tokenizer.embed import PermutedVocabulary
from safetensors.torch import load_file


def configuration(case: str, folder: Path) -> dict:
    models, has_base, tokenizer = CASES[case]
    weights = [{"model": str(folder / m), "parameters": {"weight": 1.0}} for m in models]
    recipe = {"models": weights, "merge_method": "linear", "dtype": "float32"}
    if has_base:
        recipe["base_model"] = str(folder / models[0])
    return recipe | {"tokenizer": with_folders(tokenizer, folder)}


def made(case: str, folder: Path) -> dict:
    """tokens of the merged tokenizer, and the aligned embedding of every model, by token."""
    config = MergeConfiguration.model_validate(configuration(case, folder))
    tokens = config.tokenizer.tokens or {}
    info = build_tokenizer(
        config.base_model,
        config.referenced_models(),
        config.tokenizer.source,
        False,
        list(tokens),
    )
    task = PermutedVocabulary.model_construct(
        tokens=tokens,
        pad_to_multiple_of=config.tokenizer.pad_to_multiple_of,
        base_model=config.base_model,
        vocabulary_axis=0,
    )
    references = [m.model for m in config.models]
    found = task.execute(
        tokenizer_info=info,
        tensors={r: embedding(Path(r.model.path).name) for r in references},
    )
    vocabulary = info.tokenizer.get_vocab()
    aligned = {}
    for reference, tensor in found.items():
        rows = tensor.tolist()
        name = Path(reference.model.path).name
        aligned[name] = {token: rows[row] for token, row in sorted(vocabulary.items())}
        if len(rows) > len(vocabulary):
            aligned[name][""] = rows[-1]
    added = info.tokenizer.added_tokens_decoder.values()
    return {
        "size": len(rows),
        "rows": aligned,
        # without a base it takes the tokenizer of any model, another one every time
        "added": {t.content: [t.special, t.normalized] for t in added if config.base_model},
        "merged": merged(case, folder),
    }


def merged(case: str, folder: Path) -> dict:
    """The embedding of the whole merge, by token, through the files that mergekit writes."""
    with tempfile.TemporaryDirectory() as out:
        config = MergeConfiguration.model_validate(configuration(case, folder))
        run_merge(config, out, MergeOptions(write_model_card=False, quiet=True))
        from transformers import AutoTokenizer

        tokens = AutoTokenizer.from_pretrained(out).get_vocab()
        tensors = {}
        for file in Path(out).glob("*.safetensors"):
            tensors |= load_file(file)
        rows = tensors["model.embed_tokens.weight"].tolist()
        size = json.loads((Path(out) / "config.json").read_text())["vocab_size"]
        in_reach = {t: rows[i] for t, i in sorted(tokens.items()) if i < len(rows)}
        return {"vocab_size": size, "rows": in_reach}


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        for name in (*MODELS, "base2"):
            write_model(folder / name, name)
        found = {}
        for case in CASES:
            found[case] = made(case, folder)
    path = Path(__file__).parent / "mergekit.json"
    path.write_text(
        json.dumps(found, sort_keys=True, separators=(",", ":")) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
