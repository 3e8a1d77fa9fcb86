"""The running search as it goes: how far it is, what it found, who works, what failed."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st

from evolve.pricing import money
from evolve.visible import visible
from ui import at_work, commands, figures, phases, queries, states
from ui.charts.frame import CONFIG
from ui.charts.racing import saved
from ui.charts.sample import MOST, ended
from ui.charts.scores import best_references
from ui.formats import duration, plain, score
from ui.page import badge, of_search
from ui.palette import NAMES
from ui.queries import Known, Store

_CAPTION = "A search as it goes; while it runs, the page follows it every two seconds."
_ATTEMPTS = 120
_REASONS = 6
_FAILING = ("optimizer", "base", "parent", "plain", "one_scale", "start", "mean")
_SHARE = st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100)


def _body(store: Store, known: Known) -> None:
    _in_places(
        lambda: _header(known),
        lambda: _under_way(known) if known.search.state == "running" else _over(store, known),
        lambda: _metrics(known),
        lambda: _scores(known),
    )


def _rest(store: Store, known: Known) -> None:
    """What changes slowly, or is looked at less."""
    if not len(known.trials):
        return
    _in_places(
        lambda: _racing(known),
        lambda: _failures(store, known),
        lambda: _workers(store, known),
    )


def _in_places(*parts: Callable[[], None]) -> None:
    """A container each, so that a warning that comes or goes does not move the charts below it to
    another place in the page, where they would be made anew.
    """
    for part in parts:
        with st.container():
            part()


def _header(known: Known) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(known.search.name), anchor=False, width="content")
        badge(known)


def _under_way(known: Known) -> None:
    now, phase = known.summary["progress"], phases.phase(known)
    if now["budget"] is None:
        st.markdown(phase)
    else:
        st.progress(min(1.0, (now["trials"] + now["failed"]) / now["budget"]), text=phase)
    wish, quiet = phases.wished(known.search), phases.quiet_s(known)
    if quiet is None:  # else nobody knows
        st.caption(plain(phases.ending(known)))
    if wish is not None:
        st.info(wish, icon=":material/pause_circle:")
    if quiet is not None:
        states.silent(quiet, known.search.holder)


def _over(store: Store, known: Known) -> None:
    """A search that does not run: what it came to, or how it goes on."""
    search = known.search
    if search.state == "finished":
        st.info("This search has finished.", icon=":material/check_circle:")
        st.page_link(
            "views/verdict.py",
            label="What it came to: its verdict",
            icon=":material/arrow_forward:",
            query_params={"search": search.digest},
        )
        return
    st.warning(
        f"This search has {plain(search.state)} before its verdict. Nothing that was recorded is "
        "lost; it goes on where it ended with the command below, or from the page Searches.",
        icon=":material/pause_circle:",
    )
    where = None if store.url == queries.DEFAULT_URL else queries.shown_url(store.url)
    st.code(commands.shown_control(["resume"], search.digest[:8], where), language="bash")


def _metrics(known: Known) -> None:
    now, running = known.summary["progress"], known.search.state == "running"
    rate, whole = now["trials_per_hour"], now["budget"]
    counted = f"{now['trials'] + now['failed']:,}"
    cells: dict[str, tuple[str, str | None, str | None]] = {
        "Trials": (
            counted if whole is None else f"{counted} of {whole:,}",
            None,
            "recipes that were tried, of the budget if any",
        ),
        "Stopped early": (
            f"{now['pruned']:,}",
            None,
            "trials that were judged by a part of the search items, to save time",
        ),
        "Failed": (f"{now['failed']:,}", None, "trials without a score; the reasons are below"),
        "Best search score": (_best(known), _lead(known), _BEST),
        "Trials per hour": ("—" if rate is None else f"{rate:,.0f}", None, None),
    }
    spent = duration(known.search.active_s)
    if running:
        left = now["seconds_left"] if phases.quiet_s(known) is None else None
        cells["Time left"] = (duration(left), None, f"{spent} spent so far")
    else:
        cells["Time spent"] = (spent, None, None)
    cells |= _cost(now)
    with st.container(horizontal=True, gap="medium"):
        for label, (value, delta, meaning) in cells.items():
            st.metric(
                label,
                plain(value),
                delta,
                delta_color="off",
                delta_description=None if delta is None else "against the references",
                help=None if meaning is None else plain(meaning),
                width="content",
            )


_BEST = (
    "of a single trial that was scored in full, on the items that guide the search; it flatters. "
    "Below it: how far that is from the best of what recipes have to beat"
)


def _best(known: Known) -> str:
    best = known.trials.tally.best
    if best is None:
        return "—"
    position = int(known.trials.number.searchsorted(best[0]))
    error = float(known.trials.error[position])
    return score(best[1]) + ("" if error != error else f" ± {error:.3f}")


def _lead(known: Known) -> str | None:
    """Of the best trial over the best reference, on search items."""
    best, rivals = known.trials.tally.best, best_references(known.others)
    if best is None or not rivals:
        return None
    return f"{best[1] - max(t.fitness or 0.0 for t in rivals):+.3f}"


def _cost(now: Mapping[str, Any]) -> dict[str, tuple[str, str | None, str | None]]:
    """Spent, projected and per trial; nothing where the price of a worker is not known."""
    spent, each = now["usd_spent"], now["usd_per_trial"]
    if spent is None:
        return {}
    whole = f" of about {money(now['usd_projected'])}" if now["usd_left"] else ""
    trial = "" if each is None else f"; {money(each)} per trial"
    meaning = f"{now['worker_hours']:.3g} hours of workers at {money(now['usd_per_hour'])}{trial}"
    return {"Cost": (f"{money(spent)}{whole}", None, meaning)}


def _scores(known: Known) -> None:
    if not len(known.trials):
        return
    st.subheader("Score by trial", anchor=False)
    if not len(known.trials.where()):
        st.caption("No recipe has been tried yet: these are scored first, to be beaten.")
        _rivals(known)
        return
    chosen = known.summary["chosen"]
    chart = figures.score_chart(
        known.trials,
        known.others,
        chosen=None if chosen is None else chosen["trial"],
        budget=_budget(known),
    )
    st.plotly_chart(chart, config=CONFIG, key=f"scores-{known.search.id}")
    count = len(ended(known.trials))
    if count > MOST:
        st.caption(f"{MOST:,} of {count:,} trials are drawn; the line counts all.")


def _rivals(known: Known) -> None:
    lines = [
        {
            "model": visible(t.name),
            "what it is": NAMES.get(t.origin, t.origin),
            "search score": t.fitness,
            "state": "failed" if t.state == "failed" else "…" if t.state == "asked" else "scored",
        }
        for t in known.others
    ]
    columns = {"search score": st.column_config.NumberColumn(format="%.3f")}
    st.dataframe(
        pd.DataFrame(lines), hide_index=True, column_config=columns, placeholder="—", key="rivals"
    )


def _racing(known: Known) -> None:
    """Where racing is on, or was."""
    method = known.search.config.get("racing", {}).get("method", "off")
    tally = known.trials.tally
    if not tally.scored or (method == "off" and not tally.pruned):
        return
    st.subheader("Items by trial", anchor=False)
    st.caption(plain(saved(known.trials)))
    if tally.pruned:
        chart = figures.racing_chart(known.trials, budget=_budget(known))
        st.plotly_chart(chart, config=CONFIG, key=f"racing-{known.search.id}")


def _budget(known: Known) -> int | None:
    """Of the optimizer, while it may still ask."""
    budget: int | None = known.summary["progress"]["budget"]
    return budget if known.search.state == "running" else None


def _failures(store: Store, known: Known) -> None:
    if not known.trials.where(states=("failed",), origins=_FAILING).size:
        return
    st.subheader("Why trials failed", anchor=False)
    st.caption("A failed trial costs its time and nothing else; the search goes on.")
    reasons = store.reader.reasons(known.search.id, _REASONS + 1)
    for reason, count in reasons[:_REASONS]:
        times = f"{count:,} times: " if count > 1 else ""
        st.text(visible(times + reason))
    if len(reasons) > _REASONS:
        st.caption(f"The {_REASONS} most frequent reasons; the page Trials has all.")


def _workers(store: Store, known: Known) -> None:
    attempts = store.reader.newest_attempts(known.search.id, _ATTEMPTS)
    st.subheader("Workers", anchor=False)
    if not attempts:
        st.caption("No worker has been given anything yet.")
        return
    running = known.search.state == "running"
    # Up to the driver's last word: a chart that is the same as before is not drawn anew.
    written = known.search.updated_at
    end = written if running else at_work.last_moment(attempts, written)
    numbers = store.reader.numbers_of({a.trial_id for a in attempts})
    busy = sum(a.state == "running" for a in attempts)
    st.caption(_lately(len(attempts), busy if running else 0))
    chart = figures.worker_chart(attempts, numbers, end, _zone())
    st.plotly_chart(chart, config=CONFIG, key=f"workers-{known.search.id}")
    now = datetime.now(UTC) if running else end
    frame = at_work.workers(attempts, now)
    if frame.empty:
        return
    frame["busy"] *= 100
    frame["last seen"] = [_ago(now, seen) for seen in frame["last seen"]]
    if not running:
        frame = frame.drop(columns=["state", "last seen"])
    st.dataframe(
        frame,
        hide_index=True,
        placeholder="—",
        column_config={
            "busy": _SHARE,
            "s per attempt": st.column_config.NumberColumn(format="%.1f"),
        },
        key=f"at-work-{known.search.id}",
    )


def _lately(attempts: int, busy: int) -> str:
    said = f"The last {attempts:,} attempts; an attempt is one trial on one worker."
    return said if not busy else f"{said} {busy:,} under way."


def _ago(now: datetime, seen: datetime) -> str:
    return f"{duration(max(0.0, (now - seen).total_seconds()))} ago"


def _zone() -> ZoneInfo:
    """Of whoever looks."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


of_search("Live", _CAPTION, _body, rest=_rest, live=True)
