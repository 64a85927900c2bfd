"""The `icemargin` command: finds the subcommand, and turns errors into one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from typing import List, NoReturn, Optional, Sequence

from . import __version__
from .commands import (
    attributes_command,
    calibrate_command,
    change_command,
    check_command,
    compare_command,
    dataset_command,
    divides_command,
    doctor_command,
    evaluate_command,
    export_command,
    learn_command,
    log_command,
    map_command,
    model_command,
    region_command,
    review_command,
    train_command,
)
from .inference.errors import Cancelled, IceMarginError, InputError
from .inference.gdal_calls import own_process

DONE, FAILED, BAD_INPUT, CANCELLED = 0, 1, 2, 130
CLOSED_PIPE = 141
"""As the shell tells of a tool that writes to a reader that has gone (128 + SIGPIPE)."""


class _Parser(argparse.ArgumentParser):
    """Errors in one line, without the usage in front."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"icemargin: {message} ({self.prog} --help tells more)\n")


def build_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="icemargin", description="Assisted glacier delineation.")
    parser.add_argument("--version", action="version", version=f"icemargin {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    map_command.add_parser(commands)
    region_command.add_parser(commands)
    compare_command.add_parser(commands)
    change_command.add_parser(commands)
    attributes_command.add_parser(commands)
    check_command.add_parser(commands)
    export_command.add_parser(commands)
    divides_command.add_parser(commands)
    review_command.add_parser(commands)
    log_command.add_parser(commands)
    model_command.add_parser(commands)
    dataset_command.add_parser(commands)
    train_command.add_parser(commands)
    learn_command.add_parser(commands)
    evaluate_command.add_parser(commands)
    calibrate_command.add_parser(commands)
    doctor_command.add_parser(commands)
    return parser


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command; return 0 only for a complete result, 2 for bad input, 1 for a failure, 130 when cancelled.

    141 when nobody reads the output any more (`icemargin map ... | head -1`).
    """
    try:
        try:
            return _run(sys.argv[1:] if arguments is None else arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # What is still to be written goes nowhere; else Python complains of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_PIPE


def _run(arguments: Sequence[str]) -> int:
    given = _joined(arguments)
    # --debug is welcome before and behind the subcommand.
    debug = "--debug" in given
    own_process()
    parsed = build_parser().parse_args([word for word in given if word != "--debug"])
    try:
        return int(parsed.run(parsed))
    except Cancelled as error:
        code, message = CANCELLED, str(error)
    except InputError as error:
        code, message = _told(error, debug, BAD_INPUT)
    except IceMarginError as error:
        code, message = _told(error, debug, FAILED)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the edge: what nobody foresaw is a bug, told as one
        code, message = _told(error, debug, FAILED)
        message = f"unexpected {type(error).__name__}: {message} (a bug; --debug shows where)"
    print(f"icemargin: {' '.join(message.split())}", file=sys.stderr)
    return code


def _joined(words: Sequence[str]) -> List[str]:
    """Write `--extent -73,...` as `--extent=-73,...`: argparse takes a leading minus for an option."""
    joined: List[str] = []
    for word in words:
        if joined and joined[-1] == "--extent":
            joined[-1] = f"--extent={word}"
        else:
            joined.append(word)
    return joined


def _told(error: Exception, debug: bool, code: int) -> tuple[int, str]:
    if debug:
        traceback.print_exc()
    return code, str(error)


if __name__ == "__main__":
    sys.exit(main())
