"""Others' text without the characters that hide, move or recolour what stands beside it."""

import re

# Control characters but tab and line end (a terminal obeys them), marks that turn the direction
# of what follows (CVE-2021-42574), invisible twins of ASCII, and halves of characters.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Each of these characters as the one that stands for what cannot be shown."""
    return _HIDDEN.sub("\ufffd", text)
