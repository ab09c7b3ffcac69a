"""The site: its parts, and the whole of it with two lessons, in which no link is broken.

    site_test.py TOP CHALKTAPE FOLDER
"""

import pathlib
import shutil
import subprocess
import sys
import unittest

TOP, CHALKTAPE, FOLDER = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "docs/site"))
import make_site  # noqa: E402


def turned(markdown, turn=lambda address: address):
    turner = make_site.Turner(turn)
    turner.feed(make_site.to_html(markdown, "test.md"))
    turner.close()
    return "".join(turner.out)


class Parts(unittest.TestCase):
    def test_headings_have_the_anchors_of_github(self):
        page = turned("# One `a/b`, & two\n## The arrows\n## The arrows\n")
        self.assertIn('<h1 id="one-ab--two">One <code>a/b</code>, &amp; two</h1>', page)
        self.assertIn('<h2 id="the-arrows">', page)
        self.assertIn('<h2 id="the-arrows-1">', page)

    def test_links_are_turned_or_become_text(self):
        page = turned("[a](a.md#b) and [*c*](folder)", lambda address: "a.html#b" if "a.md" in address else None)
        self.assertIn('<a href="a.html#b">a</a> and <em>c</em>', page)

    def test_raw_html_is_refused_and_code_is_text(self):
        with self.assertRaisesRegex(make_site.Failure, "test.md: raw HTML"):
            turned("a <script>alert(1)</script> b")
        self.assertIn("&lt;script&gt;", turned("a `<script>` b"))
        self.assertNotIn("a comment", turned("<!-- a comment -->\n\ntext"))

    def test_formulas_keep_their_backslashes(self):
        self.assertIn(r"<code>a \, b_{1} c_{2}</code>", turned(r"$a \, b_{1} c_{2}$"))
        self.assertIn("<code>$x$</code>", turned("`$x$`"))

    def test_broken_links_are_found(self):
        folder = FOLDER / "broken"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "a.html").write_text('<p id="x"><a href="#y">1</a> <a href="b.html">2</a> <a href="#x">3</a></p>')
        broken, count, pages = make_site.broken_links(folder)
        self.assertEqual((len(broken), count, pages), (2, 3, 1))


class Whole(unittest.TestCase):
    def test_the_site_is_written_and_every_page_is_reachable(self):
        out = FOLDER / "site"
        command = [sys.executable, TOP / "docs/site/make_site.py", "--source", TOP, "--chalktape", CHALKTAPE]
        subprocess.run([*command, "--out", out, "--layers", "batch_norm,softmax"], check=True)
        self.assertEqual(make_site.broken_links(out)[0], [])
        reached, waiting = set(), [out / "index.html"]
        while waiting:
            page = waiting.pop().resolve()
            if page in reached or page.suffix != ".html":
                continue
            reached.add(page)
            links = make_site.Links()
            links.feed(page.read_text())
            waiting += [page.parent / a.split("#")[0] for a in links.addresses if a[0] != "#" and ":" not in a]
        self.assertEqual({p.resolve() for p in out.rglob("*.html")} - reached, set())
        self.assertEqual(list(out.rglob("*.md.html")), [])  # Markdown is turned into a page, not shown as a source
        first = {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}
        subprocess.run([*command, "--out", out, "--layers", "batch_norm,softmax"], check=True)
        self.assertEqual(first, {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()})


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    unittest.main(argv=sys.argv[:1])
