"""Tables are downloaded once, from a real server on the loopback, and only with the right checksum."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from strop.benchmarks.tuning import downloads
from strop.benchmarks.tuning.downloads import FILES, download, known_tables
from strop.cli import main
from strop.errors import ConfigError

pytest.importorskip("pooch")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve one table, and let it be the one that is known."""
    source = tmp_path / "served" / "owner" / "table"
    source.mkdir(parents=True)
    sums = {}
    for file in FILES:
        (source / file).write_text(f"this is {file}\n", encoding="utf-8")
        sums[file] = hashlib.sha256((source / file).read_bytes()).hexdigest()
    monkeypatch.setattr(downloads, "known_tables", lambda: {"a/t": {"source": "owner/table", **sums}})
    handler = partial(Quiet, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_table_is_downloaded_once(tmp_path: Path, host: str) -> None:
    place = download("a/t", tmp_path / "cache", host=host)
    assert place == tmp_path / "cache" / "a" / "t"
    assert (place / "data.csv").read_text(encoding="utf-8") == "this is data.csv\n"
    for file in FILES:
        (tmp_path / "served" / "owner" / "table" / file).unlink()
    assert download("a/t", tmp_path / "cache", host=host) == place


def test_another_checksum_is_refused_and_not_kept(tmp_path: Path, host: str) -> None:
    (tmp_path / "served" / "owner" / "table" / "data.csv").write_text("changed", encoding="utf-8")
    with pytest.raises(ConfigError, match="data.csv: can't be downloaded: .*hash.*; let STROP_DATA name"):
        download("a/t", tmp_path / "cache", host=host)
    assert not (tmp_path / "cache" / "a" / "t" / "data.csv").exists()


def test_what_the_server_does_not_have_is_said(tmp_path: Path, host: str) -> None:
    (tmp_path / "served" / "owner" / "table" / "config.json").unlink()
    with pytest.raises(ConfigError, match="config.json: can't be downloaded: 404"):
        download("a/t", tmp_path / "cache", host=host)


def test_every_table_has_a_source_at_a_commit_and_checksums(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {"iron_mind/Buchwald_Hartwig", "iron_mind/Suzuki_Doyle", "olympus/hplc"} <= known_tables().keys()
    for table in known_tables().values():
        owner, repository, commit, _ = table["source"].split("/", 3)
        assert owner and repository == "olympus" and int(commit, 16)
        assert all(len(table[file]) == 64 for file in FILES)
    monkeypatch.delenv("STROP_DATA", raising=False)
    assert main(["bench", "run", "tuning", "--tables", "iron_mind/None"]) == 2
    told = capsys.readouterr().err
    assert "'iron_mind/None' is no table that can be downloaded" in told and "olympus/hplc" in told
