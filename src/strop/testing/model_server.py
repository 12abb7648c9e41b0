"""A model server for tests: real HTTP on the loopback, answers and faults from a script.

    from strop.testing.model_server import ScriptedServer, cut_off, reply, status

    script = [status(429, retry_after=0), cut_off("half an ans")]
    with ScriptedServer(script, default=reply("hello")) as server:
        ...  # point a client at server.url, e.g. ModelSettings(name="scripted", api_base=server.url)
    assert server.requests[0].body["messages"][0]["content"] == "..."

It speaks `POST /v1/chat/completions` (without streaming) and `GET /v1/models`. Each question takes the
next behaviour of the script, then the default. Instead of a behaviour, the script may hold a function
that gets the question (the parsed body) and returns a behaviour. Leaving the `with` block ends
everything, hung answers included.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

__all__ = [
    "Behaviour",
    "Received",
    "ScriptedServer",
    "Step",
    "cut_off",
    "disconnect",
    "empty",
    "hang",
    "malformed_json",
    "no_choices",
    "no_usage",
    "raw",
    "reply",
    "right",
    "status",
    "trickle",
]


@dataclass(frozen=True)
class Behaviour:
    """What the server does with one question; made by the functions below."""

    kind: Literal["answer", "raw", "hang", "disconnect", "trickle"]
    text: str = ""  # of the answer; of the whole body where kind is "raw"
    finish_reason: str = "stop"
    usage: Mapping[str, int] | None = None  # None: none is sent
    code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0  # how long it hangs or trickles, then it answers


Step = Behaviour | Callable[[dict[str, Any]], Behaviour]
"""One step of a script: a behaviour, or a function from the question's body to one."""


@dataclass(frozen=True)
class Received:
    """A question that the server got."""

    path: str
    headers: Mapping[str, str]  # names in lower case
    body: dict[str, Any]


def reply(text: str, *, prompt_tokens: int = 100, completion_tokens: int = 10) -> Behaviour:
    """Return: answer with a text, and with these counts of tokens."""
    usage = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }
    return Behaviour("answer", text=text, usage=usage)


right = reply
"""Another name of `reply`, for scripts of right and wrong answers."""


def empty() -> Behaviour:
    """Return: answer with an empty text."""
    return reply("", completion_tokens=0)


def cut_off(text: str) -> Behaviour:
    """Return: answer with a text that ends at the limit of tokens (finish reason "length")."""
    whole = reply(text)
    return Behaviour("answer", text=text, usage=whole.usage, finish_reason="length")


def no_usage(text: str) -> Behaviour:
    """Return: answer with a text and no count of tokens."""
    return Behaviour("answer", text=text)


def raw(body: str, *, code: int = 200, headers: Mapping[str, str] | None = None) -> Behaviour:
    """Return: send this body as it is, as JSON by its content type."""
    return Behaviour("raw", text=body, code=code, headers=headers or {})


def malformed_json() -> Behaviour:
    """Return: send a body that breaks off in the middle of its JSON."""
    return raw('{"id": "scripted", "choices": [{"message": {"role": "assistant", "cont')


def no_choices() -> Behaviour:
    """Return: send valid JSON without an answer in it."""
    return raw('{"id": "scripted", "object": "chat.completion", "choices": []}')


def status(code: int, *, retry_after: str | float | None = None, message: str = "scripted") -> Behaviour:
    """Return: refuse with an HTTP status, with `Retry-After` (seconds or an HTTP date) where given."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return raw(json.dumps({"error": {"message": message, "code": code}}), code=code, headers=headers)


def hang(seconds: float = 60.0, text: str = "late") -> Behaviour:
    """Return: send nothing for so many seconds (or until the server closes), then answer."""
    return Behaviour("hang", text=text, seconds=seconds)


def trickle(seconds: float = 60.0, text: str = "late") -> Behaviour:
    """Return: send a byte twenty times a second for so many seconds, then the rest of the answer."""
    return Behaviour("trickle", text=text, seconds=seconds)


def disconnect() -> Behaviour:
    """Return: close the connection without an answer."""
    return Behaviour("disconnect")


class ScriptedServer:
    """A model server on the loopback; a context manager."""

    def __init__(
        self, script: Iterable[Step] = (), *, default: Step | None = None, model: str = "scripted"
    ) -> None:
        """Write the script; the server starts when the `with` block is entered.

        Args:
            script: one step per question, in order of arrival.
            default: what follows the script; None: refuse with status 500.
            model: the name in answers and in the list of models.
        """
        self.model = model
        self.requests: list[Received] = []  # in order of arrival
        self._script = list(script)
        self._default = default or status(500, message="the script has no more behaviours")
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._connections: set[socket.socket] = set()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base address for clients, e.g. "http://127.0.0.1:40123/v1"."""
        assert self._server is not None, "the server runs inside its `with` block only"
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        """Start on a free port."""
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="scripted-server"
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop, and end what still hangs."""
        assert self._server is not None and self._thread is not None
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._connections:
                _hang_up(connection)
        self._server.server_close()  # waits for the threads of all connections

    def _next(self, received: Received) -> Behaviour:
        with self._lock:
            number = len(self.requests)
            self.requests.append(received)
        step = self._script[number] if number < len(self._script) else self._default
        return step if isinstance(step, Behaviour) else step(received.body)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close waits for them

    def __init__(self, owner: ScriptedServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave connections that ended early alone; show everything else."""
        import sys

        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else headers and body, sent one after the other, wait 40 ms for each other.
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        with self.server.owner._lock:
            self.server.owner._connections.add(self.connection)
        if self.server.owner._closing.is_set():
            _hang_up(self.connection)

    def finish(self) -> None:
        with self.server.owner._lock:
            self.server.owner._connections.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print nothing."""

    def do_GET(self) -> None:
        if self.path.rstrip("/") != "/v1/models":
            self._send(json.dumps({"error": {"message": f"no such path: {self.path}"}}), code=404)
            return
        model = {"id": self.server.owner.model, "object": "model", "created": 0, "owned_by": "strop"}
        self._send(json.dumps({"object": "list", "data": [model]}))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.rstrip("/") != "/v1/chat/completions" or body.get("stream"):
            message = f"no such path, or streaming asked for: {self.path}"
            self._send(json.dumps({"error": {"message": message}}), code=404)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._behave(self.server.owner._next(Received(self.path, headers, body)))

    def _behave(self, behaviour: Behaviour) -> None:
        closing = self.server.owner._closing
        if behaviour.kind == "disconnect" or (behaviour.kind == "hang" and closing.wait(behaviour.seconds)):
            _hang_up(self.connection)
            self.close_connection = True
        elif behaviour.kind == "raw":
            self._send(behaviour.text, code=behaviour.code, headers=behaviour.headers)
        elif behaviour.kind == "trickle":
            self._trickle(self._completion(behaviour), behaviour.seconds)
        else:
            self._send(self._completion(behaviour), headers=behaviour.headers)

    def _completion(self, behaviour: Behaviour) -> str:
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": behaviour.text},
            "finish_reason": behaviour.finish_reason,
        }
        answer: dict[str, Any] = {
            "id": "scripted",
            "object": "chat.completion",
            "created": 0,
            "model": self.server.owner.model,
            "choices": [choice],
        }
        if behaviour.usage is not None:
            answer["usage"] = dict(behaviour.usage)
        return json.dumps(answer)

    def _send(self, text: str, *, code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        content = text.encode()
        self.send_response(code)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _trickle(self, text: str, seconds: float) -> None:
        """Send spaces, which may stand before JSON, and then the text."""
        every_s = 0.05
        spaces = int(seconds / every_s)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(spaces + len(text.encode())))
        self.end_headers()
        for _ in range(spaces):
            self.wfile.write(b" ")
            if self.server.owner._closing.wait(every_s):
                self.close_connection = True
                return
        self.wfile.write(text.encode())


def _hang_up(connection: socket.socket) -> None:
    """End a connection in both directions; wakes whoever reads from it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster
