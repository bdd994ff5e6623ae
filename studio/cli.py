"""The command `reel`: finds the command asked for, and turns every failure into one line and an exit code."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from types import FrameType
from typing import Any

import click

from engine.errors import UserError
from studio.jobs import JobFailed

COMMANDS = {
    "list": "every scene of the film: chapter, trace, what it shows, state",
    "trace": "train an experiment and record its trace; or tell what a trace holds",
    "render": "render scenes to video",
    "film": "render the whole film and join it",
    "status": "what is fresh and what is stale, a line for each scene",
    "why": "why a scene is stale, and which of its seconds would be drawn again",
    "diff": "what changed between two builds or commits of a scene, or two traces",
    "still": "draw one frame of a scene as a PNG",
    "preview": "a page that shows a scene as the code now stands",
    "sheet": "a contact sheet of a scene or of the whole film",
    "check": "look at every state of the scenes and say what a viewer could not read, follow or believe",
    "where": "what every number at one moment of a video is, and where it came from",
    "fetch": "download data that is not shipped (MNIST), when asked",
    "doctor": "what is installed, what is missing, and how to get it",
    "clean": "remove what can be rebuilt",
}


GRACE = 1.7  # seconds in which an interrupted program may tidy up


class Interrupted(BaseException):
    """A signal that ends the program: Ctrl-C, a closed terminal, a polite kill."""

    def __init__(self, number: int) -> None:
        self.number = number


class LazyGroup(click.Group):
    """A group whose commands live in studio/commands/<name>.py as a function called `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of a working day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one command that was asked for."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"studio.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `reel --help`, without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback when something fails.")
@click.pass_context
def reel(ctx: click.Context, debug: bool) -> None:
    """Films about backpropagation, made out of real training runs.

    \b
    Example:
      reel render ThreeCities -ql -p
    """
    ctx.ensure_object(dict)["debug"] = debug


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `reel` and exit: 0 done, 1 failed, 2 bad input, 128 + n stopped by signal n."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]  # accepted anywhere
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    sys.exit(_run(["--debug", *words] if debug else words, debug))


def _run(words: list[str], debug: bool) -> int:
    try:
        result: Any = reel.main(words, standalone_mode=False)
        return result if isinstance(result, int) else 0
    except Interrupted as stop:
        _say("stopped; everything finished so far is kept")
        return 128 + stop.number
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.ClickException as error:
        _say(error.format_message().replace("\n", " "))
        return 2
    except click.exceptions.Abort:
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as in `reel list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if debug:
            sys.stderr.write(getattr(error, "details", "") or traceback.format_exc())
        line, code = _explain(error)
        _say(line)
        return code


def _explain(error: Exception) -> tuple[str, int]:
    """One line for the user, and the exit code."""
    if isinstance(error, UserError | JobFailed):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        return f"{error.filename or 'disk'}: {error.strerror or error}", 1
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__}: {first} (a fault of gradreel; --debug shows where)", 1


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_give_up, args=(number,), daemon=True).start()
    raise Interrupted(number)


def _give_up(number: int) -> None:
    """Whatever holds the program up, or has swallowed the exception: in the end it stops. Workers follow it."""
    time.sleep(GRACE)
    forks = sys.modules.get("studio.forks")
    if forks is not None:
        forks.end()
    if sys.stderr.isatty():
        sys.stderr.write("\n\x1b[?25h")  # below the bars, and with the cursor that they hid
    _say("stopped; everything finished so far is kept")
    sys.stderr.flush()
    os._exit(128 + number)


def _say(line: str) -> None:
    sys.stderr.write(f"reel: {line}\n")


if __name__ == "__main__":
    main()
