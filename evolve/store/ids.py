"""Ids that the driver gives by itself, so that what a turn writes need not come back from the
database first, and the same row written twice is the same row.
"""

_PER_SEARCH = 10**9
_MODEL_DIGITS = 13  # 52 bits: exact in JavaScript and in JSON


def row_id(search_id: int, number: int) -> int:
    """Of a search's trial or attempt by its number, from 0."""
    return search_id * _PER_SEARCH + number


def number_of(row: int) -> int:
    """What `row_id` was made from; rows older than this rule have ids below 10**9."""
    return row % _PER_SEARCH


def model_id(digest: str) -> int:
    """Of a model by its digest (hexadecimal). Two of a million share one with a chance of 1e-4;
    the database then refuses the second.
    """
    return int(digest[:_MODEL_DIGITS], 16) + _PER_SEARCH
