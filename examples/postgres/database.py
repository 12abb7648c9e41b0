"""A shop's database: the server with the knobs of the environment, its tables, and the load on them.

python database.py serve | ready | load SEED; a load writes result.txt: what the tables hold afterwards.
"""

import glob
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Settings that the environment has under their names in capitals: as in pg_settings.
SETTINGS = (
    "shared_buffers", "work_mem", "synchronous_commit", "commit_delay", "wal_compression", "wal_buffers",
    "wal_sync_method", "full_page_writes", "random_page_cost", "max_parallel_workers_per_gather", "jit",
)  # fmt: skip
UNITS = {"shared_buffers": "MB", "work_mem": "kB", "wal_buffers": "kB"}

# STROP_SCRATCH is a folder on disk: in memory, syncing would cost nothing.
HOME = Path(os.environ.get("STROP_SCRATCH") or tempfile.gettempdir()) / "postgres"
SOCKETS = "/tmp"
ORDERS, CUSTOMERS = 100_000, 1_000
CLIENTS, ROUNDS = 4, 25

TABLES = f"""
select setseed(0.5);
create table customers as select id, 0::bigint as balance, 'c' || id as name
  from generate_series(1, {CUSTOMERS}) as id;
alter table customers add primary key (id);
create table orders as select id, 1 + (random() * {CUSTOMERS - 1})::int as customer,
  (random() * 10000)::int as amount, repeat('x', 20 + (random() * 80)::int) as note
  from generate_series(1, {ORDERS}) as id;
alter table orders add primary key (id);
create index by_customer on orders (customer);
create table payments (customer int, amount int);
create table loaded ();
analyze;
"""
PAYMENT = f"""
\\set customer random(1, {CUSTOMERS})
\\set amount random(1, 500)
begin;
update customers set balance = balance + :amount where id = :customer;
insert into payments values (:customer, :amount);
end;
"""
LATEST = """
select sum(last.amount) from customers cross join lateral (
  select amount from orders where customer = customers.id order by id desc limit 3
) as last;
"""
ABOVE_AVERAGE = """
select count(*) from orders as o where o.id % 100 = 0 and amount > (
  select avg(amount) from orders where customer = o.customer
);
"""
LOAD = (("payment", PAYMENT, 16), ("latest", LATEST, 1), ("above", ABOVE_AVERAGE, 1))  # with weights


def program(name):
    """Return the path of one of PostgreSQL's programs; Debian keeps them out of PATH."""
    found = shutil.which(name) or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))), None)
    if found is None:
        sys.exit(f"{name} is not installed: apt-get install postgresql")
    return found


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def sql(text):
    connection = ("--host", SOCKETS, "--username", "shop", "--dbname", "postgres")
    return run(
        program("psql"), *connection, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", input=text
    )


def serve():
    shutil.rmtree(HOME, ignore_errors=True)
    run(program("initdb"), "--username=shop", "--auth=trust", "--no-sync", "--no-locale", f"--pgdata={HOME}")
    command = [program("postgres"), "-D", str(HOME), "-k", SOCKETS, "-h", ""]
    for name in SETTINGS:
        value = os.environ.get(name.upper())
        if value is not None:
            command += ["-c", f"{name}={value}{UNITS.get(name, '')}"]
    os.execv(command[0], command)


def ready():
    run(program("pg_isready"), "--host", SOCKETS, "--quiet")
    if sql("select to_regclass('loaded')") == "":
        sql(TABLES)
        sql("checkpoint")


def load(seed):
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, text, weight in LOAD:
            file = Path(folder, name)
            file.write_text(text, encoding="utf-8")
            files += ["--file", f"{file}@{weight}"]
        # Each client has a thread of its own: threads draw which script is next.
        size = (f"--client={CLIENTS}", f"--jobs={CLIENTS}", f"--transactions={ROUNDS}")
        place = ("--host", SOCKETS, "--username", "shop", "postgres")
        run(program("pgbench"), "--no-vacuum", *size, f"--random-seed={seed}", *files, *place)
    payments = sql("select count(*), sum(amount) from payments")
    balances = sql("select sum(balance) from customers")
    Path("result.txt").write_text(f"payments {payments}\nbalances {balances}\n", encoding="utf-8")


if __name__ == "__main__":
    {"serve": serve, "ready": ready, "load": load}[sys.argv[1]](*sys.argv[2:])
