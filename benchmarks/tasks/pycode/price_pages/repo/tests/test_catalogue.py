"""Tests of markup and of whole pages."""

from __future__ import annotations

import unittest

from catalogue import Group, Item, page
from catalogue.elements import Element
from catalogue.markup import escape, indented, render, start_tag
from catalogue.money import euros

PAGE = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Nuts &amp; bolts</title>
  </head>
  <body>
    <h1>Nuts &amp; bolts</h1>
    <ul class="contents">
      <li>
        <a href="#small-nuts">Small  nuts</a>
      </li>
    </ul>
    <section data-items="1" id="small-nuts">
      <h2>Small  nuts</h2>
      <table class="prices">
        <tr>
          <td>M3 &lt;steel&gt;</td>
          <td class="low">0.04 EUR</td>
          <td>
            one
            two
            three
          </td>
        </tr>
      </table>
      <section data-items="0" id="brass">
        <h3>Brass</h3>
      </section>
    </section>
  </body>
</html>
"""


class EscapeTest(unittest.TestCase):
    def test_all_that_means_something(self) -> None:
        self.assertEqual(escape("a<b> & \"c\" 'd'"), "a&lt;b&gt; &amp; &quot;c&quot; 'd'")

    def test_nothing_is_escaped_twice_or_left_out(self) -> None:
        self.assertEqual(escape("&amp;&&lt;"), "&amp;amp;&amp;&amp;lt;")

    def test_control_characters(self) -> None:
        self.assertEqual(escape("a\tb\r\nc\x00\x1f\x7f\u2028d"), "a b \nc  \x7f\u2028d")
        self.assertEqual(escape(""), "")


class RenderTest(unittest.TestCase):
    def test_attributes_are_sorted_and_escaped(self) -> None:
        element = Element("a", {"title": 'x "y"', "class_": "b", "data_no": "1"})
        self.assertEqual(start_tag(element), '<a class="b" data-no="1" title="x &quot;y&quot;">')

    def test_elements_without_children(self) -> None:
        self.assertEqual(render(Element("td")), "<td></td>")
        self.assertEqual(render(Element("br", {}, ["lost"])), "<br>")

    def test_one_text_of_one_line_stays_in_the_line(self) -> None:
        self.assertEqual(render(Element("p", {}, ["a & b"])), "<p>a &amp; b</p>")
        self.assertEqual(render(Element("p", {}, [""])), "<p></p>")

    def test_texts_of_several_lines(self) -> None:
        self.assertEqual(render(Element("p", {}, ["a\n\nb\n"])), "<p>\n  a\n  \n  b\n  \n</p>")

    def test_several_texts(self) -> None:
        self.assertEqual(render(Element("p", {}, ["a", "", "b"])), "<p>\n  a\n  \n  b\n</p>")

    def test_only_new_lines_end_a_line(self) -> None:
        inner = Element("b", {}, ["x\u2028y\x85z", "w"])
        expected = "<p>\n  <b>\n    x\u2028y\x85z\n    w\n  </b>\n</p>"
        self.assertEqual(render(Element("p", {}, [inner])), expected)

    def test_lines_are_indented_at_every_level(self) -> None:
        deep = Element("i", {}, ["a\nb"])
        for tag in ("u", "b"):
            deep = Element(tag, {}, [deep])
        self.assertEqual(render(deep), "<b>\n  <u>\n    <i>\n      a\n      b\n    </i>\n  </u>\n</b>")

    def test_attributes_of_several_lines(self) -> None:
        outer = Element("p", {}, [Element("b", {"title": "one\ntwo"})])
        self.assertEqual(render(outer), '<p>\n  <b title="one\n  two"></b>\n</p>')

    def test_indented(self) -> None:
        self.assertEqual(indented("a\n\n b"), "  a\n  \n   b")
        self.assertEqual(indented(""), "  ")


class PageTest(unittest.TestCase):
    def test_a_small_page(self) -> None:
        item = Item("M3 <steel>", 4, "one\ntwo\n\nthree")
        groups = [Group("Small  nuts", [item], [Group("Brass")])]
        self.assertEqual(page(groups, "Nuts & bolts"), PAGE)

    def test_headings_end_at_the_sixth_level(self) -> None:
        group = Group("g7", [Item("x", 5)])
        for level in range(6, 0, -1):
            group = Group(f"g{level}", [], [group])
        text = page([group], "t")
        self.assertIn("<h6>g5</h6>", text)
        self.assertIn("<h6>g7</h6>", text)

    def test_prices(self) -> None:
        self.assertEqual(euros(123456789), "1\u2009234\u2009567.89 EUR")
        self.assertEqual(euros(-5), "-0.05 EUR")


if __name__ == "__main__":
    unittest.main()
