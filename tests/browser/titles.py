"""The pages: their addresses, and what the navigation and their titles call them."""

PAGES = {
    "searches": "Searches",
    "new": "New search",
    "live": "Live",
    "trials": "Trials",
    "tree": "Family tree",
    "recipe": "Recipe",
    "verdict": "Verdict",
    "export": "Export",
}
