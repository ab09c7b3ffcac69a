"""Writes the documentation as a static site: README, the pages of docs/ and others as HTML, a lesson for every layer.

    make_site.py --source TOP --chalktape build/release/chalktape --out out/site [--layers batch_norm,softmax]

cmark-gfm turns Markdown into HTML. Here the pages get a frame, headings get the anchors that GitHub gives them, and
links are turned: to the page made of a Markdown file, to a copy of a picture, to a page that shows a source file; what
is left, a folder say, becomes plain text. The site is written whole or not at all, and every link in it is checked.
"""

import argparse
import html
import pathlib
import posixpath
import re
import shutil
import subprocess
import sys
import urllib.parse
from html.parser import HTMLParser

PICTURES = {".png", ".svg", ".jpg", ".gif"}
VOID = {"br", "hr", "img", "input"}
LARGEST_SOURCE = 200_000  # bytes of a source file that gets a page of its own


class Failure(Exception):
    pass


# ---- from Markdown


def page_of(path):
    """The page that a Markdown file becomes: README.md is its folder's index."""
    folder, name = posixpath.split(path)
    stem = name[: -len(".md")]
    return posixpath.join(folder, ("index" if stem == "README" else stem) + ".html")


def with_code_for_formulas(text):
    """$…$ outside of code as code: a browser shows no LaTeX, and Markdown would take its backslashes away."""
    lines, fenced = [], False
    for line in text.split("\n"):
        fenced ^= line.startswith("```")
        if not fenced and not line.startswith("    "):
            parts = re.split(r"(`[^`]*`)", line)
            line = "".join(p if p.startswith("`") else re.sub(r"\$([^$`]+)\$", r"`\1`", p) for p in parts)
        lines.append(line)
    return "\n".join(lines)


def to_html(markdown, path):
    done = subprocess.run(
        ["cmark-gfm", "--extension", "table", "--extension", "autolink"],
        input=with_code_for_formulas(markdown).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    text = done.stdout.decode()
    # Without --unsafe cmark-gfm leaves raw HTML out. A comment may go; of anything else the reader would miss it.
    omitted = text.count("<!-- raw HTML omitted -->")
    comments = len(re.findall(r"^<!--.*?-->", markdown, re.M | re.S))
    if omitted > comments:
        raise Failure(f"{path}: raw HTML in Markdown; write it as code")
    return text.replace("<!-- raw HTML omitted -->\n", "")


def slug(heading, taken):
    """The anchor that GitHub gives a heading."""
    kept = "".join(c for c in heading.strip().lower() if c.isalnum() or c in " -_")
    base = kept.replace(" ", "-")
    result, number = base, 0
    while result in taken:
        number += 1
        result = f"{base}-{number}"
    taken.add(result)
    return result


class Turner(HTMLParser):
    """Copies HTML with anchors at headings and with links turned; `turn(address)` gives the new one, or None."""

    def __init__(self, turn):
        super().__init__(convert_charrefs=False)
        self.turn, self.out, self.taken = turn, [], set()
        self.heading = None  # where in `out` its tag stands
        self.title = None
        self.links = []  # whether each open <a> is kept

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "a":
            target = self.turn(attributes["href"])
            self.links.append(target is not None)
            if target is not None:
                self.out.append(f'<a href="{html.escape(target)}">')
        elif tag == "img":
            target = self.turn(attributes["src"])
            if target is None:
                raise Failure(f"no picture {attributes['src']}")
            self.out.append(f'<img src="{html.escape(target)}" alt="{html.escape(attributes.get("alt", ""))}">')
        else:
            if re.fullmatch("h[1-6]", tag):
                self.heading = len(self.out)
            self.out.append(self.get_starttag_text())

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        if tag == "a":
            if not self.links.pop():
                return
        elif self.heading is not None and re.fullmatch("h[1-6]", tag):
            text = html.unescape(re.sub("<[^>]*>", "", "".join(self.out[self.heading :])))
            self.title = self.title or text
            self.out[self.heading] = f'<{tag} id="{html.escape(slug(text, self.taken))}">'
            self.heading = None
        if tag not in VOID:
            self.out.append(f"</{tag}>")

    def handle_data(self, data):
        self.out.append(data)

    def handle_entityref(self, name):
        self.out.append(f"&{name};")

    def handle_charref(self, name):
        self.out.append(f"&#{name};")


# ---- the site


class Site:
    def __init__(self, source, out):
        self.source, self.out = source, out
        palette = re.search(r":root \{.*?\n\}\n", (source / "lesson/page/lesson.css").read_text(), re.S)
        self.style = palette[0] + (source / "docs/site/site.css").read_text()
        pages = [*source.glob("*.md"), *source.glob("docs/**/*.md"), *source.glob("examples/**/*.md")]
        self.pages = {p.relative_to(source).as_posix() for p in pages}
        self.shown = set()  # source files that pages link to
        self.pictures = set()

    def write(self, path, title, body):
        up = "../" * path.count("/")
        text = (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f"<title>{html.escape(title)} · Chalktape</title>\n"
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<link rel="stylesheet" href="{up}site.css">\n</head>\n<body>\n'
            f'<nav><a href="{up}index.html">Chalktape</a> <a href="{up}docs/index.html">Documentation</a> '
            f'<a href="{up}lessons/index.html">Lessons</a></nav>\n<main>\n{body}</main>\n</body>\n</html>\n'
        )
        file = self.out / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def turned(self, page, address):
        """Where a link of the Markdown file `page` goes on the site; None where there is nothing to go to."""
        parts = urllib.parse.urlsplit(address)
        if parts.scheme or not parts.path:
            return address
        target = posixpath.normpath(posixpath.join(posixpath.dirname(page), urllib.parse.unquote(parts.path)))
        file = self.source / target
        if target in self.pages:
            to = page_of(target)
        elif file.suffix in PICTURES and file.is_file():
            self.pictures.add(target)
            to = target
        elif file.is_file() and file.stat().st_size <= LARGEST_SOURCE:
            self.shown.add(target)
            to = target + ".html"
        else:
            return None
        to = posixpath.relpath(to, posixpath.dirname(page_of(page)) or ".")
        return to + ("#" + parts.fragment if parts.fragment else "")

    def write_pages(self):
        for page in sorted(self.pages):
            turner = Turner(lambda address, page=page: self.turned(page, address))
            turner.feed(to_html((self.source / page).read_text(), page))
            turner.close()
            self.write(page_of(page), turner.title or page, "".join(turner.out))
        for target in sorted(self.shown):
            text = html.escape((self.source / target).read_text())
            self.write(target + ".html", target, f"<h1>{html.escape(target)}</h1>\n<pre><code>{text}</code></pre>\n")
        for target in sorted(self.pictures):
            (self.out / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.source / target, self.out / target)
        (self.out / "site.css").write_text(self.style)

    def write_lessons(self, chalktape, wanted):
        (self.out / "lessons").mkdir()
        rows = ["<h1>Two roads to the gradient</h1>\n<p>A lesson for every built-in layer.</p>\n<ul>\n"]
        for file in sorted(self.source.glob("examples/layers/*.chalk")):
            layer = file.stem
            if wanted and layer not in wanted:
                continue
            about = file.read_text().split("\n", 1)[0].lstrip("# ")
            subprocess.run([chalktape, "lesson", layer, "-o", str(self.out / f"lessons/{layer}.html")], check=True)
            rows.append(
                f'<li><a href="{layer}.html">{layer}</a>: {html.escape(about)} '
                f'<a href="../docs/layers.html#{layer}">Its gradients</a>.</li>\n'
            )
        self.write("lessons/index.html", "Lessons", "".join(rows) + "</ul>\n")


# ---- every link leads somewhere


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.ids, self.addresses = set(), []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id":
                self.ids.add(value)
            elif name in ("href", "src", "xlink:href") and value is not None:
                self.addresses.append(value)


def broken_links(folder):
    pages = {}
    for file in sorted(folder.rglob("*.html")):
        pages[file.resolve()] = links = Links()
        links.feed(file.read_text())
    broken, count = [], 0
    for file, links in pages.items():
        for address in links.addresses:
            parts = urllib.parse.urlsplit(address)
            if parts.scheme:
                continue
            count += 1
            target = (file.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else file
            fragment = urllib.parse.unquote(parts.fragment)
            if not target.is_file():
                broken.append(f"{file.relative_to(folder.resolve())}: {address}: there is no such file")
            elif fragment and (target not in pages or fragment not in pages[target].ids):
                broken.append(f"{file.relative_to(folder.resolve())}: {address}: there is no such anchor")
    return broken, count, len(pages)


def main():
    parser = argparse.ArgumentParser(description="Writes the documentation as a static site.")
    parser.add_argument("--source", type=pathlib.Path, required=True, help="the top of the source tree")
    parser.add_argument("--chalktape", required=True, help="the command")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the folder to write; what it holds is replaced")
    parser.add_argument("--layers", default="", help="lessons for these layers only, with commas between them")
    given = parser.parse_args()

    new = given.out.with_name(given.out.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    site = Site(given.source.resolve(), new)
    site.write_pages()
    site.write_lessons(given.chalktape, set(filter(None, given.layers.split(","))))
    broken, count, pages = broken_links(new)
    if broken:
        raise Failure("\n".join(broken))
    shutil.rmtree(given.out, ignore_errors=True)
    new.rename(given.out)
    print(f"{pages} pages, {count} links within the site, none broken")


if __name__ == "__main__":
    try:
        main()
    except (Failure, OSError, UnicodeDecodeError, subprocess.CalledProcessError) as problem:
        sys.exit(f"make_site.py: {problem}")
