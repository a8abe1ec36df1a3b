"""A Sphinx directive that shows the help of a command line and of its commands, as argparse prints it."""

import argparse
import os
from collections.abc import Iterator
from importlib import import_module
from unittest.mock import patch

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx


def commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser and those of its commands, each once."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in dict.fromkeys(action.choices.values()):
                yield from commands(below)


class CommandLine(Directive):
    """``command-line:: MODULE FUNCTION PROGRAM``: a section for each command of the parser that FUNCTION returns."""

    required_arguments = 3

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        module, function, program = self.arguments
        sections: list[nodes.Node] = []
        with patch.dict(os.environ, COLUMNS="78"), patch("sys.argv", [program]):
            for command in commands(getattr(import_module(module), function)()):
                text = command.format_help()
                section = nodes.section(
                    "", nodes.title("", "", nodes.literal("", command.prog)), names=[command.prog]
                )
                section += nodes.literal_block(text, text, language="text")
                self.state.document.note_implicit_target(section)
                sections.append(section)
        return sections


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("command-line", CommandLine)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
