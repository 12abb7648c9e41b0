"""The command line: `price`, `label`, `check`, `route`, `due`, `manifest`, `notice`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TextIO

from parcels import labels, papers, pricing, routes, workdays


def parser() -> argparse.ArgumentParser:
    """Return the parser of all subcommands."""
    main_parser = argparse.ArgumentParser(prog="parcels", description="Send parcels.")
    commands = main_parser.add_subparsers(dest="command", required=True)
    for name, words in (
        ("price", ["zone", "grams"]),
        ("label", ["zone", "number"]),
        ("check", ["label"]),
        ("route", ["start", "end"]),
        ("due", ["date", "days"]),
        ("manifest", ["labels"]),
        ("notice", ["address", "label"]),
    ):
        command = commands.add_parser(name)
        for word in words:
            kind = int if word in ("grams", "number", "days") else str
            command.add_argument(word, type=kind, nargs="+" if word == "labels" else None)
    return main_parser


def main(argv: Sequence[str] | None = None, out: TextIO | None = None) -> int:
    """Carry out one command; return 0, or 2 with a message where its arguments mean nothing."""
    arguments = parser().parse_args(argv)
    out = sys.stdout if out is None else out
    try:
        out.write(_answer(arguments) + "\n")
    except ValueError as error:
        out.write(f"error: {error}\n")
        return 2
    return 0


def _answer(arguments: argparse.Namespace) -> str:
    match arguments.command:
        case "price":
            return pricing.as_text(pricing.price(arguments.zone, arguments.grams))
        case "label":
            return labels.label(arguments.zone, arguments.number)
        case "check":
            return "good" if labels.is_good(arguments.label) else "bad"
        case "route":
            return f"{routes.distance(arguments.start, arguments.end)} km"
        case "due":
            return workdays.due(arguments.date, arguments.days)
        case "manifest":
            return papers.manifest(arguments.labels)
    return papers.notice(arguments.address, arguments.label)
