"""The commands and their options; what they do is imported when one is called."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["app"]

app = typer.Typer(
    help="Make a repository measurably better, and prove it.",
    # Rich help costs 0.1 s in each call of `strop --help`.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class SandboxName(StrEnum):
    """Where commands run."""

    AUTO = "auto"
    DOCKER = "docker"
    BUBBLEWRAP = "bubblewrap"
    PROCESS = "process"


class ProgressKind(StrEnum):
    """How a running job is shown."""

    RICH = "rich"
    PLAIN = "plain"
    JSON = "json"


Repository = Annotated[
    Path | None,
    typer.Option("--repository", "-C", metavar="PATH", help="The repository; default: this folder."),
]
StudyName = Annotated[str | None, typer.Argument(metavar="[NAME]", help="The study; default: the latest.")]
StudyOption = Annotated[str | None, typer.Option("--study", metavar="NAME", help="Default: the latest.")]
TrialNumber = Annotated[int | None, typer.Argument(metavar="[TRIAL]", help="A trial's number.")]


def _root(context: typer.Context, repository: Path | None, folder: Path | None = None) -> Path:
    from strop.errors import ConfigError

    given = repository or context.find_root().params.get("repository")
    if given and folder:
        raise ConfigError(f"the repository is given twice: {folder}, and by --repository {given}")
    root = folder or given or Path()
    if not Path(root).is_dir():
        raise ConfigError(f"{folder}: no folder" if folder else f"--repository: {root} is no folder")
    return Path(root).resolve()


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"strop {version('strop')}")
        raise typer.Exit


@app.callback()
def options(
    repository: Repository = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Make a repository measurably better, and prove it."""


@app.command()
def init(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the proposals, ask nothing.")] = False,
    repository: Repository = None,
) -> int:
    """Write a strop.toml for this repository."""
    from strop.cli.starting import init_job

    return init_job(_root(context, repository), yes=yes)


@app.command()
def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    clean: Annotated[bool, typer.Option("--clean", help="Remove what dead sandboxes left behind.")] = False,
    hostile: Annotated[
        bool, typer.Option("--hostile", help="Attack the sandboxes and strop itself; about two minutes.")
    ] = False,
    backend: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="With --hostile: docker or bubblewrap; default: both."),
    ] = None,
    markdown: Annotated[bool, typer.Option("--md", help="With --hostile: print Markdown.")] = False,
    repository: Repository = None,
) -> int:
    """Tell what works on this machine, and how noisy it is."""
    from strop.cli.starting import show_doctor, show_hostile

    if (backend or markdown) and not hostile:
        from strop.errors import ConfigError

        raise ConfigError(f"{'--backend' if backend else '--md'}: goes with --hostile")
    if hostile:
        kind = "json" if as_json else "markdown" if markdown else "text"
        return show_hostile(backend or [], kind)
    return show_doctor(_root(context, repository), as_json=as_json, clean=clean)


@app.command()
def check(
    context: typer.Context,
    sandbox: Annotated[SandboxName | None, typer.Option(help="Where commands run.")] = None,
    repository: Repository = None,
) -> int:
    """Try the job before anything is spent on it: baseline, noise, a broken candidate."""
    from strop.cli.starting import show_check

    return show_check(_root(context, repository), sandbox.value if sandbox else None)


@app.command()
def run(
    context: typer.Context,
    model: Annotated[str | None, typer.Option(metavar="NAME", help="Model, e.g. openai/gpt-5.2.")] = None,
    api_base: Annotated[str | None, typer.Option(metavar="URL", help="OpenAI-compatible endpoint.")] = None,
    optimizer: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Who searches; several, or comma separated.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="NAME", help="An optimizer to beat with the same budget: optuna.")
    ] = None,
    evaluations: Annotated[
        int | None, typer.Option(metavar="N", help="Trials of candidates; default: 40.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(metavar="M", help="No new trial after so many minutes.")
    ] = None,
    usd: Annotated[
        float | None, typer.Option(metavar="X", help="US dollars for the model; default: no limit.")
    ] = None,
    tokens: Annotated[
        int | None, typer.Option(metavar="N", help="Tokens of the model; default: no limit.")
    ] = None,
    sandbox: Annotated[SandboxName | None, typer.Option(help="Where commands run.")] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="S", help="Seed of the search; claims draw their own.")
    ] = None,
    progress: Annotated[
        ProgressKind | None, typer.Option(help="Display; default: rich on a terminal, else plain.")
    ] = None,
    record: Annotated[Path | None, typer.Option(metavar="FILE", help="Record the model's calls.")] = None,
    replay: Annotated[Path | None, typer.Option(metavar="FILE", help="Answer from a recording.")] = None,
    replay_strict: Annotated[
        bool, typer.Option("--replay-strict", help="A prompt that differs is an error.")
    ] = False,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Name of the study.")] = None,
    foreign: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="KIND",
            help="A folder of another tool: openevolve, shinkaevolve, algotune, shell, pytest-benchmark, "
            "hyperfine, or auto.",
        ),
    ] = None,
    setup: Annotated[
        list[str] | None,
        typer.Option(metavar="COMMAND", help="--from: installs what the folder needs; may be repeated."),
    ] = None,
    build: Annotated[str, typer.Option(metavar="COMMAND", help="--from: builds a candidate.")] = "",
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]", help="The repository, as with -C; with --from: that folder.", show_default=False
        ),
    ] = None,
    repository: Repository = None,
) -> int:
    """Optimise this repository; changes none of its files, and keeps what it finds in .strop."""
    from strop.cli.searching import run_study

    names = tuple(part.strip() for entry in optimizer or () for part in entry.split(",") if part.strip())
    overrides: dict[str, Any] = {
        "model.name": model,
        "model.api_base": api_base,
        "optimizers": names or None,
        "budget.evaluations": evaluations,
        "budget.minutes": minutes,
        "budget.usd": usd,
        "budget.tokens": tokens,
        "sandbox.backend": sandbox.value if sandbox else None,
        "seed": seed,
    }
    given = {key: value for key, value in overrides.items() if value is not None}
    run_options = {
        "record": record,
        "replay": replay,
        "replay_strict": replay_strict,
        "baseline": baseline,
        "name": name,
    }
    kind = progress.value if progress else None
    if foreign:
        from strop.cli.adapting import adapt

        settings = {"setup": tuple(setup or ()), "build": build}
        return run_study(adapt(foreign, folder, settings), given, run_options, kind)
    for option, command in (("--setup", setup), ("--build", build)):
        if command:
            from strop.errors import ConfigError

            raise ConfigError(f"{option}: only with --from; a job's own commands stand in its strop.toml")
    return run_study(_root(context, repository, folder), given, run_options, kind)


@app.command()
def adapt(
    kind: Annotated[
        str,
        typer.Argument(
            help="openevolve, shinkaevolve, algotune, shell, pytest-benchmark, hyperfine, or auto."
        ),
    ],
    folder: Annotated[Path, typer.Argument(help="The folder of the other tool.")],
    into: Annotated[Path | None, typer.Option(metavar="DIR", help="Where to; default: NAME-strop.")] = None,
    command: Annotated[str, typer.Option(help="shell and JSON kinds: the command to measure.")] = "",
    metric: Annotated[str, typer.Option(help="shell: the metric that counts.")] = "",
    maximize: Annotated[bool, typer.Option("--maximize", help="shell: more of it is better.")] = False,
    effect: Annotated[
        float | None, typer.Option(help="shell: compare by difference; least gain, in its unit.")
    ] = None,
    edit: Annotated[list[str] | None, typer.Option(metavar="GLOB", help="What candidates may edit.")] = None,
    clock: Annotated[str, typer.Option(help="JSON kinds: strop or tool; default: as the kind says.")] = "",
    size: Annotated[int, typer.Option(help="algotune: n of the instances.")] = 100,
    setup: Annotated[
        list[str] | None, typer.Option(metavar="COMMAND", help="Installs what it needs; may be repeated.")
    ] = None,
    build: Annotated[
        str, typer.Option(metavar="COMMAND", help="shell and JSON kinds: builds a candidate.")
    ] = "",
) -> int:
    """Write a folder of another tool as a repository with a strop.toml."""
    from strop.cli.adapting import adapt_into

    if clock not in ("", "strop", "tool"):
        from strop.errors import ConfigError

        raise ConfigError(f"--clock {clock}: strop or tool")
    settings = {
        "command": command, "metric": metric, "maximize": maximize, "effect": effect,
        "files": tuple(edit or ()), "clock": clock, "size": size, "setup": tuple(setup or ()),
        "build": build,
    }  # fmt: skip
    return adapt_into(kind, folder, into, settings)


@app.command()
def resume(
    context: typer.Context,
    name: StudyName = None,
    progress: Annotated[
        ProgressKind | None, typer.Option(help="Display; default: rich on a terminal, else plain.")
    ] = None,
    repository: Repository = None,
) -> int:
    """Go on with a study where it stopped."""
    from strop.cli.searching import resume_study

    return resume_study(_root(context, repository), name, progress.value if progress else None)


@app.command()
def status(context: typer.Context, name: StudyName = None, repository: Repository = None) -> int:
    """Show how a study stands, while it runs or after."""
    from strop.cli.showing import show_status

    return show_status(_root(context, repository), name)


@app.command()
def show(
    context: typer.Context,
    trial: TrialNumber = None,
    study: StudyOption = None,
    repository: Repository = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Show whom the trial's feedback reaches, and how.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Draw the trace on a page.")
    ] = None,
) -> int:
    """Show a trial in full, or all trials and answers in a sentence each."""
    from strop.cli.showing import show_trial_trace, show_trials

    if trace or html is not None:
        return show_trial_trace(_root(context, repository), study, trial, html)
    return show_trials(_root(context, repository), study, trial)


@app.command()
def diff(
    context: typer.Context,
    trial: TrialNumber = None,
    study: StudyOption = None,
    repository: Repository = None,
) -> int:
    """Print a trial's patch; default: the best one's."""
    from strop.cli.showing import show_diff

    return show_diff(_root(context, repository), study, trial)


@app.command()
def report(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--md", help="Print Markdown, for a pull request.")] = False,
    weights: Annotated[
        str | None,
        typer.Option(metavar="M=W,…", help="Pick of the Pareto front by weights: time=2,peak_memory=1."),
    ] = None,
    study: StudyOption = None,
    repository: Repository = None,
) -> int:
    """Report what a study found."""
    from strop.cli.showing import show_pick, show_report

    if weights is not None:
        return show_pick(_root(context, repository), study, weights, as_json=as_json)
    kind = "json" if as_json else "markdown" if markdown else "text"
    if as_json and markdown:
        from strop.errors import ConfigError

        raise ConfigError("--json and --md exclude each other")
    return show_report(_root(context, repository), study, kind)


@app.command()
def apply(
    context: typer.Context,
    trial: TrialNumber = None,
    branch: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Commit to this new branch instead of the working tree."),
    ] = None,
    study: StudyOption = None,
    repository: Repository = None,
) -> int:
    """Write the confirmed improvement, or a trial's change, into the repository."""
    from strop.cli.showing import apply_change

    return apply_change(_root(context, repository), study, trial, branch)


@app.command()
def knobs(
    context: typer.Context,
    add: Annotated[
        list[str] | None, typer.Option("--add", metavar="NAME", help="Write it into strop.toml; several.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    repository: Repository = None,
) -> int:
    """List settings of the program that could be tuned."""
    from strop.cli.knobs import show_knobs

    return show_knobs(_root(context, repository), add or (), as_json=as_json)


@app.command()
def schema() -> int:
    """Print the JSON schema of strop.toml."""
    import json

    from strop.job import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))
    return 0


bench = typer.Typer(help="Compare optimizers on benchmarks.", rich_markup_mode=None, no_args_is_help=True)
app.add_typer(bench, name="bench")


PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def _add_bench(name: str, text: str) -> None:
    """Add a command of `strop bench`; its options are read, and its help printed, where it is done."""

    def command(context: typer.Context) -> int:
        from strop.benchmarks.leaderboard.command import COMMANDS

        try:
            return COMMANDS[name](context.args)
        except SystemExit as done:  # argparse, after its help or its complaint
            return done.code if isinstance(done.code, int) else 1

    bench.command(name, help=text, context_settings=PASSED_ON)(command)


for _name, _text in (
    ("list", "List the suites and their tasks."),
    ("validate", "Prove that tasks are sound."),
    ("run", "Run optimizers on a suite (`strop bench list`), or a folder of repositories."),
    ("show", "Show the board of a result."),
    ("compare", "Compare two optimizers by paired ratios."),
    ("verify", "Measure a result's winners again on private instances."),
    ("site", "Write a static site of results."),
    ("check-submission", "Check whether results may enter the leaderboard."),
):
    _add_bench(_name, _text)
