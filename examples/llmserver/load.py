"""Ask the server as eight users do, four at a time: python load.py PORT SEED"""

import json
import random
import statistics
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

USERS, AT_ONCE, TOKENS = 8, 4, 16
RULES = (
    "You help in a shop for garden tools. Answer in one short sentence. Name a product where one fits: "
    "spade, rake, hoe, shears, hose, wheelbarrow, gloves, watering can. Never give prices. "
)
THINGS = ("roses", "lawn", "hedge", "pond", "terrace", "greenhouse", "compost", "orchard", "path", "herbs")


def ask(port, question):
    """Return how long an answer took, and how many tokens it had."""
    body = {
        "messages": [{"role": "system", "content": RULES}, {"role": "user", "content": question}],
        "max_tokens": TOKENS,
        "temperature": 0,
        "ignore_eos": True,  # every answer is as long as the others
    }
    start = time.monotonic()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as reply:
        answer = json.load(reply)
    return time.monotonic() - start, answer["usage"]["completion_tokens"]


def main(port, seed):
    """Write result.txt, how much was answered, and print the latencies."""
    rng = random.Random(seed)
    questions = [f"What do I need for my {' and my '.join(rng.sample(THINGS, 2))}?" for _ in range(USERS)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda question: ask(port, question), questions))
    with open("result.txt", "w", encoding="utf-8") as file:
        file.write(f"answers {len(answers)}, tokens {sum(tokens for _, tokens in answers)}\n")
    seconds = sorted(taken for taken, _ in answers)
    print(f"METRIC median_latency={statistics.median(seconds):.6f}")
    print(f"METRIC slowest_latency={seconds[-1]:.6f}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
