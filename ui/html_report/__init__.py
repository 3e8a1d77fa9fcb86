"""A search as one HTML file that asks no network: for a mail, an archive, a printer.

found.py      what it is made of, read once
parts.py      paragraphs, facts, tables, code, charts -> HTML; all text of others is escaped here
sections.py   what it says: a list of sections, each of which may have nothing to say
findings.py   sections on what was found; making.py: on how it was searched and is made again;
              weights.py: on the recipe over layers and tasks
page.py       sections -> the file, with its table of contents and its rules for the browser
page.css page.js   its look, in light, dark and print; its charts
"""

from ui.html_report.found import Found, read
from ui.html_report.page import page

__all__ = ["Found", "page", "read"]
