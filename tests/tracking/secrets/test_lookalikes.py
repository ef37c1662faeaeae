"""What only looks like a secret stays, letter by letter: a masked token id would be worse than none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trackexp.tracking.secrets import Scrubber

ROOT = Path(__file__).parents[3]

LOOKALIKES = {
    "token ids": "token_ids = [101, 7592, 102]",
    "a switch": "use_cls_token=True",
    "a limit": "max_tokens: 4096",
    "another limit": "--max-new-tokens 256 --num-tokens=1000000",
    "a padding token": 'pad_token = "<pad>"',
    "an end token": 'eos_token="<|endoftext|>"',
    "a mask token": "mask_token='[MASK]', sep_token='[SEP]'",
    "a separator token": 'bos_token: str = "<s>"',
    "a token's id": "pad_token_id=50256",
    "a tokenizer": 'tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")',
    "a tokenizer's name": 'tokenizer_name: "meta-llama/Llama-2-7b-hf"',
    "a token of a text": 'token = "hello"',
    "a token of several pieces": 'token = "un##believ##able"',
    "a model as a token": 'token="distilbert-base-uncased-finetuned-sst-2-english"',
    "tokens per second": "tokens_per_second=1834.2",
    "a variable's name": 'api_key_env="OPENAI_API_KEY"',
    "a variable's name as the value": 'api_key = "OPENAI_API_KEY"',
    "a look at the environment": 'token = os.environ["HF_TOKEN"]',
    "another": 'password = os.getenv("DB_PASSWORD")',
    "an annotation": "def login(user: str, password: str, token: str | None = None) -> None:",
    "a placeholder": 'api_key="your-key-here"',
    "a placeholder in brackets": "API_KEY=<your api key>",
    "a shell variable": "password=$DB_PASSWORD token=${TOKEN}",
    "a template": "password: {{ vault_password }}",
    "a format": 'f"https://{user}:{password}@{host}/"',
    "dots": "password=********",
    "crosses": "WANDB_API_KEY=xxxxxxxxxxxxxxxx",
    "change me": 'SECRET_KEY = "change-me"',
    "example": 'password = "example"',
    "an argument of the same name": "connect(user=user, password=password, api_key=args.api_key)",
    "a call": "token = get_token(user, 16)",
    "a method": "secret = secret.strip()",
    "a prompt": 'password = getpass.getpass("Password: ")',
    "a message": '"password": "Password must have at least 8 characters."',
    "None": "auth_token=None, password=''",
    "a sort key": 'sorted(rows, key=lambda row: row["date"])',
    "a dictionary's key": 'key = "val_loss_2"',
    "a cache's key": 'cache_key = "b1946ac92492d2347c6235b4d2611184"',
    "a primary key": "primary_key='user_id_2024', foreign_key=\"run_id_17\"",
    "keys": "for key, value in items: print(key, value)",
    "a public key": "public_key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx0zFfV'",
    "a keyboard": "keyboard_interrupt = 130; monkey = 'capuchin7'",
    "an author": "author = 'Ada Lovelace 1815'",
    "a bypass": "bypass_threshold = 0.25; forward_pass = 'module_12'; compass='N042'",
    "passes": "passes=12 passed=3; low_pass: 0.3",
    "a file of a password": 'password_file = "/run/secrets/db_password_1"',
    "a path of a key": "ssh_key_path=~/.ssh/id_rsa_2024",
    "an address of a token": 'token_url = "https://auth.example.org/oauth/token2"',
    "a socket": "SSH_AUTH_SOCK=/tmp/ssh-XX12ab34/agent.1234",
    "parallelism": "TOKENIZERS_PARALLELISM=false",
    "a commit": "index 3f786850e387550fdab836ed7e6dc881de23001b..89e6c98d92887913cadf06b2adb97f26cde4849b 100644",
    "a short commit": "commit 7466858, merge 19303c4 d374a0e",
    "sha256": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "a hash of a package": "    --hash=sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "md5": 'checksum = "d41d8cd98f00b204e9800998ecf8427e"',
    "a UUID": 'run_id = "123e4567-e89b-42d3-a456-426614174000"',
    "a run's id": "wandb/offline-run-20261121_184205-tgsz1b8d",
    "an image in base64": '<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQ">',
    "an array in base64": "weights = 'AACAPwAAAEAAAEBAAACAQAAAoEAAAMBAAADgQAAAAEEAABBBAAAgQQAAMEEAAEBB'",
    "a URL": "https://github.com/keras-team/keras/blob/3f786850e387550fdab836ed7e6dc881de23001b/keras/src/callbacks.py#L12",
    "a URL with a port": "http://localhost:8080/metrics?step=12&key=loss",
    "a remote": "git@github.com:keras-team/keras.git and ssh://git@github.com:22/x/y.git",
    "an e-mail address": "mailto:ada.lovelace1815@example.org",
    "a decorator": "@pytest.mark.parametrize('lr', [1e-3])",
    "a time": "2026-11-21T18:42:05.123456+00:00 epoch 3/10 loss: 0.1234",
    "an estimator": "sk-learn-like-estimator-names-are-not-keys and sk-toggleable__content",
    "a class in CSS": ".sk-estimator-doc-link-7 { color: #696969 }",
    "a certificate": "-----BEGIN CERTIFICATE-----\nMIIBkTCB+wIJAKHBfpegPjMCMA0G\n-----END CERTIFICATE-----",
    "words of JavaScript": "eyJust a word, npm_lifecycle_event, hf_hub_download('gpt2'), r8_quantized, gsk_model",
    "attention's keys": "key_dim=64, query_key_value = self.qkv(x); key: Tensor = x; key_padding_mask=None",
    "a random key of JAX": "key = jax.random.PRNGKey(42); rng_key, subkey = jax.random.split(key)",
    "a shape": "cls_token = self.add_weight(shape=(1, 1, 768), name='cls_token')",
    "a shell's prompt": "enter the password for user postgres to continue",
    "a count": "auth_failures=3 password_resets=12 secrets_found: 0",
    "a mask of ours": 'password = "<masked:password>" # <masked:github-token>',
    "a float": "secret_ratio = 0.123456789012",
    "dtype": "token_dtype=float16, token_type_ids='int32'",
    "the first bytes of a file": r"ZIP_SIGNATURE = b'PK\x03\x04'",
    "the type of a field": '{"password": "string?", "credentials": "boolean?", "passphrase": "string[]"}',
    "a name in capitals and small letters": 'token_key = "RpcGroupManagementToken", "hipPointerAttributeP2pTokens"',
    "an option behind a word": "cookie-set remember_me token123 --expires=1893456000",
    "a regular expression": r"TOKEN = re.compile(r'[A-Za-z0-9_]+')",
}


@pytest.mark.parametrize("kind", LOOKALIKES)
def test_what_only_looks_like_a_secret_stays(kind: str, scrubber: Scrubber) -> None:
    """A text without a secret comes back as it was, and nothing is counted."""
    text = LOOKALIKES[kind]

    assert text == scrubber.text(text, "train.py")
    assert () == scrubber.masked


def test_there_are_more_than_forty_lookalikes() -> None:
    """The list stays long."""
    assert len(LOOKALIKES) > 40


def test_the_package_itself_has_nothing_to_mask(scrubber: Scrubber) -> None:
    """Thousands of lines of real Python, about keys, tokens and credentials among others, hold no secret."""
    files = [file for file in sorted((ROOT / "trackexp").rglob("*.py")) if "doctest" not in file.name]
    for file in files:
        scrubber.text(file.read_text("utf-8"), str(file.relative_to(ROOT)))

    assert len(files) > 100
    assert [] == [item for item in scrubber.masked if "tracking/secrets" not in item.place]


def test_data_without_secrets_stays(scrubber: Scrubber) -> None:
    """A config as trainings have it comes back as it was, with its types."""
    config: dict[str, Any] = {
        "tokenizer": {"name": "gpt2", "pad_token": "<pad>", "max_tokens": 512, "vocab": ["a", "b"]},
        "use_auth_token": True,
        "token_ids": (1, 2, 3),
        "keys": {"sort_key": "val/loss", "n_keys": 4096},
        "api_key_env": "OPENAI_API_KEY",
        "commit": "3f786850e387550fdab836ed7e6dc881de23001b",
        "password": None,
        "lr": 1e-3,
        "path": Path("x"),
    }

    assert config == scrubber.data(config, "config")
    assert 0 == scrubber.count
