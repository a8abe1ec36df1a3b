"""The command line: `python -m word2vec diagnose 14.3019`."""

import argparse
import sys

from word2vec.diagnose import diagnose


def main(arguments: list[str] | None = None) -> int:
    """Run a subcommand; 0 if all is well, 1 if something is wrong, 2 if the command line is."""
    parser = argparse.ArgumentParser(prog="word2vec", description="Tools around word2vec; training is `python run.py`.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = commands.add_parser(
        "diagnose",
        help="find out what is wrong with an implementation",
        description="Explain a loss that the course's starter test printed, or check the functions of a module "
        "with the course's names: published values, identities, gradient checks.",
    )
    command.add_argument("what", help="a loss, say 14.3019, or a Python file, say my_solution.py")
    options = parser.parse_args(arguments)
    try:
        text, right = diagnose(options.what)
    except (OSError, ValueError) as error:
        print(f"word2vec diagnose: {error}", file=sys.stderr)
        return 1
    print(text)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
