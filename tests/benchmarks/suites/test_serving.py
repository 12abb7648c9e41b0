"""The simulator of the serving suite: it agrees with queueing theory, and with one that makes every step."""

from __future__ import annotations

import random
import re
import signal
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from strop.benchmarks.self import serving
from strop.benchmarks.self.serving import (
    QUEUES,
    agreement,
    events_per_second,
    main,
    plain_agreement,
    simulated_waits,
    simulator,
)

TICKS = 1_000_000  # a second of work, for servers of queueing theory

cluster, costs, figures, policies, server, traffic = map(
    simulator, ("cluster", "costs", "figures", "policies", "server", "traffic")
)


@pytest.mark.slow
@pytest.mark.parametrize(("queue", "utilisation"), QUEUES)
def test_mean_waiting_is_that_of_queueing_theory(queue: str, utilisation: float) -> None:
    found = agreement(queue, utilisation, requests=60_000, seed=1)
    assert abs(found.deviation) < 0.02


@pytest.mark.parametrize(("queue", "utilisation"), QUEUES[:6])
def test_a_plain_mean_is_that_of_queueing_theory_as_exactly_as_it_says(
    queue: str, utilisation: float
) -> None:
    found = plain_agreement(queue, utilisation, seed=2, half_width=0.08)
    assert 0.03 < found.half_width / found.exact < 0.12
    assert abs(found.deviation) < 0.16


@pytest.mark.slow
@pytest.mark.parametrize(("queue", "utilisation"), [("M/M/1", 0.5), ("M/D/1", 0.5), ("M/D/1", 0.7)])
def test_a_long_plain_mean_is_within_two_per_cent(queue: str, utilisation: float) -> None:
    found = plain_agreement(queue, utilisation, seed=1)
    assert found.half_width / found.exact < 0.02 and abs(found.deviation) < 0.02


@pytest.mark.parametrize("servers", [1, 3])
def test_every_wait_is_that_of_the_recursion_for_queues(servers: int) -> None:
    rng = np.random.default_rng(3)
    gaps, ticks = rng.exponential(1 / (0.8 * servers), 2000), rng.integers(1, 2 * TICKS, 2000)
    free, now, expected = [0.0] * servers, 0.0, []
    for gap, work in zip(gaps, ticks / TICKS, strict=True):  # Kiefer and Wolfowitz, 1955
        now += gap
        start = max(now, min(free))
        expected.append(start - now)
        free[free.index(min(free))] = start + work
    assert simulated_waits(gaps, ticks, servers) == pytest.approx(np.array(expected), abs=1e-6)
    assert max(expected) > 1


def asked(count: int, rate: float, seed: int = 1, prompt: int = 300, output: int = 80) -> list[Any]:
    rng = random.Random(seed)
    sizes = [
        (traffic.length(rng, prompt, 0.8, 3000), traffic.length(rng, output, 0.8, 600)) for _ in range(count)
    ]
    times = traffic.bursts(rng, rate, count)
    return [traffic.Request(k, when, *size) for k, (when, size) in enumerate(zip(times, sizes, strict=True))]


def step_costs(kv_tokens: int = 0, **plan: int) -> Any:
    """Costs of a model, with as much KV memory as told (0: what the device has)."""

    class Limited(costs.Costs):  # type: ignore[misc, name-defined]
        @property
        def kv_tokens(self) -> int:
            return kv_tokens or int(super().kv_tokens)

    return Limited(costs.MODELS["13b"], costs.DEVICES["A100"], **plan)


class Single(server.Server):  # type: ignore[misc, name-defined]
    """A server that makes each decode step by itself."""

    def begin(self, now: float) -> float | None:
        end: float | None = super().begin(now)
        if end is None or self._prefilling:
            return end
        self._steps = 1
        return now + float(self._duration(1))


@pytest.mark.parametrize("kv_tokens", [0, 3700])
@pytest.mark.parametrize("apart", [False, True])
def test_steps_made_at_once_are_those_made_one_by_one(kv_tokens: int, apart: bool) -> None:
    found = []
    for kind in (server.Server, Single):
        step = step_costs(kv_tokens)
        if apart:
            first = [kind(f"p{k}", step, role="prefill") for k in range(2)]
            place = cluster.Cluster(first, decoders=[kind("d", step, role="decode")])
        else:
            place = cluster.Cluster([kind(str(k), step, max_batch=12) for k in range(2)])
        states = place.run(asked(200, 14.0))
        found.append([(one.started, one.first, one.done, one.preempted) for one in states.values()])
        assert all(
            one.left == 0 and one.context == one.request.prompt + one.request.output
            for one in states.values()
        )
    assert np.array(found[0]) == pytest.approx(np.array(found[1]), abs=1e-9)
    assert (sum(one[3] for one in found[0]) > 0) == bool(kv_tokens)


def test_a_request_alone_takes_the_sum_of_its_steps() -> None:
    step = step_costs()
    states = cluster.Cluster([server.Server("0", step)]).run([traffic.Request(0, 2.0, 100, 5)])
    fixed, slope = step.decode(1)
    first = 2.0 + step.prefill([100])
    assert states[0].first == pytest.approx(first)
    assert states[0].done == pytest.approx(first + sum(fixed + slope * held for held in (101, 102, 103, 104)))
    assert figures.per_token(states[0]) == pytest.approx((states[0].done - first) / 4)


def test_limits_of_batch_memory_and_prefill_hold_at_every_step() -> None:
    seen = []

    class Watched(server.Server):  # type: ignore[misc, name-defined]
        def end(self, now: float) -> Any:
            lengths = [one.context for one in self._prefilling]
            assert len(lengths) <= 1 or sum(lengths) <= self.max_prefill
            found = super().end(now)
            assert len(self.running) <= self.max_batch
            assert self.held == sum(one.context for one in self.running) <= self.capacity
            seen.append(len(self.running))
            return found

    place = cluster.Cluster([Watched("0", step_costs(3700), max_batch=9, max_prefill=1000)])
    states = place.run(asked(200, 20.0))
    assert max(seen) == 9 and sum(one.preempted for one in states.values()) > 0
    with pytest.raises(ValueError, match="fits on no server"):
        cluster.Cluster([server.Server("0", step_costs(300))]).run(asked(20, 1.0))


def test_a_follower_arrives_when_the_request_before_it_ends() -> None:
    chain = [traffic.Request(0, 1.0, 50, 20), traffic.Request(1, 0.0, 50, 20, after=0)]
    states = cluster.Cluster([server.Server("0", step_costs())], shared=True).run(chain)
    assert states[1].arrival == states[0].done < states[1].done


def test_costs_of_splitting_a_model() -> None:
    one, tensor, pipeline = step_costs(), step_costs(tensor=4), step_costs(pipeline=4)
    assert tensor.kv_tokens == pipeline.kv_tokens > 4 * one.kv_tokens  # weights are kept once
    assert one.prefill([2000]) / 4 < tensor.prefill([2000]) < one.prefill([2000])
    assert one.prefill([2000]) / 4 < pipeline.prefill([2000]) < one.prefill([2000])
    # A pipeline doesn't make one sequence any faster, tensor parallelism does.
    assert pipeline.decode(1)[0] >= one.decode(1)[0] > tensor.decode(1)[0]
    slow, fast = (
        costs.Costs(costs.MODELS["13b"], costs.DEVICES[name], tensor=4) for name in ("A100-PCIe", "A100")
    )
    assert slow.prefill([2000]) > fast.prefill([2000])


def test_bursts_keep_the_rate_and_are_no_poisson_process() -> None:
    def dispersion(times: Sequence[float]) -> float:
        counts = np.bincount(np.array(times, dtype=int))
        return float(counts.var() / counts.mean())

    burst = traffic.bursts(random.Random(1), 10.0, 40_000)
    assert 40_000 / burst[-1] == pytest.approx(10, rel=0.1)
    assert dispersion(burst) > 3
    assert dispersion(traffic.poisson(random.Random(1), 10.0, 40_000)) == pytest.approx(1, abs=0.1)


def test_policies_and_routers_choose_what_they_say() -> None:
    def state(number: int, prompt: int, guess: int, deadline: float) -> Any:
        return server.State(traffic.Request(number, 0.0, prompt, 10, guess, deadline))

    queue = [state(0, 900, 10, 5.0), state(1, 100, 10, 9.0), state(2, 100, 300, 1.0)]
    first = [one.request.id for one in policies.shortest_first(0.0, None, queue)]
    urgent = [one.request.id for one in policies.earliest_deadline(0.0, None, queue)]
    assert (first, urgent) == ([1, 0, 2], [2, 0, 1])
    small, large, other = (
        server.Server(str(k), step_costs(size)) for k, size in enumerate((500, 9000, 9000))
    )
    large.load = 2
    assert policies.least_loaded(queue[1], [small, large, other]) is small
    assert policies.least_loaded(queue[0], [small, large, other]) is other
    turns = policies.RoundRobin()
    assert [turns(queue[0], [small, large, other]) for _ in range(3)] == [large, other, large]


def test_an_urgent_policy_meets_more_deadlines_than_the_order_of_arrival() -> None:
    rng = random.Random(4)
    requests = [
        traffic.Request(k, when, 200, 60, deadline=when + rng.choice((4.0, 60.0)))
        for k, when in enumerate(traffic.poisson(rng, 5.5, 300))
    ]
    met = []
    for policy in (None, policies.earliest_deadline):
        place = cluster.Cluster([server.Server("0", step_costs(), policy=policy, max_batch=8)])
        met.append(sum(one.done <= one.request.deadline for one in place.run(requests).values()))
    assert met[1] > 1.2 * met[0]


class Small(costs.FixedCosts):  # type: ignore[misc, name-defined]
    """Fixed service times, and so many tokens of KV memory."""

    def __init__(self, kv_tokens: int) -> None:
        super().__init__(1e-3)
        self.kv_tokens = kv_tokens


@pytest.mark.parametrize("sizes", [(10, 1000), (1000, 10)])
@pytest.mark.parametrize("policy", [None, policies.earliest_deadline])
def test_a_small_server_of_a_shared_queue_passes_over_what_never_fits_there(
    sizes: tuple[int, int], policy: Any
) -> None:
    # The prompt alone has room on the small server, the request as a whole has not.
    requests = [traffic.Request(k, 0.0, 5, 20) for k in range(3)] + [traffic.Request(3, 0.0, 4, 3)]
    servers = [server.Server(str(size), Small(size), policy=policy, max_batch=2) for size in sizes]
    place = cluster.Cluster(servers, shared=True)

    def stop(*_: Any) -> None:
        raise AssertionError("time stands still")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(20)
    try:
        states = place.run(requests)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert all(state.done is not None and not state.preempted for state in states.values())
    assert not place.servers[0].queue and all(one.held == 0 for one in servers)


def test_a_router_that_sends_a_request_where_it_never_fits_is_told() -> None:
    servers = [server.Server(str(size), Small(size)) for size in (10, 1000)]
    place = cluster.Cluster(servers, router=lambda state, servers: servers[0])
    with pytest.raises(ValueError, match="request 0 was routed to 10, where it never fits"):
        place.run([traffic.Request(0, 0.0, 5, 20)])


def test_requests_of_one_moment_keep_their_order() -> None:
    same = [traffic.Request(k, 1.0, 50, 3) for k in range(5)]
    states = cluster.Cluster([server.Server("0", step_costs(), max_batch=1)], shared=True).run(same)
    assert sorted(states, key=lambda k: states[k].done) == [0, 1, 2, 3, 4]


def test_what_is_counted_a_second_is_what_was_simulated() -> None:
    found = events_per_second(300)
    again, other, more = events_per_second(300), events_per_second(300, seed=6), events_per_second(600)
    assert (found.requests, found.events, found.steps) == (300, again.events, again.steps)
    # A request arrives, and its prefill and its decoding end. Steps of decoding are made many at once.
    assert 3 * 300 <= found.events < 5 * 300 and found.steps > 5 * found.events
    assert (other.events, other.steps) != (found.events, found.steps)
    assert more.events > 1.5 * found.events and more.steps > found.steps


SMALL = ["--requests", "2000", "--half-width", "0.4"]


def test_the_table_has_all_queues_and_a_deviation_ends_it_with_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(SMALL) == 1  # so few requests have a mean that is some way off
    table, _, speed = capsys.readouterr().out.rpartition("\n\n")
    rows = re.findall(
        r"^(M/./1) +(0\.\d\d)  \| *([\d,]+) +([+-][\d.]+)%.* ([+-][\d.]+)% .*?([\d.]+)$", table, re.M
    )
    assert [(queue, float(load)) for queue, load, *_ in rows] == list(QUEUES)
    worst = max(abs(float(plain)) for _, _, _, plain, _, _ in rows)
    assert worst > 2 and max(abs(float(controlled)) for *_, controlled, _ in rows) < 0.1
    exact = {(queue, float(load)): float(wait) for queue, load, *_, wait in rows}
    assert exact["M/M/1", 0.5] == 1 and exact["M/D/1", 0.5] == 0.5
    assert re.match(r"4000 requests on four servers: \d+ events, \d+ steps in .* events/s, ", speed)
    monkeypatch.setattr(serving, "LIMIT", 1.01 * worst / 100)
    assert main([*SMALL, "--seed", "1"]) == 0
    monkeypatch.setattr(serving, "LIMIT", 0.99 * worst / 100)
    assert main([*SMALL, "--seed", "1"]) == 1
