"""A click command with a W&B run."""

# arguments: --lr 0.3 --name spec
import click

import wandb


@click.command()
@click.option("--lr", type=float, default=0.1)
@click.option("--epochs", default=3)
@click.option("--name", default=None)
def main(lr, epochs, name):
    """Train."""
    wandb.init(project="clicks", name=name, config=click.get_current_context().params)
    for epoch in range(epochs):
        wandb.log({"loss": lr / (epoch + 1)})
    click.echo(f"done {wandb.config.lr}")


if __name__ == "__main__":
    main()
