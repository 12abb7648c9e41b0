"""Ask a model all problems of a seed, and write down what it said: python run.py SEED SPLIT

The model is the stand-in of this folder (standin.py, which is no language model), or whatever speaks the
OpenAI-compatible API at DECODING_API_BASE, as DECODING_MODEL. No key is ever sent: README.md says why.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from asked import asked
from problems import worked
from settings import prompt, read

STAND_IN, PORT = "standin.port", 8097  # a file with the port that it took, and where it is without one
AT_ONCE = 4
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxies the machine has
TRIES, PAUSE_S, TIMEOUT_S = 3, 1.0, 300


def ask(base, model, settings, messages, seed):
    """Return a reply's text, what the model thought before it, its usage as the server states it (or None),
    and the model's name.

    Raises `OSError` where there is no reply after some tries, `ValueError` where it isn't one.
    """
    body = {
        "model": model,
        "messages": messages,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_tokens": settings.max_tokens,
        "seed": seed,
    }
    request = urllib.request.Request(
        f"{base}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    for left in reversed(range(TRIES)):
        try:
            with DIRECT.open(request, timeout=TIMEOUT_S) as answer:
                return _parts(json.load(answer))
        except urllib.error.HTTPError as error:
            # What the server says of a bad request is worth more than its status.
            if error.code < 500 or not left:
                raise OSError(f"{base}: {error.code}: {error.read(500).decode('utf-8', 'replace')}") from None
        except OSError:
            if not left:
                raise
        time.sleep(PAUSE_S)
    raise AssertionError("the last try raises")


def _parts(answer):
    try:
        message = answer["choices"][0]["message"]
        text = message["content"] or ""
        # Servers have two names for it, and some give it by both: it is paid for once.
        thoughts = message.get("reasoning_content") or message.get("reasoning") or ""
    except (KeyError, IndexError, TypeError, AttributeError):
        raise ValueError(f"no chat completion: {json.dumps(answer)[:300]}") from None
    usage = answer.get("usage") or {}
    counts = [usage.get(key) for key in ("prompt_tokens", "completion_tokens")]
    stated = counts if all(type(n) is int for n in counts) else None
    return str(text), str(thoughts), stated, str(answer.get("model", ""))


def main(seed, split):
    """Write answer.txt: a line of JSON for each problem, with all that was asked and said."""
    base = os.environ.get("DECODING_API_BASE", "").rstrip("/") or _inside()
    model = os.environ.get("DECODING_MODEL", "") or "stand-in"
    settings, examples = read(), worked()
    prompts = [prompt(settings, examples, problem.question) for problem in asked(seed, split)]
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        asking = [
            [pool.submit(ask, base, model, settings, messages, vote + 1) for vote in range(settings.votes)]
            for messages in prompts
        ]
        said = [[vote.result() for vote in votes] for votes in asking]
    finally:
        # After a failure nobody waits for the other replies.
        pool.shutdown(cancel_futures=True)
    with open("answer.txt", "w", encoding="utf-8") as file:
        for messages, votes in zip(prompts, said, strict=True):
            file.write(json.dumps(_row(messages, votes)) + "\n")


def _inside():
    """Return where the service of this sandbox listens."""
    try:
        with open(STAND_IN, encoding="ascii") as file:
            port = int(file.read())
    except FileNotFoundError:
        port = PORT
    return f"http://127.0.0.1:{port}/v1"


def _row(messages, votes):
    return {
        "prompt": [message["content"] for message in messages],
        "replies": [text for text, _, _, _ in votes],
        "thoughts": [thoughts for _, thoughts, _, _ in votes],
        "usage": [usage for _, _, usage, _ in votes],
        "model": votes[0][3],
    }


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), sys.argv[2])
    except (OSError, ValueError) as error:
        sys.exit(f"run.py: {error}")
