"""Hydra: a config of its own, a folder of its own for outputs."""

# needs: hydra-core
# arguments: lr=0.25 model.hidden=32 hydra.job.chdir=True hydra.run.dir=outputs/one
import os
from dataclasses import dataclass, field

import hydra
from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

import wandb


@dataclass
class Model:
    """The model."""

    hidden: int = 8


@dataclass
class Config:
    """All."""

    lr: float = 0.1
    model: Model = field(default_factory=Model)


ConfigStore.instance().store(name="config", node=Config)


@hydra.main(version_base=None, config_name="config")
def main(cfg):
    wandb.init(project="hydra", config=OmegaConf.to_container(cfg, resolve=True), dir=hydra.utils.get_original_cwd())
    wandb.log({"loss": cfg.lr})
    with open("result.txt", "w") as file:
        file.write(str(cfg.model.hidden))
    print(os.path.basename(os.getcwd()), wandb.config.lr, wandb.config["model"]["hidden"])


if __name__ == "__main__":
    main()
