"""Downloads of the family tree as it is shown; made when somebody asks for one."""

from collections.abc import Callable

import streamlit as st

from evolve.ancestry.graphml import as_graphml
from evolve.ancestry.mermaid import as_mermaid
from evolve.ancestry.pedigree import Pedigree
from evolve.ancestry.section import as_section
from evolve.ancestry.svg import as_svg

_FORMATS: tuple[tuple[str, str, str, Callable[[Pedigree], str]], ...] = (
    ("SVG", "family.svg", "image/svg+xml", as_svg),
    ("Mermaid", "family.mmd", "text/plain", as_mermaid),
    ("GraphML", "family.graphml", "application/xml", as_graphml),
    ("Model card section", "family.md", "text/markdown", as_section),
)


def draw(shown: Pedigree) -> None:
    """A button per format."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Download what is shown:", width="content")
        for label, name, mime, write in _FORMATS:
            st.download_button(
                label,
                lambda write=write: write(shown).encode("utf-8"),  # type: ignore[misc]
                file_name=name,
                mime=mime,
                key=f"download {name}",
                on_click="ignore",
                icon=":material/download:",
                type="tertiary",
            )
