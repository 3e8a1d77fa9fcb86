"""Opens checkpoints: safetensors folders, models of the hub, or `base+adapter`. Reads headers and
samples, never torch.
"""

import hashlib
import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from search_spaces.errors import ParentError
from search_spaces.model_names import split_reference
from search_spaces.reading import CONFIG, HEADER, INDEX, TOKENIZER, Limits, load_json, read_bytes
from workers.hub import model_folder
from workers.lora import Adapter, open_adapter
from workers.trust import no_weights, refuse_code

ITEM_BYTES = {
    "F32": 4,
    "BF16": 2,
    "F16": 2,
    "F64": 8,
    "I64": 8,
    "I32": 4,
    "U8": 1,
    "I8": 1,
    "BOOL": 1,
}
FLOATS = ("F32", "BF16", "F16")
_SAMPLE_BYTES = 4096
_MOST_LAYERS = 10_000
_NOT_ARCHITECTURE = frozenset(
    {
        "_name_or_path",
        "auto_map",
        "transformers_version",
        "dtype",
        "torch_dtype",
        "architectures",
        "use_cache",
    }
    | {"bos_token_id", "eos_token_id", "pad_token_id", "initializer_range", "pretraining_tp"}
    | {"attention_dropout", "attn_pdrop", "embd_pdrop", "resid_pdrop", "hidden_dropout"}
)
_BLOCKS = 64
# Buffers that some old checkpoints store and transformers computes.
_COMPUTED = (
    ".rotary_emb.inv_freq",
    *(".attn.bias", ".attn.masked_bias"),
    *(".attention.bias", ".attention.masked_bias"),
)
_HEADS = ("lm_head.weight", "embed_out.weight")
_EMBEDDINGS = ("embed_tokens.weight", "wte.weight", "embed_in.weight", "word_embeddings.weight")
# Tensors with one row per token.
BY_TOKEN = (*_EMBEDDINGS, *_HEADS, "lm_head.bias", "embed_out.bias")


@dataclass(frozen=True)
class TensorHeader:
    """Where a tensor lies: `start` and `end` are byte offsets in `file`."""

    file: Path
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Parent:
    """A checkpoint that may be merged, verified by its headers.

    reference: the folder, or `base+adapter`; tensors: name -> header, of the base for an adapter.
    """

    reference: str
    folder: Path
    tensors: Mapping[str, TensorHeader]
    config: Mapping[str, Any]
    adapter: Adapter | None = None

    @cached_property
    def fingerprint(self) -> str:
        """32 hex digits over the architecture and names, dtypes, shapes and samples of all
        tensors.

        The same for any sharding of the same tensors and wherever they lie. Up to 64 blocks of 4
        KiB per tensor are read, evenly spaced, so it costs no full read of large weights.
        """
        digest = hashlib.blake2b(digest_size=16)
        digest.update(json.dumps(self.architecture, sort_keys=True, default=str).encode())
        handles: dict[Path, Any] = {}
        try:
            for name in sorted(self.tensors):
                header = self.tensors[name]
                digest.update(f"{name}|{header.dtype}|{header.shape}\n".encode())
                if header.file not in handles:
                    handles[header.file] = header.file.open("rb")
                for position in _sample_positions(header.start, header.end):
                    handles[header.file].seek(position)
                    digest.update(
                        handles[header.file].read(min(_SAMPLE_BYTES, header.end - position))
                    )
        finally:
            for handle in handles.values():
                handle.close()
        if self.adapter is not None:
            digest.update(self.adapter.digest.encode())
        return digest.hexdigest()

    @property
    def architecture(self) -> dict[str, Any]:
        """What of config.json decides the forward pass: all but names, versions, dtype, tokens."""
        return {
            k: v for k, v in self.config.items() if k not in _NOT_ARCHITECTURE and v is not None
        }

    @property
    def layers(self) -> int:
        """Number of transformer layers."""
        for key in ("num_hidden_layers", "n_layer"):
            found = self.config.get(key)
            if type(found) is int and 0 < found <= _MOST_LAYERS:
                return found
        raise ParentError(
            f"{self.folder / 'config.json'}: says no number of layers (num_hidden_layers), of 1 "
            f"to {_MOST_LAYERS:,}"
        )

    @property
    def parameters(self) -> int:
        """Number of stored parameters."""
        return sum(_count(h.shape) for h in self.tensors.values())

    @cached_property
    def vocabulary(self) -> str:
        """A digest of the token -> id table, so that parents can be compared."""
        path = self.folder / "tokenizer.json"
        if not path.exists():
            raise ParentError(
                f"{path}: missing; a parent needs its tokenizer (a fast one, tokenizer.json)"
            )
        table = read_json(path, TOKENIZER)
        model = table.get("model")
        if not isinstance(model, dict):
            raise ParentError(f"{path}: 'model' is no mapping; expected a fast tokenizer")
        words = {"model": model.get("vocab"), "added": table.get("added_tokens")}
        text = json.dumps(words, sort_keys=True, default=str)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def open_parent(reference: str) -> Parent:
    """reference: a folder with config.json and safetensors, `org/name@revision` of the hub, or
    `base+adapter` of such for LoRA.

    Raises: ParentError naming the file, what was expected and what was found.
    """
    path, _, adapter_path = split_reference(reference)
    folder = model_folder(path)
    if not folder.is_dir():
        raise ParentError(
            f"parent '{reference}': no folder {folder}; give a folder with config.json and "
            "safetensors, or a model of the Hugging Face hub, as org/name"
        )
    config = read_json(folder / "config.json")
    refuse_code(folder, config)
    tensors: dict[str, TensorHeader] = {}
    files, named = _weight_files(folder)
    for file in files:
        tensors.update(read_headers(file))
    for name, file in named.items():
        if name not in tensors or tensors[name].file != file:
            raise ParentError(
                f"{file}: lacks tensor '{name}', which model.safetensors.index.json names; "
                "copy the folder again"
            )
    tensors = {n: h for n, h in tensors.items() if not n.endswith(_COMPUTED)}
    _drop_tied_copy(config, tensors)
    for name, header in tensors.items():
        if header.dtype not in FLOATS:
            raise ParentError(
                f"{header.file}: tensor '{name}' has dtype {header.dtype:.40}; expected one of "
                f"{', '.join(FLOATS)}. "
                "Quantized checkpoints cannot be merged; use the original weights"
            )
    adapter = None
    if adapter_path:
        shapes = {n: h.shape for n, h in tensors.items()}
        adapter_folder = model_folder(adapter_path, "adapter")
        file = adapter_folder / "adapter_model.safetensors"
        if not file.exists() and adapter_folder.is_dir():
            raise no_weights(adapter_folder, file.name)
        headers = read_headers(file)
        adapter_shapes = {n: h.shape for n, h in headers.items()}
        adapter = open_adapter(adapter_folder, shapes, adapter_shapes, read_json)
    return Parent(reference, folder, tensors, config, adapter)


def problems_between(
    base: Parent, parents: Iterable[Parent], *, aligned: bool = False
) -> list[str]:
    """Everything that keeps `parents` from being merged onto `base`, a sentence each.

    aligned: the recipe makes one vocabulary of theirs, so these may differ.
    """
    problems = []
    for parent in parents:
        where = f"parent '{parent.reference}'"
        kind, expected = parent.config.get("model_type"), base.config.get("model_type")
        if kind != expected:
            problems.append(
                f"{where}: model_type is {kind}, the base's is {expected}; merge models of one "
                "architecture"
            )
            continue
        ours, theirs = base.architecture, parent.architecture
        if set(ours) != set(theirs):
            # One of them may spell out what is the architecture's default.
            ours, theirs = (_resolved(p, set(ours) | set(theirs)) for p in (base, parent))
        for key in sorted((set(ours) | set(theirs)) - ({"vocab_size"} if aligned else set())):
            found, wanted = theirs.get(key), ours.get(key)
            if found != wanted:
                problems.append(
                    f"{parent.folder / 'config.json'}: '{key}' is {found!r:.200}; the base's is "
                    f"{wanted!r:.200}, so the merged model would not compute what this parent does"
                )
        missing = sorted(set(base.tensors) - set(parent.tensors))
        extra = sorted(set(parent.tensors) - set(base.tensors))
        if missing:
            problems.append(
                f"{where}: lacks tensor '{missing[0]}' of the base ({len(missing)} in all)"
            )
        if extra:
            problems.append(
                f"{where}: has tensor '{extra[0]}' that the base lacks ({len(extra)} in all)"
            )
        for name in sorted(set(base.tensors) & set(parent.tensors)):
            found, wanted = parent.tensors[name].shape, base.tensors[name].shape
            if aligned and found[1:] == wanted[1:] and name.endswith(BY_TOKEN):
                continue
            if found != wanted:
                file = parent.tensors[name].file
                problems.append(
                    f"{file}: tensor '{name}' has shape {list(found)}; the base's is "
                    f"{list(wanted)}"
                )
                break
        if not aligned and parent.vocabulary != base.vocabulary:
            problems.append(
                f"{parent.folder / 'tokenizer.json'}: another vocabulary than the base's; "
                "token ids would mean different words. A recipe with tokenizer_source (base, "
                "union or a model) aligns them"
            )
    return problems


def _resolved(parent: Parent, keys: set[str]) -> dict[str, Any]:
    """`architecture` with the defaults that transformers fills in, where it knows the model."""
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(
            parent.folder, local_files_only=True, trust_remote_code=False
        )
    except Exception:  # whatever the library raises of a strange file
        return parent.architecture
    filled = config.to_dict()
    known = {key: filled[key] for key in keys if filled.get(key) is not None}
    return parent.architecture | {k: v for k, v in known.items() if k not in parent.architecture}


def read_json(path: Path, limits: Limits = CONFIG) -> dict[str, Any]:
    """Raises: ParentError where the file is missing, too large or not a JSON object."""
    try:
        found = load_json(read_bytes(path, limits, ParentError), str(path), limits, ParentError)
    except FileNotFoundError:
        raise ParentError(f"{path}: missing") from None
    except OSError as error:
        raise ParentError(f"{path}: cannot be read: {error.strerror}") from None
    if not isinstance(found, dict):
        raise ParentError(f"{path}: expected a JSON object, found {type(found).__name__}")
    return found


def read_headers(file: Path) -> dict[str, TensorHeader]:
    """The header of one safetensors file, held against the file's size.

    Raises: ParentError for a file that is missing, truncated or corrupt.
    """
    try:
        size = file.stat().st_size
        with file.open("rb") as handle:
            head = handle.read(8)
            (length,) = struct.unpack("<Q", head) if len(head) == 8 else (size,)
            if length > min(size - 8, HEADER.bytes):
                raise ParentError(
                    f"{file}: not a safetensors file, or cut off in its header ({size} bytes)"
                )
            text = handle.read(length)
    except FileNotFoundError:
        raise ParentError(f"{file}: missing") from None
    except OSError as error:
        raise ParentError(f"{file}: cannot be read: {error.strerror}") from None
    table = load_json(text, f"{file}: its safetensors header", HEADER, ParentError)
    if not isinstance(table, dict):
        raise ParentError(f"{file}: its safetensors header is no table; copy the file again")
    found = {}
    for name, entry in table.items():
        if name == "__metadata__":
            continue
        header = _header(file, entry, 8 + length)
        if header is None:
            raise ParentError(
                f"{file}: tensor '{name}' has a damaged header entry: {entry!r:.200}; copy the "
                "file again"
            )
        start, end = header.start, header.end
        wanted = _count(header.shape) * ITEM_BYTES.get(header.dtype, 0)
        if header.dtype in ITEM_BYTES and end - start != wanted:
            raise ParentError(
                f"{file}: tensor '{name}' needs {wanted} bytes, its header says {end - start}"
            )
        if end > size:
            raise ParentError(
                f"{file}: cut off: tensor '{name}' ends at byte {end}, the file has {size}; copy "
                "the file again"
            )
        found[name] = header
    return found


def _header(file: Path, entry: Any, data: int) -> TensorHeader | None:
    """An entry of a header, data: where the tensors begin; None for what is none."""
    if not isinstance(entry, dict):
        return None
    dtype, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not (isinstance(dtype, str) and isinstance(shape, list) and isinstance(offsets, list)):
        return None
    if not all(type(n) is int and n >= 0 for n in [*shape, *offsets]):
        return None
    if len(offsets) != 2 or offsets[0] > offsets[1]:
        return None
    return TensorHeader(file, dtype, tuple(shape), data + offsets[0], data + offsets[1])


def _drop_tied_copy(config: Mapping[str, Any], tensors: dict[str, TensorHeader]) -> None:
    """A tied head is the embedding: a stored copy of it is dropped, and refused where it
    differs.
    """
    heads = [n for n in tensors if n.endswith(_HEADS)]
    names = [n for n in tensors if n.endswith(_EMBEDDINGS)]
    if not heads or not names or not _is_tied(config):
        return
    head, twin = tensors[heads[0]], tensors[names[0]]
    if _bytes_of(head) != _bytes_of(twin):
        raise ParentError(
            f"{head.file}: config.json ties the embeddings, but '{heads[0]}' and "
            f"'{names[0]}' differ; set tie_word_embeddings to false there"
        )
    del tensors[heads[0]]


def _is_tied(config: Mapping[str, Any]) -> bool:
    """What config.json says of tied embeddings; where it is silent, the architecture's default."""
    said = config.get("tie_word_embeddings")
    if said is not None:
        return bool(said)
    from transformers import CONFIG_MAPPING

    kind = config.get("model_type")
    return (
        isinstance(kind, str)
        and kind in CONFIG_MAPPING
        and bool(getattr(CONFIG_MAPPING[kind], "tie_word_embeddings", False))
    )


def _bytes_of(header: TensorHeader) -> bytes:
    with header.file.open("rb") as handle:
        handle.seek(header.start)
        return handle.read(header.end - header.start)


def _weight_files(folder: Path) -> tuple[list[Path], dict[str, Path]]:
    """(files, tensor -> file where an index says so)."""
    index = folder / "model.safetensors.index.json"
    if index.exists():
        weight_map = read_json(index, INDEX).get("weight_map")
        if not isinstance(weight_map, dict):
            raise ParentError(f"{index}: has no weight_map")
        for name in weight_map.values():
            if not isinstance(name, str) or Path(name).name != name or len(name) > 255:
                raise ParentError(
                    f"{index}: names {name!r:.80} as a shard; expected the name of a file beside "
                    "it"
                )
        named = {str(t): folder / name for t, name in weight_map.items()}
        files = sorted(set(named.values()))
        for file in files:
            if not file.exists():
                raise ParentError(f"{file}: missing shard; {index.name} names it")
        return files, named
    single = folder / "model.safetensors"
    if single.exists():
        return [single], {}
    raise no_weights(folder, single.name)


def _count(shape: tuple[int, ...]) -> int:
    total = 1
    for side in shape:
        total *= side
    return total


def _sample_positions(start: int, end: int) -> list[int]:
    last = max(start, end - _SAMPLE_BYTES)
    blocks = min(_BLOCKS, (end - start) // _SAMPLE_BYTES + 1)
    return sorted({start + (last - start) * i // max(1, blocks - 1) for i in range(blocks)})
