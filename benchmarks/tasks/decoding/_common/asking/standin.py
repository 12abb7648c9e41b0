"""A STAND-IN for a language model, which is none: python standin.py PORT (0: any free one)

It speaks the part of the OpenAI-compatible API that this task uses. It reads the problem out of the last
message, works it out, and makes mistakes by a stated law, so that settings can be searched without a model
and without a network. What is found with it says nothing about any real model.

The law, with k worked examples in the prompt and heat t = temperature * top_p:
- A step goes wrong with chance BASE * (0.3 + 0.7 * 0.5 ** k) for the problem, alike in every reply, and with
  as much again * t * (0.5 + t) in each reply anew. So votes help against the second kind alone.
- Steps are written where examples show some, or the instruction has the word "step", unless it asks for the
  answer "alone". Else the answer is guessed: each step goes wrong GUESSING times as often.
- Steps are written briefly where examples show some, or the instruction has "brief" or "short". Else in whole
  sentences.
- With chance RAMBLING * t a step is followed by a remark that leads nowhere.
- The reply is cut off after max_tokens.
"""

import json
import os
import random
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import tokens
from problems import work_out

NAME = "stand-in"
BASE = 0.09
GUESSING = 4.0
RAMBLING = 0.2
WORDY = "Now let us look carefully at what comes next, and write down what we find there. "
REMARK = "Let me think about that once more, to be on the safe side."
MOST_BYTES = 1_000_000


def reply_to(messages, *, temperature, top_p, max_tokens, seed):
    """Return what the stand-in says."""
    question = messages[-1]["content"]
    told = " ".join(m["content"] for m in messages if m["role"] == "system").lower()
    examples = [m["content"] for m in messages if m["role"] == "assistant"]
    shown, written = len(examples), any("\n" in reply for reply in examples)
    heat = temperature * top_p
    steps = written or ("step" in told and "alone" not in told)
    brief = written or "brief" in told or "short" in told
    chance = BASE * (0.3 + 0.7 * 0.5**shown) * (1 if steps else GUESSING)
    lasting = random.Random(question)
    passing = random.Random(f"{seed} {question}")

    def slips():
        # Both numbers are drawn whatever the settings are, so that settings are compared on the same luck.
        always, now = lasting.random() < chance, passing.random() < chance * heat * (0.5 + heat)
        return always or now

    lines, answer = work_out(question, slips)
    text = f"Answer: {answer}"
    if steps:
        text = (
            "\n".join(_line(line, brief, passing.random() < RAMBLING * heat) for line in lines) + f"\n{text}"
        )
    return tokens.cut(text, max_tokens)


def _line(line, brief, rambles):
    return ("" if brief else WORDY) + line + (f" {REMARK}" if rambles else "")


def completion(request):
    """Return the answer to a request of chat completions; raises `ValueError` and the like for a bad one."""
    messages = request["messages"]
    text = reply_to(
        messages,
        temperature=float(request.get("temperature", 1)),
        top_p=float(request.get("top_p", 1)),
        max_tokens=int(request.get("max_tokens", 1000)),
        seed=int(request.get("seed", 0)),
    )
    read = sum(tokens.FRAME + tokens.count(message["content"]) for message in messages)
    return {
        "object": "chat.completion",
        "model": NAME,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": read, "completion_tokens": tokens.count(text)},
    }


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Say that it is there."""
        self._send(200, {"status": "ok", "model": NAME})

    def do_POST(self):
        """Answer a chat."""
        length = int(self.headers.get("Content-Length", 0))
        if self.path != "/v1/chat/completions" or not 0 < length <= MOST_BYTES:
            self.close_connection = True
            self._send(404, {"error": "POST /v1/chat/completions, at most a megabyte"})
            return
        try:
            self._send(200, completion(json.loads(self.rfile.read(length))))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            self._send(400, {"error": f"{type(error).__name__}: {error}"})

    def _send(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        """Keep quiet: a line for each request would be most of what is printed."""


def serve(port):
    """Return a server that listens on loopback; port 0 takes a free one."""
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main(port):
    """Serve until killed; standin.port tells run.py where, once there is somebody to ask."""
    server = serve(port)
    with open("standin.port.new", "w", encoding="ascii") as file:
        file.write(str(server.server_address[1]))
    os.replace("standin.port.new", "standin.port")
    print(f"{NAME} at http://127.0.0.1:{server.server_address[1]}/v1", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
