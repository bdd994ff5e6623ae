"""The errors that are meant for a person: one line, "where: what: what to do". Nothing is raised here."""

from __future__ import annotations


class UserError(Exception):
    """Bad input. ``str(error)`` is one line; the command line prints it and exits with ``exit_code``."""

    exit_code = 2


class TraceError(UserError):
    """A trace that is damaged, missing, hostile, or does not hold what was asked of it."""


class DivergedError(UserError):
    """A run whose loss stopped being a number; the steps recorded so far are kept."""

    exit_code = 1


class StorageError(UserError):
    """The disk said no: full, read-only, or broken."""

    exit_code = 1
