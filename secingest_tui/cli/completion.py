"""``secingest completion``: what a shell needs to complete commands, options and known names."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    bash: secingest completion bash > ~/.local/share/bash-completion/completions/secingest
    zsh:  secingest completion zsh > ~/.zfunc/_secingest   (with ~/.zfunc in fpath)
    fish: secingest completion fish > ~/.config/fish/completions/secingest.fish
    """
    from secingest_tui.cli.main import cli

    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(cli, {}, "secingest", "_SECINGEST_COMPLETE").source())


def profile_names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The profiles of this home that begin with what is typed."""
    from secingest_tui.paths import Home

    return [CompletionItem(name) for name in Home.base().profiles() if name.startswith(incomplete)]
