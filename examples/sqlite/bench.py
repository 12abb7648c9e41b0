"""An order book in SQLite: transactions on disk and look-ups; pragmas come from the environment."""

import os
import random
import sqlite3
import tempfile

ORDERS, BATCH, LOOKUPS = 3000, 5, 20_000


def setting(name, default):
    return os.environ.get(name, str(default))


def connect(path):
    db = sqlite3.connect(path, isolation_level=None)
    for pragma, name, default in (
        ("page_size", "SQLITE_PAGE_SIZE", 4096),
        ("journal_mode", "SQLITE_JOURNAL", "delete"),
        ("synchronous", "SQLITE_SYNCHRONOUS", "full"),
        ("cache_size", "SQLITE_CACHE_PAGES", 200),
        ("mmap_size", "SQLITE_MMAP_BYTES", 0),
        ("temp_store", "SQLITE_TEMP_STORE", "file"),
        ("locking_mode", "SQLITE_LOCKING", "normal"),
    ):
        db.execute(f"pragma {pragma} = {setting(name, default)}")
    return db


def main():
    rng = random.Random(7)
    # STROP_SCRATCH is a folder on disk: in memory, syncing would cost nothing.
    with tempfile.TemporaryDirectory(dir=os.environ.get("STROP_SCRATCH")) as folder:
        db = connect(os.path.join(folder, "orders.db"))
        db.execute(
            "create table orders (id integer primary key, customer integer, amount integer, note text)"
        )
        if setting("SQLITE_INDEX", 0) == "1":
            db.execute("create index by_customer on orders (customer, amount)")
        number = 0
        while number < ORDERS:
            db.execute("begin immediate")
            for _ in range(BATCH):
                number += 1
                row = (number, rng.randrange(400), rng.randrange(10_000), "x" * rng.randrange(20, 200))
                db.execute("insert into orders values (?, ?, ?, ?)", row)
            db.execute("commit")
        total = 0
        for _ in range(LOOKUPS // 100):
            customer = rng.randrange(400)
            (amount,) = db.execute(
                "select sum(amount) from orders where customer = ?", (customer,)
            ).fetchone()
            total += amount or 0
        print("orders", number, "total", total)
        db.close()


if __name__ == "__main__":
    main()
