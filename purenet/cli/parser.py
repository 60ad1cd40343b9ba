"""A parser of command lines that shows the usage of the command and the option that was probably meant."""
from __future__ import annotations

import argparse
import sys

from .._core.messages import plural, printable, quote
from .output import Output, discard, for_stream, program, write_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, Sequence


class Parser(argparse.ArgumentParser):
    """An ArgumentParser with short errors. Options have to be written in full."""

    def __init__(self, **options: Any) -> None:
        self.names: list[str] = []  # of the options
        self.as_json = False
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options)
        self.color = False  # Python 3.14 would use colours

    def add_argument(self, *names: Any, **options: Any) -> Any:
        self.names += [name for name in names if name[:2] == "--"]
        return super().add_argument(*names, **options)

    def add_argument_group(self, *arguments: Any, **options: Any) -> Any:
        return self._watched(super().add_argument_group(*arguments, **options))

    def add_mutually_exclusive_group(self, **options: Any) -> Any:
        return self._watched(super().add_mutually_exclusive_group(**options))

    def _watched(self, group: Any) -> Any:
        """Record a group's option names in ``self.names``."""
        add = group.add_argument

        def add_argument(*names: Any, **options: Any) -> Any:
            self.names += [name for name in names if name[:2] == "--"]
            return add(*names, **options)

        group.add_argument = add_argument
        return group

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, and refuse unknown arguments here, so that the usage shown is that of the command."""
        given = sys.argv[1:] if args is None else list(args)
        self.as_json = "--json" in given
        if self.get_default("run"):  # the parser of a command
            self.check_options(given)
        found, unknown = super().parse_known_args(given, namespace)
        if unknown:
            self.error(f"{plural(len(unknown), 'argument')} too many: {' '.join(map(quote, unknown))}")
        return found, unknown

    def check_options(self, given: Sequence[str]) -> None:
        """Refuse the first unknown option, before missing arguments are noticed."""
        for text in given:
            if text == "--":
                return
            name = text.split("=")[0]
            if name[:2] == "--" and " " not in text and name not in self.names:
                self.error(f"unknown option {name}{did_you_mean(name, self.names)}")

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message on stderr, or JSON on stdout, and exit with 2."""
        if self.as_json:
            Output(True).error(message)
        else:
            text = printable(f"{self.prog}: error: {message}")
            write_error(for_stream(f"{self.format_usage()}{text}; {self.prog} -h shows more\n", sys.stderr))
        self.exit(2)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Flush stdout and exit; with 1 if that fails and the status was 0."""
        try:
            sys.stdout.flush()
        except OSError:
            discard(sys.stdout)
            status = status or 1
        super().exit(status, message)


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return words that suggest the nearest of the known names, or nothing."""
    import difflib

    near = [one for one in known if one.startswith(name)] or difflib.get_close_matches(name, known, 1, 0.7)
    return f"; did you mean {near[0]}?" if near else ""


def add_command(
    commands: Any, name: str, summary: str, description: str, usage: str = "[options]", examples: Sequence[str] = (),
) -> Parser:
    """Add a command with --json; ``usage`` and ``examples`` follow its name."""
    import shutil
    import textwrap

    width = max(shutil.get_terminal_size().columns - 2, 20)
    shown = "\n".join([f"  {program()} {name} {example}".rstrip() for example in examples])
    parser: Parser = commands.add_parser(
        name, help=summary, description=textwrap.fill(description, width), usage=f"purenet {name} {usage}",
        epilog=f"examples:\n{shown}" if examples else None)
    parser.prog = f"purenet {name}"
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser
