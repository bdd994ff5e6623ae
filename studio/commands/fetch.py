"""`reel fetch`: download data that gradreel does not ship. Nothing else in gradreel ever downloads anything."""

from __future__ import annotations

import click

from studio.project import ROOT


@click.command()
@click.argument("what", type=click.Choice(["mnist"]))
def command(what: str) -> None:
    """Download the four files of MNIST into data/mnist and check what they unpack to.

    The next `reel trace digits` trains on them in place of scikit-learn's digits.

    \b
    Example:
      reel fetch mnist
    """
    from engine.datasets import mnist

    folder = ROOT / "data" / what
    mnist.fetch(folder, lambda line: click.echo(line, err=True))
    click.echo(str(folder))
