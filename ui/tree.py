"""Which models of the family tree are shown; the rest is folded by search and generation.

Pure. Of a selected model its ancestors are shown, and of all others a node per generation.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from evolve.ancestry.pedigree import FOLDED, Edge, Node, Pedigree, generations

VIEWS = ("all", "ancestors", "descendants", "family")
LIMITS = (100, 1_000, 10_000)  # of a folded node that is unfolded
MOST_NAMED = 60  # models beside candidates, before they are folded by generation
_MERGES = ("candidate", "best", "chosen", "exported")
_GENERATION = 10**6  # ids of folded generations begin below this, those of searches above


@dataclass(frozen=True)
class Known:
    """What was read. nodes: by model id; edges: into them, also from models that were not read;
    searches: id -> name; counts: search id -> its candidates; parents: search id -> its base and
    parents; home: of candidates that were not read the search.
    """

    nodes: dict[int, Node]
    edges: tuple[Edge, ...]
    searches: dict[int, str]
    counts: dict[int, int]
    parents: dict[int, tuple[int, ...]]
    home: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Wish:
    """What a visitor wants to see. view: of `VIEWS`; unfolded: id of a folded node -> how many of
    it; ancestors, descendants: of the selected model, as far as they have to be read.
    """

    selected: int | None = None
    view: str = "all"
    unfolded: Mapping[int, int] = field(default_factory=dict)
    ancestors: frozenset[int] = frozenset()
    descendants: frozenset[int] = frozenset()

    def ids(self) -> set[int]:
        """The models that have to be there because of the selected one."""
        if self.selected is None:
            return set()
        found = {self.selected}
        if self.view != "descendants":
            found |= self.ancestors
        if self.view in ("descendants", "family"):
            found |= self.descendants
        return found


@dataclass(frozen=True)
class Fold:
    """Models folded into one node. id: negative; total: with those that are unfolded."""

    id: int
    name: str
    total: int


@dataclass(frozen=True)
class Tree:
    """What is drawn. folds: what can be unfolded or folded again; near: the selected model with
    its relatives, None where nothing is selected or nothing else is shown.
    """

    shown: Pedigree
    folds: tuple[Fold, ...]
    near: frozenset[int] | None


def search_fold(search_id: int) -> int:
    """The id of the node that stands for a search's candidates."""
    return -search_id


def fold_of(fold_id: int) -> int:
    """The search whose candidates a node stands for; 0 for folded generations."""
    return -fold_id if -fold_id < _GENERATION else 0


def grown(known: Known, wish: Wish) -> Tree:
    """known: with all models that the wish asks for."""
    relatives = _relatives(known, wish)
    asked: set[int] = {
        "all": set[int](),
        "ancestors": {1},
        "descendants": {-1},
        "family": {1, -1},
    }[wish.view]
    alone = {i for i, side in relatives.items() if side in asked or i == wish.selected}
    kept = {i for i in relatives if not asked or i in alone}
    folds, home = _old_generations(known, kept, wish)
    nodes = {i: n for i, n in known.nodes.items() if i not in home}
    folds += _searches(known)
    home |= {i: search_fold(s) for i, s in known.home.items() if i not in nodes}
    opened = {i for i, limit in wish.unfolded.items() if limit >= _total(folds, i)}
    left = _left([f for f in folds if f.id not in opened], nodes, home)
    edges = _contracted(known.edges, nodes, home, left)
    edges += _into_searches(known, nodes, home, left)
    if wish.selected in nodes and wish.view == "ancestors":
        return _with_the_rest({**nodes, **left}, edges, frozenset(alone), wish.selected)
    if wish.selected in nodes and asked:
        nodes = {i: n for i, n in nodes.items() if i in alone}
        left = {i: n for i, n in left.items() if i in alone}
        edges = [e for e in edges if {e.parent, e.child} <= nodes.keys() | left.keys()]
        folds = [f for f in folds if f.id in alone]
    shown = Pedigree({**nodes, **left}, tuple(edges), wish.selected)
    near = None if wish.selected not in nodes or asked else frozenset(relatives)
    return Tree(shown, tuple(folds), near)


def _with_the_rest(
    nodes: dict[int, Node], edges: list[Edge], kept: frozenset[int], selected: int | None
) -> Tree:
    """`kept` as they are, and what else there is in one node per generation."""
    depth = generations(nodes, [(e.parent, e.child) for e in edges])
    home = {i: -(2 * _GENERATION + depth[i]) for i in nodes if i not in kept}
    counts: Counter[int] = Counter()
    for i, fold in home.items():
        counts[fold] += nodes[i].count or 1
    rest = {
        fold: Node(fold, f"{count:,} {'others' if count > 1 else 'other'}", FOLDED, count=count)
        for fold, count in counts.items()
    }
    own = {i: node for i, node in nodes.items() if i in kept}
    shown = Pedigree({**own, **rest}, tuple(_contracted(edges, own, home, rest)), selected)
    return Tree(shown, (), kept)


def is_rest(fold_id: int) -> bool:
    """Does a node stand for a generation of those that are not the selected one's ancestors?"""
    return fold_id <= -2 * _GENERATION


def _relatives(known: Known, wish: Wish) -> dict[int, int]:
    """The selected model (0), its ancestors (1) and its descendants (-1), folds of searches among
    the latter; of a cycle's models, which are both, ancestors.
    """
    if wish.selected is None:
        return {}
    children: dict[int, set[int]] = {}
    for edge in known.edges:
        ends = []
        for i in (edge.parent, edge.child):
            ends.append(i if i in known.nodes else search_fold(known.home.get(i, 0)))
        children.setdefault(ends[0], set()).add(ends[1])
    for search, parents in known.parents.items():
        for parent in parents:
            children.setdefault(parent, set()).add(search_fold(search))
    reached, waiting = set(wish.descendants), [wish.selected, *wish.descendants]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in reached:
                reached.add(child)
                waiting.append(child)
    found = dict.fromkeys(reached - {0}, -1) | dict.fromkeys(wish.ancestors, 1)
    return found | {wish.selected: 0}


def _old_generations(
    known: Known, kept: Iterable[int], wish: Wish
) -> tuple[list[Fold], dict[int, int]]:
    """(folded generations, model -> its fold), where there are very many checkpoints."""
    nodes = known.nodes
    plain = [i for i, n in nodes.items() if n.role in ("imported", "parent", "base")]
    if len(plain) <= MOST_NAMED:
        return [], {}
    ends = [(e.parent, e.child) for e in known.edges if e.parent in nodes and e.child in nodes]
    depth = generations(nodes, ends)
    used = {p for parents in known.parents.values() for p in parents} | set(kept)
    groups: dict[int, list[int]] = {}
    for i in plain:
        if i not in used:
            groups.setdefault(depth[i], []).append(i)
    folds: list[Fold] = []
    home: dict[int, int] = {}
    for generation, members in sorted(groups.items()):
        fold = -(_GENERATION + generation)
        folds.append(Fold(fold, f"models of generation {generation}", len(members)))
        limit = wish.unfolded.get(fold, 0)
        members.sort(key=lambda i: nodes[i].name)
        home |= dict.fromkeys(members[limit:], fold)
    return folds, home


def _searches(known: Known) -> list[Fold]:
    return [
        Fold(search_fold(s), _of_search(known, s), count)
        for s, count in known.counts.items()
        if count
    ]


def _of_search(known: Known, search_id: int) -> str:
    return f"candidates of '{known.searches.get(search_id, search_id)}'"


def _left(
    folds: Iterable[Fold], nodes: Mapping[int, Node], home: Mapping[int, int]
) -> dict[int, Node]:
    """The nodes of what is folded still."""
    inside = Counter(home.values())
    seen = Counter(
        search_fold(n.search_id) for n in nodes.values() if n.role in _MERGES and n.search_id
    )
    found = {}
    for fold in folds:
        search = fold_of(fold.id)
        count = fold.total - seen[fold.id] if search else inside[fold.id]
        if count > 0:
            many = fold.name if count > 1 else fold.name.replace("s of", " of", 1)
            made = Node(fold.id, f"{count:,} {many}", FOLDED, count=count)
            found[fold.id] = replace(made, search_id=search or None, search=_quoted(fold.name))
    return found


def _total(folds: Iterable[Fold], fold_id: int) -> int:
    """In trials, of which several may be of one model."""
    return next((f.total for f in folds if f.id == fold_id), 0)


def _quoted(name: str) -> str | None:
    return name.partition(" of '")[2][:-1] or None


def _contracted(
    edges: Iterable[Edge],
    nodes: Mapping[int, Node],
    home: Mapping[int, int],
    left: Mapping[int, Node],
) -> list[Edge]:
    """Edges between what is shown; those of folded models are edges of their fold."""
    found: dict[tuple[int, int], Edge] = {}
    for edge in edges:
        parent, child = (i if i in nodes else home.get(i, 0) for i in (edge.parent, edge.child))
        if (parent, child) == (edge.parent, edge.child):
            found[parent, child] = edge
            continue
        there = all(i in nodes or i in left for i in (parent, child))
        if there and parent != child:
            role = edge.role if edge.weight is None else "merge"
            found.setdefault((parent, child), Edge(parent, child, role))
    return list(found.values())


def _into_searches(
    known: Known, nodes: Mapping[int, Node], home: Mapping[int, int], left: Mapping[int, Node]
) -> list[Edge]:
    """From a search's base and parents to its folded candidates."""
    found = []
    for search, parents in known.parents.items():
        for i in dict.fromkeys(p if p in nodes else home.get(p, 0) for p in parents):
            if search_fold(search) in left and (i in nodes or i in left):
                is_base = i in nodes and nodes[i].role == "base"
                found.append(Edge(i, search_fold(search), "base" if is_base else "merge"))
    return found
