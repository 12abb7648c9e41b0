"""Tests of times, lines, routes, agents, the reader and the digest."""

from __future__ import annotations

import io
import os
import unittest
from unittest import mock

from logdigest import RouteTable, chunk_size, digest, read_lines, render
from logdigest.agents import family
from logdigest.clock import moment
from logdigest.lines import Request, parse

LINE = '10.0.0.7 - ada [12/Mar/2024:06:25:14 +0100] "GET /users/7?x=1 HTTP/1.1" 404 120 "-" "curl/7.9"'


class ClockTest(unittest.TestCase):
    def test_times_with_their_zone(self) -> None:
        self.assertEqual(moment("01/Jan/1970:00:00:00 +0000"), 0)
        self.assertEqual(moment("12/Mar/2024:06:25:14 +0100"), 1710221114)
        self.assertEqual(moment("29/Feb/2024:23:59:59 -0330"), 1709263799)

    def test_what_strptime_takes_besides(self) -> None:
        self.assertEqual(moment("1/jan/1970:0:0:9 +00:00"), 9)
        self.assertEqual(moment("01/JAN/1970:00:00:09 Z"), 9)

    def test_what_is_no_time(self) -> None:
        for text in (
            "",
            "12/Mar/2024",
            "30/Feb/2024:00:00:00 +0000",
            "01/Mai/2024:00:00:00 +0000",
            "01/Mar/2024:24:00:00 +0000",
            "01/Mar/2024:00:00:00",
            "01/Mar/2024:00:00:00 +0000 ",
        ):
            with self.subTest(text), self.assertRaises(ValueError):
                moment(text)


class LineTest(unittest.TestCase):
    def test_a_request(self) -> None:
        self.assertEqual(
            parse(LINE), Request("10.0.0.7", 1710221114, "GET", "/users/7", 404, 120, "curl/7.9")
        )

    def test_nothing_was_sent(self) -> None:
        request = parse(LINE.replace("404 120", "304 -"))
        assert request is not None
        self.assertEqual((request.status, request.size), (304, 0))

    def test_broken_lines(self) -> None:
        for line in (
            "",
            LINE[:-1],
            LINE.replace("GET ", ""),
            LINE.replace("Mar", "Xyz"),
            LINE.replace("404", "4"),
        ):
            with self.subTest(line):
                self.assertIsNone(parse(line))


class RouteTest(unittest.TestCase):
    def test_the_first_template_that_fits(self) -> None:
        table = RouteTable(
            ["/", "/users/{id:int}", "/users/{name}", "/files/{rest:path}", "/{any}/about.html"]
        )
        for path, name in {
            "/": "/",
            "/users/17": "/users/{id:int}",
            "/users/ada": "/users/{name}",
            "/users/17/": "/users/{id:int}",
            "/users/17/x": "(other)",
            "/users": "(other)",
            "/files/a/b/c.txt": "/files/{rest:path}",
            "/files/": "(other)",
            "/de/about.html": "/{any}/about.html",
            "/de/aboutxhtml": "(other)",
            "": "(other)",
            "users/17": "(other)",
        }.items():
            self.assertEqual(table.name_of(path), name, path)

    def test_templates_mean_themselves_but_for_their_fields(self) -> None:
        table = RouteTable(["/a.b/(x)/{n:int}", "/{}/{m:word}/end/"])
        self.assertEqual(table.name_of("/a.b/(x)/1"), "/a.b/(x)/{n:int}")
        self.assertEqual(table.name_of("/axb/(x)/1"), "(other)")
        self.assertEqual(table.name_of("/u/v/end"), "/{}/{m:word}/end/")

    def test_wrong_templates(self) -> None:
        with self.assertRaisesRegex(ValueError, "unknown kind 'hex' in '/a/{b:hex}'; known: int, path, word"):
            RouteTable(["/", "/a/{b:hex}"])
        with self.assertRaisesRegex(ValueError, "starts with a slash: 'a'"):
            RouteTable(["a"])


class AgentTest(unittest.TestCase):
    def test_families(self) -> None:
        for agent, name in {
            "Mozilla/5.0 Firefox/120.0": "firefox",
            "Mozilla/5.0 Chrome/120 Safari/537": "chrome",
            "Mozilla/5.0 Chrome/120 Safari/537 EDG/120": "edge",
            "Mozilla/5.0 Version/17 Safari/605": "safari",
            "SomeBot Chrome/99": "robot",
            "Python-urllib/3.11": "program",
            "-": "other",
            "": "other",
        }.items():
            self.assertEqual(family(agent), name, agent)


class DigestTest(unittest.TestCase):
    def test_lines_do_not_depend_on_the_chunk(self) -> None:
        for chunk in (1, 2, 3, 5, 100):
            self.assertEqual(list(read_lines(io.StringIO("ab\n\ncde\nf"), chunk)), ["ab", "cde", "f"])
        self.assertEqual(list(read_lines(io.StringIO(""))), [])

    def test_the_chunk_is_read_from_the_environment(self) -> None:
        with mock.patch.dict(os.environ, {"LOGDIGEST_CHUNK": "512"}):
            self.assertEqual(chunk_size(), 512)

    def test_figures_of_a_small_log(self) -> None:
        late = LINE.replace("06:25:14", "06:55:15").replace("404", "200").replace("curl", "bot")
        other = LINE.replace("10.0.0.7", "10.0.0.8").replace("/users/7", "/")
        text = render(digest([late, "nonsense", LINE, other], RouteTable(["/users/{id:int}"])))
        self.assertEqual(
            text.splitlines(),
            ["lines 4", "rejected 1", "visits 3", "family program 2", "family robot 1"]
            + ["route (other) 1 1 120", "route /users/{id:int} 2 1 240"],
        )

    def test_a_client_that_comes_back_soon_is_the_same_visit(self) -> None:
        soon = LINE.replace("06:25:14", "06:55:14")
        self.assertEqual(digest([soon, LINE], RouteTable([])).visits, 1)

    def test_an_empty_log(self) -> None:
        self.assertEqual(render(digest([], RouteTable(["/"]))), "lines 0\nrejected 0\nvisits 0\n")


if __name__ == "__main__":
    unittest.main()
