"""The one error that a command shows to a person."""

from __future__ import annotations

import click


class UserError(click.ClickException):
    """One paragraph with the cause and the way out, on stderr, and exit code 2."""

    exit_code = 2
