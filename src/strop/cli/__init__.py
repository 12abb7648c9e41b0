"""The command line: `strop`, its errors in words, its exit codes.

0 done, 1 a check failed, 2 the user can fix it, 3 a provider failed, 70 an error in strop, 130 Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line (without the program's name; default: the process's) and return its exit code."""
    import typer

    from strop.cli.app import app
    from strop.errors import BudgetExhausted, ConfigError, EditError, StropError

    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a character shows "?", and the command goes on.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = app(arguments, prog_name="strop", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except (KeyboardInterrupt, typer.Abort):
        return _say("stopped", 130)
    except typer.Exit as done:
        return done.exit_code
    except SystemExit as done:  # rich, and the command-line parser, leave so when a pipe broke
        return done.code if isinstance(done.code, int) else 1
    except BudgetExhausted as spent:
        return _say(str(spent), 0)
    except (ConfigError, EditError) as error:
        return _say(str(error), 2)
    except StropError as error:
        return _say("\n".join([str(error), *getattr(error, "__notes__", ())]), 3)
    except BrokenPipeError:
        # Who read the output has enough (`strop show | head`); Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # the outermost boundary: nobody is above to catch it
        return _unexpected(error, arguments)


def _say(text: str, code: int) -> int:
    from strop.report.words import clean

    print(f"strop: {clean(text)}", file=sys.stderr)
    return code


def _unexpected(error: Exception, arguments: list[str]) -> int:
    # Usage errors of the command-line parser know how to show themselves; their class is typer's own
    # in some versions, click's in others.
    show, code = getattr(error, "show", None), getattr(error, "exit_code", None)
    if callable(show) and isinstance(code, int):
        show()
        return code
    if "--debug" in arguments:
        raise error
    return _say(
        f"unexpected {type(error).__name__}: {error}\n`strop --debug COMMAND` shows the traceback", 70
    )
