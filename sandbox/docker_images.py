"""Images for jobs: a base, an environment for Python, the setup commands; found again by hash."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from typing import TYPE_CHECKING

from strop.errors import ConfigError, SandboxError
from strop.extension import Environment, EnvironmentSpec, Limits, Sandbox, TreeFile
from strop.sandbox.docker_container import WORK, container_options, remove
from strop.sandbox.docker_engine import Engine, engine_errors
from strop.sandbox.docker_plain import Order, PlainSandbox, read_attached
from strop.sandbox.docker_sandbox import DockerSandbox
from strop.sandbox.environment import base_image, recipe_hash, run_setup, setup_access

if TYPE_CHECKING:
    from docker.models.containers import Container
    from docker.models.images import Image

__all__ = ["base_problem", "prepare", "python_of"]

REPOSITORY = "strop-env"
PYTHON_LABEL = "strop.python"  # path of the interpreter that runs the runner; empty: there is none
FOLDER = "/opt/strop/env"
CA_FILE = ".strop-ca.pem"  # in the work folder, which is no part of the image
USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SETUP_LIMITS = Limits(memory_bytes=1 << 50, pids=30_000, work_bytes=8 << 30, timeout_s=600.0)

# --system-site-packages, so that what the image has stays; without pip where the image has no ensurepip.
MAKE_VENV = (
    f"{{python}} -m venv --system-site-packages {FOLDER}"
    f" || {{python}} -m venv --system-site-packages --without-pip --clear {FOLDER}"
)


def python_of(image: Image) -> str:
    """Return the path of a prepared image's interpreter, empty where it has none."""
    return str((image.attrs["Config"].get("Labels") or {}).get(PYTHON_LABEL, ""))


def prepare(engine: Engine, spec: EnvironmentSpec) -> Environment:
    """Make the image of a job, or find the one of the same recipe.

    Raises:
        ConfigError: the base can't be had, the Dockerfile or a setup command fails.
        SandboxError: the engine is at fault.
    """
    base, what = _base(engine, spec)
    name = f"{REPOSITORY}:{recipe_hash(spec, backend='docker', base=str(base.id))}"
    image = _find(engine, name)
    if image is None:
        image = _make(engine, base, name, spec)
    python = python_of(image)
    env = {**_variables(image), **spec.env}
    env["PATH"] = spec.env.get("PATH") or (
        f"{FOLDER}/bin:{env.get('PATH', USUAL_PATH)}" if python else env.get("PATH", USUAL_PATH)
    )
    note = f"{what}, {'' if python else 'no '}Python, {len(spec.setup)} setup commands"
    return Environment("docker", str(image.id), name, env, note)


def _variables(image: Image) -> dict[str, str]:
    pairs = (entry.partition("=") for entry in image.attrs["Config"].get("Env") or ())
    return {name: value for name, _, value in pairs}


def _find(engine: Engine, name: str) -> Image | None:
    from docker.errors import ImageNotFound

    with engine_errors(f"{name}: can't be looked up"):
        try:
            return engine.client.images.get(name)
        except ImageNotFound:
            return None


def _base(engine: Engine, spec: EnvironmentSpec) -> tuple[Image, str]:
    """Return the base image and words for it: the Dockerfile's, the user's, or ours."""
    if spec.dockerfile:
        return _build(engine, spec), "the job's Dockerfile"
    name = spec.image or base_image()
    return get_base(engine, name), name


def get_base(engine: Engine, name: str) -> Image:
    """Return an image, pulled where it is not there. Raises `ConfigError`."""
    found = _find(engine, name)
    if found is not None:
        return found
    try:
        with engine_errors("it can't be pulled"):
            engine.patient.images.pull(*_reference(name))
            return engine.client.images.get(name)
    except SandboxError as error:
        raise ConfigError(
            f"image {name!r} is not there, and {error}; set `image` in [sandbox], or the environment "
            "variable STROP_BASE_IMAGE, to an image that `docker images` lists or your registry has"
        ) from None


def _reference(name: str) -> tuple[str, str | None]:
    """Split an image's name; without a tag the client would pull every one there is."""
    if "@" in name:
        return name, None
    repository, colon, tag = name.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (name, "latest")


def _build(engine: Engine, spec: EnvironmentSpec) -> Image:
    """Build the user's Dockerfile, with the job's files as its context."""
    from docker.errors import BuildError

    assert spec.dockerfile is not None
    dockerfile = ".strop.Dockerfile"
    context = _archive({**spec.files, dockerfile: TreeFile(spec.dockerfile.encode("utf-8"))})
    with engine_errors("the Dockerfile can't be built"):
        try:
            image, _ = engine.patient.images.build(
                fileobj=context, custom_context=True, dockerfile=dockerfile, rm=True, forcerm=True,
                network_mode="host", timeout=int(spec.timeout_s),
            )  # fmt: skip
        except BuildError as error:
            log = "".join(str(line.get("stream", "")) for line in error.build_log if isinstance(line, dict))
            raise ConfigError(f"[sandbox] dockerfile: the build failed: {error.msg}\n{log[-2000:]}") from None
    return image


def _archive(files: Mapping[str, TreeFile]) -> io.BytesIO:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path, file in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(file.content)
            member.mode = 0o755 if file.executable else 0o644
            archive.addfile(member, io.BytesIO(file.content))
    stream.seek(0)
    return stream


def _make(engine: Engine, base: Image, name: str, spec: EnvironmentSpec) -> Image:
    """Run the setup in a container with a network, and commit it."""
    # The host's network: it reaches what the user's own commands reach, proxies on loopback included.
    # Setup commands are the user's, run on the user's revision, before there is any candidate.
    options = container_options(SETUP_LIMITS, {}, network="host")
    options.update(read_only=False, cap_drop=[], cap_add=[], security_opt=[], ulimits=[])
    for unlimited in ("mem_limit", "memswap_limit", "pids_limit"):
        del options[unlimited]
    with engine_errors(f"{base.tags or base.id}: no container can be made of it"):
        container = engine.client.containers.create(str(base.id), **options)
        try:
            container.start()
        except BaseException:
            remove(container)
            raise
    try:
        python = _setup(engine, container, spec, _variables(base))
        with engine_errors(f"{name}: can't be written"):
            repository, tag = name.split(":")
            # The image keeps its container's labels; who runs it by hand shall not lose that one.
            changes = f'LABEL {PYTHON_LABEL}={python} strop.owner="" strop.expires=""'
            engine.patient.containers.get(str(container.id)).commit(
                repository=repository, tag=tag, changes=changes
            )
            return engine.client.images.get(name)
    finally:
        remove(container)


def _setup(engine: Engine, container: Container, spec: EnvironmentSpec, variables: Mapping[str, str]) -> str:
    """Prepare a container from inside; returns the path of its interpreter, empty where it has none."""
    python = _find_python(engine, container)
    path = variables.get("PATH", USUAL_PATH)
    if not python:
        if spec.setup:
            plain = PlainSandbox(engine, container, {**variables, "PATH": path}, SETUP_LIMITS, user="0:0")
            _run_commands(plain, spec)
        return ""
    env = {**variables, "PATH": f"{FOLDER}/bin:{path}"}
    sandbox = DockerSandbox(engine, container, env, SETUP_LIMITS, python=python, uid=None)
    try:
        made = sandbox.exec(MAKE_VENV.format(python=python))
        if not made.ok:
            said = (made.stdout + made.stderr).decode("utf-8", "replace")[-500:]
            raise SandboxError(f"the environment can't be made: {said}")
        if spec.setup:
            _run_commands(sandbox, spec)
    finally:
        sandbox.release()
    return python


def _run_commands(sandbox: Sandbox, spec: EnvironmentSpec) -> None:
    access = setup_access()
    sandbox.put(spec.files)
    if access.ca_bundle:
        sandbox.put({CA_FILE: TreeFile(access.ca_bundle.read_bytes())})
    run_setup(sandbox, spec, access.variables(f"{WORK}/{CA_FILE}"))


def _find_python(engine: Engine, container: Container) -> str:
    """Return the path of a Python that can run the runner, empty where there is none."""
    script = (
        "command -v sleep >/dev/null || exit 9; p=$(command -v python3) || exit 0; "
        "\"$p\" -I -S -c 'import sys, ctypes; sys.exit(sys.version_info < (3, 8))' 2>/dev/null || exit 0; "
        'echo "$p"'
    )
    found = read_attached(engine, container, Order(["/bin/sh", "-c", script], workdir="/"))
    if not found.ok:
        raise ConfigError("[sandbox] image: it needs /bin/sh and sleep, and has not both")
    return found.stdout.decode("utf-8", "replace").strip()


def base_problem(engine: Engine) -> str:
    """Return why the base of jobs without an image can't be had, empty where it can (pulls it)."""
    try:
        get_base(engine, base_image())
    except (ConfigError, SandboxError) as error:
        return str(error)
    return ""
