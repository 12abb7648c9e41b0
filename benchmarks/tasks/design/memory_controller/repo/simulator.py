"""A controller of one DRAM channel of eight banks, request by request; times are in cycles, energies in pJ.

It leaves out ranks, channels and power-down. Orders of magnitude of timings and energies are those of DDR4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

BANKS, COLUMNS = 8, 128  # lines in a row of a bank
ACTIVATE, PRECHARGE, READ, BURST, TURNAROUND = 16, 16, 16, 4, 12
REFRESH_EVERY, REFRESH_ALL, REFRESH_BANK = 9360, 420, 160
ACTIVATE_PJ, ACCESS_PJ, REFRESH_PJ = 1800.0, 1100.0, 24000.0
STANDBY_PJ, OPEN_PJ, ENTRY_PJ = 0.9, 0.12, 0.02  # a cycle: always, for an open row, for an entry of the queue

SPACE: dict[str, tuple[str, ...] | range] = {
    "page_policy": ("closed", "open", "timeout"),
    "timeout": range(10, 2001),
    "scheduler": ("fcfs", "frfcfs", "banks"),
    "cap": range(1, 65),
    "queue": range(2, 65),
    "drain_high": range(1, 65),
    "drain_low": range(0, 65),
    "mapping": ("row_bank_column", "row_column_bank", "bank_row_column", "hashed"),
    "refresh": ("all", "bank"),
    "postpone": range(0, 9),
}
"""The parts of a controller, and what they may be."""

Request = tuple[int, int, int]
Config = dict[str, str | int]


@dataclass
class Bank:
    """What a bank does: its open row, when it is ready, and when its row was used last."""

    row: int = -1
    ready: int = 0
    used: int = 0


@dataclass
class State:
    """Of a controller at work."""

    banks: list[Bank] = field(default_factory=lambda: [Bank() for _ in range(BANKS)])
    now: int = 0
    bus: int = 0
    writing: bool = False
    hits: int = 0
    refreshed: int = 0
    turn: int = 0
    energy: float = 0.0
    waited: int = 0


def place(line: int, mapping: str | int) -> tuple[int, int]:
    """Return bank and row of a line."""
    if mapping == "row_column_bank":
        return line % BANKS, line // BANKS // COLUMNS
    if mapping == "bank_row_column":
        return (line >> 19) % BANKS, line // COLUMNS
    row = line // COLUMNS // BANKS
    bank = line // COLUMNS % BANKS
    return (bank ^ (row & 7) ^ (row >> 3 & 7), row) if mapping == "hashed" else (bank, row)


def chosen(queue: list[tuple[Request, int, int]], state: State, config: Config) -> int:
    """Return the index of the next request: by kind, by the policy of the scheduler, then by age."""
    pending = sum(entry[0][2] for entry in queue)
    if state.writing and pending <= int(config["drain_low"]):
        state.writing = False
    elif pending >= int(config["drain_high"]):
        state.writing = True
    kinds = [i for i, entry in enumerate(queue) if bool(entry[0][2]) == state.writing]
    kinds = kinds or list(range(len(queue)))
    first, soon = kinds[0], state.now + ACTIVATE + PRECHARGE
    capped = config["scheduler"] == "frfcfs" and state.hits >= int(config["cap"])
    if config["scheduler"] == "fcfs" or capped:
        state.hits = 0
        return first
    for i in kinds:
        _, bank, row = queue[i]
        if state.banks[bank].row == row and state.banks[bank].ready <= soon:
            state.hits += i != first
            return i
    if config["scheduler"] == "banks":
        return min(kinds, key=lambda i: (state.banks[queue[i][1]].ready, i))
    return first


def refresh(state: State, config: Config, idle: bool) -> None:
    """Do the refreshes that are due: postponed ones once nothing waits, or too many are owed."""
    parts = 1 if config["refresh"] == "all" else BANKS
    due = state.now * parts // REFRESH_EVERY - state.refreshed
    if due <= 0 or (not idle and due <= int(config["postpone"])):
        return
    state.refreshed += due
    state.energy += due * REFRESH_PJ / parts
    for _ in range(due):
        hit = state.banks if parts == 1 else [state.banks[state.turn % BANKS]]
        state.turn += 1
        for bank in hit:
            state.energy += open_energy(bank, state.now, config)
            bank.ready = max(bank.ready, state.now) + (REFRESH_ALL if parts == 1 else REFRESH_BANK)
            bank.row = -1


def open_energy(bank: Bank, until: int, config: Config) -> float:
    """Return the pJ that a row took to stay open since its last use."""
    span = max(0, until - bank.used) if bank.row >= 0 else 0
    return OPEN_PJ * (min(span, int(config["timeout"])) if config["page_policy"] == "timeout" else span)


def serve(entry: tuple[Request, int, int], last_write: int, state: State, config: Config) -> None:
    """Let the bank and then the bus do a request, and the clock go on."""
    (arrival, _, write), number, row = entry
    bank, policy = state.banks[number], config["page_policy"]
    begin = max(state.now, bank.ready)
    state.energy += open_energy(bank, begin, config)
    if policy == "timeout" and begin - bank.used > int(config["timeout"]) + PRECHARGE:
        bank.row = -1
    if bank.row != row:
        begin += ACTIVATE + (PRECHARGE if bank.row >= 0 else 0)
        state.energy += ACTIVATE_PJ
        bank.row = row
    start = max(begin, state.bus) + (TURNAROUND if write != last_write else 0)
    state.bus = bank.used = bank.ready = start + BURST
    if policy == "closed":
        bank.row, bank.ready = -1, bank.ready + PRECHARGE
    # Commands run ahead of the bus by what it takes to open a row: banks work at the same time.
    state.now = max(state.now + 1, start - ACTIVATE - PRECHARGE)
    state.energy += ACCESS_PJ
    state.waited += 0 if write else state.bus + READ - arrival


def simulate(trace: Sequence[Request], config: Config) -> dict[str, float]:
    """Return latency (mean cycles of a read), energy (pJ of a request), and edp, their product."""
    state, queue, position, last_write = State(), [], 0, 0
    reads = max(1, sum(not request[2] for request in trace))
    while position < len(trace) or queue:
        while position < len(trace) and len(queue) < int(config["queue"]) and trace[position][0] <= state.now:
            queue.append((trace[position], *place(trace[position][1], config["mapping"])))
            position += 1
        refresh(state, config, idle=not queue)
        if not queue:
            state.now = max(state.now, trace[position][0])
            continue
        entry = queue.pop(chosen(queue, state, config))
        serve(entry, last_write, state, config)
        last_write = entry[0][2]
    cycles = max(state.now, *(bank.ready for bank in state.banks))
    # What was put off is still due at the end.
    missed = max(0.0, cycles / REFRESH_EVERY - state.refreshed / (1 if config["refresh"] == "all" else BANKS))
    entry_pj = ENTRY_PJ * int(config["queue"])
    energy = (state.energy + missed * REFRESH_PJ + cycles * (STANDBY_PJ + entry_pj)) / len(trace)
    latency = state.waited / reads
    return {"latency": latency, "energy": energy, "edp": latency * energy}
