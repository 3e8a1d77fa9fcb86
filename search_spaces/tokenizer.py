"""The `tokenizer:` block of a recipe: which vocabulary the merged model has, and where the rows of
single tokens come from. Its YAML is mergekit's.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
    model_validator,
)

from search_spaces.values import Frozen

SOURCES = ("base", "union")


class ZeroRow(Frozen):
    """A row of zeros."""

    kind: Literal["zero"]


class ModelTokenRow(Frozen):
    """The row of another token of `model`, named by its text or by its number."""

    kind: Literal["model_token"]
    model: str
    token: str | None = None
    token_id: int | None = Field(default=None, ge=0, strict=True)

    @model_validator(mode="after")
    def _names_one_token(self) -> "ModelTokenRow":
        if (self.token is None) == (self.token_id is None):
            raise ValueError("give exactly one of 'token' and 'token_id'")
        return self


def _kind(source: Any) -> str | None:
    if isinstance(source, str):
        return "model"
    kind = source.get("kind") if isinstance(source, dict) else getattr(source, "kind", None)
    return kind if kind in ("zero", "model_token") else None


Row = Annotated[
    Annotated[str, Tag("model")]
    | Annotated[ModelTokenRow, Tag("model_token")]
    | Annotated[ZeroRow, Tag("zero")],
    Discriminator(
        _kind,
        custom_error_type="row_source",
        custom_error_message="expected a model, {kind: zero}, or {kind: model_token, model: ..., "
        "token or token_id: ...}",
    ),
]


class TokenRow(Frozen):
    """Where the row of a token comes from in models that lack it; with `force`, in all of them.

    Without a source, the rule for all other tokens holds.
    """

    source: Row | None = None
    force: bool = False

    @model_validator(mode="after")
    def _force_has_a_source(self) -> "TokenRow":
        if self.force and self.source is None:
            raise ValueError("'force' needs a 'source' to take the row from")
        return self

    @property
    def reference(self) -> str | None:
        """The model that the row is taken from; None for zeros and for the general rule."""
        return self.source.model if isinstance(self.source, ModelTokenRow) else _text(self.source)

    def renamed(self, name: Callable[[str], str]) -> "TokenRow":
        if isinstance(self.source, ModelTokenRow):
            source = self.source.model_copy(update={"model": name(self.source.model)})
            return self.model_copy(update={"source": source})
        if isinstance(self.source, str):
            return self.model_copy(update={"source": name(self.source)})
        return self


def _text(source: object) -> str | None:
    return source if isinstance(source, str) else None


def _or_empty(value: Any) -> Any:
    return {} if value is None else value


class TokenizerConfig(Frozen):
    """source: `base`, `union`, or a model whose vocabulary the merged model takes.

    tokens: token -> where its row comes from; a token of no model is added to the vocabulary.
    pad_to_multiple_of: the merged embedding gets so many rows more that this divides their number.
    """

    source: str = "union"
    tokens: Annotated[
        dict[Annotated[str, Field(min_length=1)], TokenRow], BeforeValidator(_or_empty)
    ] = Field(default_factory=dict)
    pad_to_multiple_of: int | None = Field(default=None, gt=0, strict=True)

    @model_serializer(mode="wrap")
    def _with_source(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """`source` is always said: `tokenizer: {}` would not tell a reader what it means."""
        found: dict[str, Any] = handler(self)
        return {"source": self.source} | found

    def references(self) -> tuple[str, ...]:
        """Every model that is named, each once, in order; `base` and `union` are none."""
        named = [self.source] if self.source not in SOURCES else []
        named += [r.reference for r in self.tokens.values() if r.reference is not None]
        return tuple(dict.fromkeys(named))

    def renamed(self, name: Callable[[str], str]) -> "TokenizerConfig":
        """The same block with every model reference passed through `name`."""
        source = self.source if self.source in SOURCES else name(self.source)
        tokens = {token: row.renamed(name) for token, row in self.tokens.items()}
        return self.model_copy(update={"source": source, "tokens": tokens})
