"""A Sphinx extension that writes formulas as MathML, which browsers show by themselves: no script, no network."""

import re
from typing import Any

import pypandoc
from docutils import nodes
from sphinx.application import Sphinx

FORMULA = re.compile(r"<math.*?</math>", re.DOTALL)


def convert(formulas: list[str]) -> list[str]:
    """Convert formulas in TeX to MathML, all at once: pandoc takes long to start, not to convert."""
    text = "\n\n".join(f"$${' '.join(formula.split())}$$" for formula in formulas)
    html = pypandoc.convert_text(text, "html5", format="markdown", extra_args=["--mathml", "--wrap=none"])
    found = FORMULA.findall(html)
    if len(found) != len(formulas):
        raise ValueError(f"pandoc cannot read some of these formulas: {formulas}")
    # a hat, tilde or bar as wide as its letter: the combining ones of pandoc stretch, or sit askew
    for combining, accent in (("\u0302", "ˆ"), ("\u0303", "˜"), ("‾", "¯")):
        unstretched = f'<mo accent="true" stretchy="false">{accent}'
        found = [formula.replace(f'<mo accent="true">{combining}', unstretched) for formula in found]
    return found


def spaced(formula: str) -> str:
    """Put into a formula the small spaces that TeX knows about and MathML does not."""
    return re.sub(r"\\(log|ln) (?!\()", r"\\\1\\, ", formula).replace("|V|", r"\lvert V\,\rvert{}")


def convert_page(_app: Sphinx, page: nodes.document) -> None:
    """Convert the formulas of a page, those displayed in parts between which a narrow page can wrap."""
    found = [node for kind in (nodes.math, nodes.math_block) for node in page.findall(kind)]
    parts = [spaced(node.astext()).split(r"\qquad") for node in found]
    converted = iter(convert([part for each in parts for part in each]) if found else [])
    for node, each in zip(found, parts, strict=True):
        written = [next(converted) for _ in each]
        if isinstance(node, nodes.math):
            written = [part.replace('display="block"', 'display="inline"') for part in written]
        node["mathml"] = " ".join(written)


def write_inline(writer: Any, node: nodes.math) -> None:
    """Write a formula in a sentence."""
    writer.body.append(f'<span class="math">{node["mathml"]}</span>')
    raise nodes.SkipNode


def write_displayed(writer: Any, node: nodes.math_block) -> None:
    """Write a displayed formula."""
    writer.body.append(f'<div class="math">{node["mathml"]}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the writers."""
    app.connect("doctree-read", convert_page)
    app.add_html_math_renderer("mathml", (write_inline, None), (write_displayed, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
