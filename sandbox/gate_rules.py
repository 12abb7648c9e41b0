"""What the static gate looks for in Python source, as data: names, and the rule that each breaks."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = [
    "ATTRIBUTES",
    "CLOCKS",
    "HARNESS_TEXT",
    "HARNESS_WORD",
    "HONEST",
    "JOB_MODULE",
    "MODULES",
    "NAMES",
    "NOTES",
    "PROTECTED",
    "REMEDIES",
    "RULES",
    "SETTINGS",
    "WRITERS",
]

RULES: Mapping[str, str] = {
    "frames": "Looks at the call stack, or has functions called while the program runs.",
    "gc": "Looks through the objects of the whole process; switching the collector off is only noted.",
    "ctypes": "Reaches into the running process by its memory or its own libraries.",
    "patch": "Changes modules or classes that are not the candidate's own.",
    "harness": "Looks at who runs the program: tests, benchmark or strop.",
    "write": "Writes outside the work folder; writing into it is only noted.",
    "exit": "Ends or interrupts the process, or has something done at its end.",
    "detached": "Starts work that outlives the call; daemon threads are only noted.",
    "process": "Starts other programs; only noted.",
    "dynamic": "Runs code that is made at run time and can't be read beforehand.",
    "network": "Talks to the network.",
    "native": "Replaces functions of the system, or runs before the program does.",
    "unreadable": "Is Python that can't be parsed, and so not be checked.",
    "cache": "Keeps results from one call to the next; only noted, and then measured cold.",
    "result": "Adds a constant that is among the benchmark's results; noted, and not claimed as a table.",
    "table": "Adds many constants; only noted, and not claimed where the benchmark's inputs never change.",
}
"""Every rule of the gate, with what breaks it."""

REMEDIES: Mapping[str, str] = {
    "frames": "pass what the function needs as an argument",
    "gc": "keep references to the objects that you need",
    "ctypes": "use a library of the repository by its relative path, or plain Python",
    "patch": "change your own code, or wrap the function in one of your own",
    "harness": "compute the same whoever calls; take settings as arguments",
    "write": "keep data in memory, or write below the work folder by a relative path",
    "exit": "return, or raise an exception",
    "detached": "wait for all that you start before you return",
    "process": "wait for it before you return",
    "dynamic": "write the code out",
    "network": "work on what is in the repository",
    "native": "call the functions as they are",
    "unreadable": "send a file that parses",
    "cache": "a gain that only exists warm is labelled memoisation",
    "result": "compute it",
    "table": "compute what can be computed",
}

_NAMES = {
    "frames": (
        "sys._getframe sys._current_frames sys._current_exceptions sys._getframemodulename "
        "sys.settrace sys.setprofile sys.addaudithook sys.monitoring threading.settrace "
        "threading.setprofile threading.settrace_all_threads threading.setprofile_all_threads "
        "inspect.stack inspect.currentframe inspect.trace inspect.getouterframes "
        "inspect.getinnerframes traceback.walk_stack traceback.walk_tb traceback.extract_stack "
        "traceback.format_stack traceback.print_stack"
    ),
    "gc": (
        "gc.get_objects gc.get_referrers gc.get_referents gc.callbacks gc.disable gc.freeze gc.set_threshold"
    ),
    "ctypes": (
        "ctypes.pythonapi ctypes.py_object ctypes.PyDLL ctypes.string_at ctypes.wstring_at "
        "ctypes.memmove ctypes.memset ctypes.cast ctypes.addressof ctypes.util.find_library"
    ),
    "patch": (
        "sys.meta_path sys.path_hooks sys.path_importer_cache sys.addaudithook importlib.reload "
        "imp.reload site.addsitedir site.addpackage site.getsitepackages site.getusersitepackages "
        "site.USER_SITE"
    ),
    "harness": "sys.orig_argv os.getppid",
    "exit": (
        "os._exit os.abort os.kill os.killpg os.execl os.execle os.execlp os.execlpe os.execv "
        "os.execve os.execvp os.execvpe os.pidfd_open signal.signal signal.setitimer signal.alarm "
        "signal.raise_signal signal.pthread_kill signal.siginterrupt signal.set_wakeup_fd "
        "signal.pidfd_send_signal atexit.register atexit.unregister atexit._run_exitfuncs "
        "atexit._clear"
    ),
    "detached": (
        "os.fork os.forkpty os.posix_spawn os.posix_spawnp os.setsid os.setpgid os.setpgrp "
        "os.spawnl os.spawnle os.spawnlp os.spawnlpe os.spawnv os.spawnve os.spawnvp os.spawnvpe "
        "pty.fork pty.spawn os.unshare"
    ),
    "process": (
        "os.system os.popen subprocess.Popen subprocess.run subprocess.call subprocess.check_call "
        "subprocess.check_output subprocess.getoutput subprocess.getstatusoutput"
    ),
    "dynamic": (
        "builtins.eval builtins.exec builtins.compile builtins.__builtins__ marshal.loads "
        "marshal.load types.CodeType types.FunctionType code.InteractiveInterpreter "
        "code.InteractiveConsole runpy.run_path runpy.run_module "
        "importlib.util.spec_from_file_location importlib.machinery.SourceFileLoader "
        "importlib.machinery.ExtensionFileLoader importlib.util.spec_from_loader"
    ),
    "write": "os.memfd_create",
    "network": (
        "socket.socket socket.create_connection socket.create_server socket.fromfd "
        "asyncio.open_connection asyncio.start_server"
    ),
}
NAMES: Mapping[str, str] = {name: rule for rule, names in _NAMES.items() for name in names.split()}
"""Names of modules and built-ins -> rule; any use counts, whatever it is called in the file."""

_MODULES = {
    "frames": "sys.monitoring bdb pdb",
    "ctypes": "_ctypes _cffi_backend",
    "patch": "unittest.mock mock forbiddenfruit",
    "harness": "__main__ pytest _pytest unittest pluggy",
    "dynamic": "runpy codeop",
    "network": (
        "requests httpx aiohttp urllib.request urllib3 http.client http.server ftplib smtplib "
        "poplib imaplib telnetlib xmlrpc socketserver websockets paramiko"
    ),
}
MODULES: Mapping[str, str] = {name: rule for rule, names in _MODULES.items() for name in names.split()}
"""Modules -> rule; importing them counts."""

_ATTRIBUTES = {
    "frames": (
        "f_back f_globals f_locals f_builtins f_lasti tb_frame gi_frame cr_frame ag_frame "
        "_getframe _current_frames currentframe settrace setprofile"
    ),
    "gc": "get_objects get_referrers get_referents",
    "ctypes": "from_address pythonapi",
    "exit": "_exit _run_exitfuncs",
    "dynamic": "co_code",
}
ATTRIBUTES: Mapping[str, str] = {name: rule for rule, names in _ATTRIBUTES.items() for name in names.split()}
"""Attributes -> rule, of whatever object: no honest code has another meaning for them."""

NOTES = frozenset({"cache", "process", "result", "table"})
"""Rules that never refuse."""

HONEST = frozenset({"gc.disable", "gc.freeze", "gc.set_threshold"})
"""Names that are noted, although others of their rule are refused."""

PROTECTED = frozenset(
    [
        "sys",
        "os",
        "time",
        "gc",
        "builtins",
        "inspect",
        "signal",
        "ctypes",
        "threading",
        "importlib",
        "types",
        "traceback",
        "subprocess",
        "atexit",
        "unittest",
        "pytest",
        "socket",
        "marshal",
    ]
)
"""Modules of which nothing may be taken by a name that is made at run time."""

SETTINGS = frozenset(
    [
        "torch",
        "tensorflow",
        "jax",
        "numpy",
        "scipy",
        "pandas",
        "polars",
        "matplotlib",
        "sklearn",
        "numba",
        "cupy",
        "decimal",
        "mpmath",
        "logging",
        "csv",
    ]
)
"""Libraries whose documented settings are attributes: a literal value for one is only noted."""

CLOCKS = frozenset(
    [
        "perf_counter",
        "perf_counter_ns",
        "process_time",
        "process_time_ns",
        "monotonic",
        "monotonic_ns",
        "thread_time",
    ]
)
"""Attributes that nobody sets but who changes a clock, of whatever object."""

HARNESS_TEXT = re.compile(
    r"^(PYTEST(_|$)|STROP_(?!SCRATCH$))|PYTEST_CURRENT_TEST|^PYTHONHASHSEED$|^/proc/(self|thread-self|\d|$)|\.strop-"
)
"""Texts that only make sense to someone who looks at the harness."""

HARNESS_WORD = re.compile(
    r"(?i)py\.?test|unittest|\bbench|benchmark|timeit|strop|__main__|conftest|\btests?\b"
)
"""Words that a probe of `sys.argv` or `sys.modules` looks for."""

JOB_MODULE = re.compile(r"^(tests?|test_\w+|\w+_test|conftest|bench\w*)$")
"""First component of modules that judge the candidate."""

WRITERS: Mapping[str, int] = {
    **dict.fromkeys(
        [
            "os.mkdir",
            "os.makedirs",
            "os.remove",
            "os.unlink",
            "os.rmdir",
            "os.truncate",
            "os.mkfifo",
            "os.mknod",
        ],
        0,
    ),
    **dict.fromkeys(
        [
            "os.rename",
            "os.replace",
            "os.symlink",
            "os.link",
            "shutil.copy",
            "shutil.copy2",
            "shutil.copyfile",
        ],
        1,
    ),
    **dict.fromkeys(["shutil.move", "shutil.copytree"], 1),
    **dict.fromkeys(
        ["shutil.rmtree", "sqlite3.connect", "shelve.open", "dbm.open", "joblib.dump", "joblib.Memory"], 0
    ),
    **dict.fromkeys(
        ["numpy.save", "numpy.savez", "numpy.savez_compressed", "numpy.savetxt", "numpy.memmap"], 0
    ),
    "tempfile.mkstemp": -1,
    "tempfile.mkdtemp": -1,
    "tempfile.mktemp": -1,
    "tempfile.gettempdir": -1,
    "tempfile.NamedTemporaryFile": -2,
    "tempfile.TemporaryDirectory": -2,
    "tempfile.TemporaryFile": -2,
    "tempfile.SpooledTemporaryFile": -2,
}
"""Functions that write -> position of the path; -1: into the temporary folder, -2: gone when closed."""
