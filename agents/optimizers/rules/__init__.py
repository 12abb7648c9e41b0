"""Rewrite rules: sound rewrites of known slow Python patterns, as sites that can be switched on.

A rule finds the places of a module where its rewrite keeps the behaviour (`find_sites`); any
subset of them can be carried out (`apply_sites`). Each rule is a file with its precondition and
its examples. Where it isn't sure, a rule does not fire; what all rules assume is in `base`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.any_all import AnyAll
from strop.agents.optimizers.rules.base import Match, Rule
from strop.agents.optimizers.rules.bindings import split_lines
from strop.agents.optimizers.rules.cache_recursion import CacheRecursion
from strop.agents.optimizers.rules.commit_once import CommitOnce
from strop.agents.optimizers.rules.compiled_pattern import CompiledPattern
from strop.agents.optimizers.rules.copy_membership import CopyMembership
from strop.agents.optimizers.rules.dedupe import Dedupe
from strop.agents.optimizers.rules.deque_queue import DequeQueue
from strop.agents.optimizers.rules.grow_in_place import GrowInPlace
from strop.agents.optimizers.rules.hoist_call import HoistCall
from strop.agents.optimizers.rules.join_text import JoinText
from strop.agents.optimizers.rules.list_lookup import CountLookup, IndexLookup, MembershipSet
from strop.agents.optimizers.rules.nested_join import NestedJoin
from strop.agents.optimizers.rules.rewriter import Position, Rewriter, start_of
from strop.agents.optimizers.rules.seen_set import SeenSet
from strop.agents.optimizers.rules.smallest import Smallest

__all__ = ["RULES", "Rule", "Site", "apply_sites", "find_sites"]

RULES: tuple[Rule, ...] = (
    MembershipSet(),
    CountLookup(),
    IndexLookup(),
    SeenSet(),
    Dedupe(),
    CopyMembership(),
    NestedJoin(),
    DequeQueue(),
    GrowInPlace(),
    JoinText(),
    HoistCall(),
    CompiledPattern(),
    CacheRecursion(),
    Smallest(),
    AnyAll(),
    CommitOnce(),
)


@dataclass(frozen=True)
class Site:
    """One place where one rule can be applied."""

    rule: str
    key: str  # rule:qualified function:ordinal; unique and stable within one source text
    function: str  # qualified name of the enclosing function, "<module>" at top level
    line: int  # of the statement concerned, from 1
    end_line: int  # its last line
    summary: str  # one sentence on what would change here


@dataclass(frozen=True)
class _Found:
    site: Site
    rule: Rule
    place: Position
    detail: str


def find_sites(source: str) -> list[Site]:
    """Return where rules can be applied, by line; empty for a source that does not parse."""
    return list(_sites(source))


@lru_cache(maxsize=256)  # every optimizer that knows of rules asks for the same files
def _sites(source: str) -> tuple[Site, ...]:
    return tuple(found.site for found in _find(source))


def apply_sites(source: str, keys: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """Apply the sites with these keys; return the new source and the keys that were really applied.

    Sites are applied one after the other, in the order of `find_sites`. One that another rewrite
    has made impossible is left out, as is a key that names no site. A source that cannot be
    parsed comes back as it is.
    """
    wanted = [found for found in _find(source) if found.site.key in keys]
    if not wanted:
        return source, ()
    rewriter = Rewriter(source)
    places: dict[str, Position] = {found.site.key: found.place for found in wanted}
    applied = []
    code: Code | None = None
    for found in wanted:
        place = places.pop(found.site.key, None)
        if code is None or code.source != rewriter.source:
            code = Code(rewriter.source)
        match = None if place is None else _match_at(found, code, place)
        if match is None:
            continue
        moved = rewriter.apply(match.edits, code.module.tree, places.values())
        if moved is not None:
            places = {key: moved[old] for key, old in places.items() if old in moved}
            applied.append(found.site.key)
    return rewriter.source, tuple(applied)


def _find(source: str) -> list[_Found]:
    # RecursionError: an expression nested deeper than the walk can follow.
    try:
        code = Code(source)
        matches = [(rule, match) for rule in RULES for match in rule.find(code)]
    except (SyntaxError, ValueError, RecursionError):
        return []
    lines = split_lines(source)
    matches.sort(key=lambda item: start_of(item[1].anchor, lines))
    ordinals: dict[tuple[str, str], int] = defaultdict(int)
    result = []
    for rule, match in matches:
        function = code.module.scope_of[match.anchor].qualname
        ordinal = ordinals[rule.name, function]
        ordinals[rule.name, function] += 1
        site = Site(
            rule=rule.name,
            key=f"{rule.name}:{function}:{ordinal}",
            function=function,
            line=match.anchor.lineno,
            end_line=match.anchor.end_lineno or match.anchor.lineno,
            summary=match.summary,
        )
        result.append(_Found(site, rule, start_of(match.anchor, lines), match.detail))
    return result


def _match_at(found: _Found, code: Code, place: Position) -> Match | None:
    """Return the match of a site found earlier, in the code as it is now."""
    lines = split_lines(code.source)
    for match in found.rule.find(code):
        if match.detail == found.detail and start_of(match.anchor, lines) == place:
            return match
    return None
