"""Tests of the notation, of places in documents, and of the merge."""

from __future__ import annotations

import unittest

from docmerge import merge, outline, parse_changes, parse_document
from docmerge.lexer import NotationError, tokens
from docmerge.notation import Change
from docmerge.tree import PathError, at, with_item, with_value, without

TEXT = '{title: "Rivers" parts: [{name: "Rhine" length: 1233} {name: "Elbe"}] tags: []}'


class NotationTest(unittest.TestCase):
    def test_tokens_of_all_kinds(self) -> None:
        self.assertEqual(
            tokens('  set a_1/-2 "x \\"y\\" \\\\";\n'),
            [
                ("word", "set"),
                ("word", "a_1"),
                ("mark", "/"),
                ("number", "-2"),
                ("string", 'x "y" \\'),
                ("mark", ";"),
            ],
        )
        self.assertEqual(tokens(" \n\t "), [])

    def test_what_starts_no_token_is_named_with_its_place(self) -> None:
        with self.assertRaisesRegex(NotationError, "character 5: unexpected '%'"):
            tokens(" abc % d")
        with self.assertRaisesRegex(NotationError, "character 2: unexpected '\"'"):
            tokens('a "open')

    def test_documents(self) -> None:
        self.assertEqual(
            parse_document(TEXT),
            {"title": "Rivers", "parts": [{"name": "Rhine", "length": 1233}, {"name": "Elbe"}], "tags": []},
        )
        self.assertEqual(parse_document(' "only text" '), "only text")

    def test_broken_documents(self) -> None:
        for text in ("", "{a: }", "{a 1}", "[1 2", "1 2", '{"a": 1}', "{a: 1"):
            with self.subTest(text), self.assertRaises(NotationError):
                parse_document(text)

    def test_changes(self) -> None:
        self.assertEqual(
            parse_changes('set parts/0/length 1230; drop parts/1; add tags ["x"];'),
            [
                Change("set", ("parts", 0, "length"), 1230),
                Change("drop", ("parts", 1)),
                Change("add", ("tags",), ["x"]),
            ],
        )
        with self.assertRaisesRegex(NotationError, "expected set, add or drop, not 'move'"):
            parse_changes("move a b;")


class TreeTest(unittest.TestCase):
    def setUp(self) -> None:
        self.document = parse_document(TEXT)

    def tearDown(self) -> None:
        self.assertEqual(self.document, parse_document(TEXT), "the document that was given has changed")

    def test_a_value_is_replaced(self) -> None:
        changed = with_value(self.document, ("parts", 0, "length"), 1230)
        self.assertEqual(at(changed, ("parts", 0)), {"name": "Rhine", "length": 1230})
        self.assertEqual(at(changed, ("parts", 1)), {"name": "Elbe"})

    def test_a_field_may_be_new_but_no_item(self) -> None:
        changed = with_value(self.document, ("parts", 1, "length"), 1094)
        self.assertEqual(at(changed, ("parts", 1, "length")), 1094)
        with self.assertRaisesRegex(PathError, "parts/2 is not there"):
            with_value(self.document, ("parts", 2), "x")
        with self.assertRaisesRegex(PathError, "title/0 is not there"):
            with_value(self.document, ("title", 0), "x")

    def test_items_are_added_and_dropped(self) -> None:
        self.assertEqual(at(with_item(self.document, ("tags",), "x"), ("tags",)), ["x"])
        self.assertEqual(at(without(self.document, ("parts", 0)), ("parts",)), [{"name": "Elbe"}])
        self.assertNotIn("title", without(self.document, ("title",)))

    def test_places_that_are_not_there(self) -> None:
        with self.assertRaisesRegex(PathError, "title is no list"):
            with_item(self.document, ("title",), "x")
        for path in (("parts", 2), ("parts", -1), ("nothing",), ("parts", "0"), ("title", "x", "y")):
            with self.subTest(path), self.assertRaises(PathError):
                without(self.document, path)


class MergeTest(unittest.TestCase):
    def test_changes_of_both_sides_are_kept(self) -> None:
        result = merge(
            parse_document(TEXT),
            parse_changes('set title "R"; add tags "a";'),
            parse_changes('add tags "b"; set parts/1/length 1094; set title "R";'),
        )
        self.assertEqual((result.conflicts, result.failed), ([], []))
        self.assertEqual(at(result.document, ("tags",)), ["a", "b"])
        self.assertEqual(at(result.document, ("title",)), "R")
        self.assertEqual(at(result.document, ("parts", 1, "length")), 1094)

    def test_where_both_disagree_ours_holds(self) -> None:
        ours, theirs = (
            parse_changes("drop parts/0; set title 1;"),
            parse_changes("set title 2; set parts/0/name 3;"),
        )
        result = merge(parse_document(TEXT), ours, theirs)
        self.assertEqual(result.conflicts, [(ours[1], theirs[0]), (ours[0], theirs[1])])
        self.assertEqual(result.document, {"title": 1, "parts": [{"name": "Elbe"}], "tags": []})

    def test_changes_of_what_is_gone_fail_and_the_others_go_on(self) -> None:
        result = merge(parse_document(TEXT), parse_changes("drop parts/1; drop parts/1; set x 1;"), [])
        self.assertEqual([reason for _, reason in result.failed], ["parts/1 is not there"])
        self.assertEqual(at(result.document, ("x",)), 1)

    def test_the_base_and_the_changes_stay_as_they_are(self) -> None:
        base = parse_document(TEXT)
        ours = parse_changes('add parts {name: "Oder"}; set parts/2/name "Odra"; add tags "x";')
        again = parse_changes('add parts {name: "Oder"}; set parts/2/name "Odra"; add tags "x";')
        first, second = merge(base, ours, []), merge(base, ours, [])
        self.assertEqual(at(first.document, ("parts", 2)), {"name": "Odra"})
        self.assertEqual(first, second)
        self.assertEqual((base, ours), (parse_document(TEXT), again))

    def test_the_outline_has_a_line_for_every_value(self) -> None:
        self.assertEqual(
            outline(parse_document("{b: [1 {c: 2}] a: []}")),
            [
                "document (2 fields)",
                "  a (0 items)",
                "  b (2 items)",
                "    0: 1",
                "    1 (1 fields)",
                "      c: 2",
            ],
        )


if __name__ == "__main__":
    unittest.main()
