"""Build docs/equations.md as one HTML file that needs no network: formulas as MathML, picture and style inside.

    python docs/build.py [FILE]

Needs requirements-dev.txt (pandoc comes with pypandoc_binary). The functions that the page links to are printed at
its end, so that the links hold wherever the file is handed out.
"""

import ast
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import pypandoc

DOCS = Path(__file__).resolve().parent
PAGE = DOCS / "equations.md"
OUTPUT = DOCS.parent / "build" / "equations.html"
LINK = re.compile(r"\[`(\w+)`\]\(\.\./([\w/]+\.py)\)")
DISPLAY = re.compile(r"^\$\$$(.+?)^\$\$$", re.MULTILINE | re.DOTALL)


def source(file: str, name: str) -> str:
    """Cut a function out of a file of this repository."""
    text = (DOCS.parent / file).read_text(encoding="utf-8")
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == name]
    if not functions:
        raise LookupError(f"{PAGE.name} links to {name} in {file}: no such function there")
    return ast.get_source_segment(text, functions[0]) or ""


def appendix(links: Iterable[tuple[str, str]]) -> str:
    """Write the chapter that shows the functions linked to, each once, as Markdown with anchors."""
    shown = [
        f'### <a id="code-{name}"></a>{name}\n\n*{file}*\n\n```python\n{source(file, name)}\n```\n'
        for name, file in dict.fromkeys(links)
    ]
    return "\n".join(["\n## The code\n", *shown])


def apart(display: re.Match[str]) -> str:
    """Make a formula of its own of each part of a displayed one, so that a narrow page can wrap between them."""
    return " ".join(f"$${part.strip()}$$" for part in display[1].split(r"\qquad"))


def spaced(text: str) -> str:
    """Put into formulas the small spaces that TeX knows about and MathML does not."""
    return re.sub(r"\\(log|ln) (?!\()", r"\\\1\\, ", text).replace("|V|", r"\lvert V\,\rvert{}")


def build(output: Path) -> None:
    """Convert the page and write it."""
    text = spaced(PAGE.read_text(encoding="utf-8"))
    whole = LINK.sub(r"[`\1`](#code-\1)", text) + appendix(LINK.findall(text))
    title, body = whole.removeprefix("# ").split("\n", 1)
    options = [
        *("--standalone", "--embed-resources", "--mathml", f"--metadata=pagetitle:{title}", "--metadata=lang:en"),
        *(f"--resource-path={DOCS}", f"--css={DOCS / 'page.css'}", "--syntax-highlighting=none"),
    ]
    html = pypandoc.convert_text(f"# {title}\n{DISPLAY.sub(apart, body)}", "html5", format="gfm", extra_args=options)
    # no line begins with the comma behind a formula
    html = re.sub(r'(\(?<math display="inline".+?</math>[-,.:;)]+)', r'<span class="whole">\1</span>', html)
    # a hat, tilde or bar as wide as its letter: the combining ones of pandoc stretch, or sit askew
    for combining, accent in (("\u0302", "ˆ"), ("\u0303", "˜"), ("‾", "¯")):
        html = html.replace(f'<mo accent="true">{combining}', f'<mo accent="true" stretchy="false">{accent}')
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(html, encoding="utf-8")


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    build(chosen)
    print(chosen)
