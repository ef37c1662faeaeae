"""Kinds of secrets that are found, wherever they are planted."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from trackexp.tracking.secrets import Scrubber

HEX, DIGITS = "0123456789abcdef", "0123456789"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

# By its form alone: makes the value.
FORMS: dict[str, Callable[[Any], str]] = {
    "AWS access key": lambda m: "AK" + "IA" + m(16, UPPER),
    "AWS temporary key": lambda m: "AS" + "IA" + m(16, UPPER),
    "GitHub token": lambda m: "gh" + "p_" + m(36),
    "GitHub app token": lambda m: "gh" + "s_" + m(36),
    "GitHub fine-grained token": lambda m: "github" + "_pat_" + m(22) + "_" + m(59),
    "GitLab token": lambda m: "gl" + "pat-" + m(20, SAFE),
    "Slack bot token": lambda m: "xo" + "xb-" + m(12, DIGITS) + "-" + m(12, DIGITS) + "-" + m(24),
    "Slack webhook": lambda m: "https://hooks." + "slack.com/services/T" + m(8) + "/B" + m(8) + "/" + m(24),
    "Discord webhook": lambda m: "https://discord.com/api/" + "webhooks/" + m(18, DIGITS) + "/" + m(68, SAFE),
    "Stripe key": lambda m: "sk" + "_live_" + m(24),
    "Stripe webhook secret": lambda m: "wh" + "sec_" + m(32),
    "OpenAI project key": lambda m: "sk" + "-proj-" + m(80, SAFE),
    "OpenAI key": lambda m: "sk" + "-" + m(20) + "T3Blbk" + "FJ" + m(20),
    "Anthropic key": lambda m: "sk" + "-ant-api03-" + m(93, SAFE) + "AA",
    "OpenRouter key": lambda m: "sk" + "-or-v1-" + m(64, HEX),
    "Hugging Face token": lambda m: "h" + "f_" + m(34),
    "W&B key of the new form": lambda m: "wandb" + "_v1_" + m(77, SAFE.replace("-", "")),
    "Google API key": lambda m: "AI" + "za" + m(35, SAFE),
    "Google OAuth secret": lambda m: "GOC" + "SPX-" + m(28, SAFE),
    "Google OAuth token": lambda m: "ya" + "29." + m(60, SAFE),
    "SendGrid key": lambda m: "S" + "G." + m(22, SAFE) + "." + m(43, SAFE),
    "Mailgun key": lambda m: "ke" + "y-" + m(32, HEX),
    "Mailchimp key": lambda m: m(32, HEX) + "-u" + "s12",
    "Twilio key": lambda m: "S" + "K" + m(32, HEX),
    "npm token": lambda m: "np" + "m_" + m(36),
    "PyPI token": lambda m: "py" + "pi-AgEIcHlwaS5vcmc" + m(120, SAFE),
    "Docker token": lambda m: "dckr" + "_pat_" + m(27, SAFE),
    "DigitalOcean token": lambda m: "dop" + "_v1_" + m(64, HEX),
    "Databricks token": lambda m: "da" + "pi" + m(32, HEX),
    "Telegram token": lambda m: m(9, "123456789") + ":A" + "A" + m(33, SAFE),
    "JSON web token": lambda m: ".".join(["ey" + "JhbGciOiJIUzI1NiJ9", "ey" + "J" + m(60, SAFE), m(43, SAFE)]),
    "Azure client secret": lambda m: m(3) + "8" + "Q~" + m(34),
    "Azure SAS": lambda m: "https://x.blob.core.windows.net/c?se=2026&si" + "g=" + m(43, SAFE) + "%3D",
    "Shopify token": lambda m: "shp" + "at_" + m(32, HEX),
    "Square token": lambda m: "sq0" + "atp-" + m(22, SAFE),
    "Airtable token": lambda m: "pa" + "t" + m(14) + "." + m(64, HEX),
    "Linear key": lambda m: "lin" + "_api_" + m(40),
    "Notion token": lambda m: "nt" + "n_" + m(46),
    "Figma token": lambda m: "fi" + "gd_" + m(40, SAFE),
    "Vault token": lambda m: "hv" + "s." + m(90, SAFE),
    "Terraform token": lambda m: m(14) + ".atlas" + "v1." + m(67, SAFE),
    "Grafana token": lambda m: "gl" + "sa_" + m(32) + "_" + m(8, HEX),
    "Replicate token": lambda m: "r" + "8_" + m(37),
    "Groq key": lambda m: "gs" + "k_" + m(52),
    "Pinecone key": lambda m: "pc" + "sk_" + m(70),
    "NVIDIA key": lambda m: "nv" + "api-" + m(64, SAFE),
    "Kaggle token": lambda m: "KG" + "AT_" + m(32, HEX),
    "age key": lambda m: "AGE-SECRET" + "-KEY-1" + m(58, UPPER),
}

# By what stands beside it: the text with `%s` for the value, and what makes the value.
NEIGHBOURS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "W&B key in login()": ("wandb.login(key='%s')", lambda m: m(40, HEX)),
    "AWS secret key": ("aws_secret_access_key = %s", lambda m: m.base64(30)),
    "assignment": ('api_key = "%s"', lambda m: m(32)),
    "annotated assignment": ('token: str | None = "%s"', lambda m: m(24)),
    "attribute": ("self.client_secret='%s'", lambda m: m(20)),
    "short password": ('DB_PASSWORD = "%s"', lambda m: "hun" + "ter2x"),
    "password of one word": ("password = '%s'", lambda m: "letmein"),
    "password of several words": ('passphrase="%s"', lambda m: "correct horse battery staple"),
    "camel case": ("{clientSecret: '%s'}", lambda m: m(30)),
    "JSON": ('{"auth": {"refresh_token": "%s"}}', lambda m: m(40)),
    "JSON inside a string": ('"{\\"api_key\\": \\"%s\\"}"', lambda m: m(40)),
    "YAML": ("database:\n  password: %s\n", lambda m: m(14)),
    ".env": ("export SMTP_PASS=%s", lambda m: m(12)),
    "shell, letters only": ("MYSQL_ROOT_PASSWORD=%s", lambda m: "swordfish"),
    "environ": ("os.environ['HF_TOKEN'] = '%s'", lambda m: m(30)),
    "setdefault": ('os.environ.setdefault("OPENAI_API_KEY", "%s")', lambda m: m(30)),
    "Dockerfile": ("ENV API_TOKEN %s", lambda m: m(30)),
    "option with a space": ("python train.py --api-key %s --lr 0.1", lambda m: m(20)),
    "option with a sign": ("python train.py --password=%s", lambda m: m(10)),
    "Bearer": ("headers = {'Authorization': 'Bearer %s'}", lambda m: m(40)),
    "Basic": ("curl -H 'Authorization: Basic %s'", lambda m: base64.b64encode(("user:" + m(12)).encode()).decode()),
    "curl's user": ("curl -u admin:%s https://x.org", lambda m: m(12)),
    "password in a URL": ("postgresql://scott:%s@db.internal:5432/x", lambda m: m(8)),
    "password of a broker": ("redis://:%s@cache:6379/0", lambda m: m(12)),
    "token in a remote": ("git clone https://%s@github.com/me/x.git", lambda m: m(40, HEX)),
    "token in a remote, with a name": ("https://oauth2:%s@gitlab.com/me/x.git", lambda m: m(20)),
    "query of a URL": ("GET https://x.org/v1?lang=en&access_token=%s&page=2", lambda m: m(32)),
    "connection string": ("Server=x;User Id=sa;Password=%s;Encrypt=yes", lambda m: m(10)),
    "storage account": ("AccountName=x;AccountKey=%s;Endpoint", lambda m: m.base64(64)),
    "netrc": ("machine api.wandb.ai\n  login user\n  password %s\n", lambda m: m(40, HEX)),
    "XML": ("<password>%s</password>", lambda m: m(12)),
    "properties": ("spring.datasource.password=%s", lambda m: m(12)),
    "PHP": ("'secret' => '%s',", lambda m: m(16)),
    "Go": ('secret := "%s"', lambda m: m(16)),
    "comparison": ('if token == "%s":', lambda m: m(24)),
    "log line": ("INFO using API key: %s", lambda m: m(32)),
    "sentence": ("your access token is %s", lambda m: m(32)),
    "Django": ("SECRET_KEY = 'django-insecure-%s'", lambda m: m(50, SAFE)),
    "TOML": ('[tool.x]\nprivate_key = "%s"', lambda m: m(44)),
    "coloured": ("\x1b[32mpassword=%s\x1b[0m", lambda m: m(12)),
    "UUID as a key": ('HEROKU_API_KEY="%s"', lambda m: m.uuid()),
}


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("around", ["%s", 'x = f("%s")', "+%s", "see:%s,next", '{"a": ["%s"]}', "line\\n%s\\n"])
def test_a_key_of_a_known_form_is_masked_wherever_it_stands(
    kind: str, around: str, make: Any, scrubber: Scrubber
) -> None:
    """A key that its form betrays is masked, whatever stands around it, and counted."""
    secret = FORMS[kind](make)
    text = "import x\n" + around % secret + "\n"
    masked = scrubber.text(text, "code.patch")

    assert _secret_part(secret) not in masked
    assert text.count("\n") == masked.count("\n")
    assert [("code.patch", 2)] == [(item.place, item.line) for item in scrubber.masked]


@pytest.mark.parametrize("kind", NEIGHBOURS)
def test_a_secret_beside_a_telling_name_is_masked(kind: str, make: Any, scrubber: Scrubber) -> None:
    """A value that only its name, its place in a URL or a header betrays is masked, and nothing around it."""
    text, value_of = NEIGHBOURS[kind]
    secret = value_of(make)
    masked = scrubber.text(text.replace("%s", secret), "train.py")

    assert secret not in masked
    assert masked.startswith(text[: min(text.index("%s"), 8)])
    assert scrubber.count >= 1


def test_there_are_more_than_forty_kinds_of_each() -> None:
    """The two lists stay long."""
    assert (True, True) == (len(FORMS) > 40, len(NEIGHBOURS) >= 40)


@pytest.mark.parametrize("kind", ["RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", "", "DSA "])
@pytest.mark.parametrize("frame", ["{}", "in a patch", "in one string", "in a list of strings"])
def test_a_private_key_is_masked_line_by_line(kind: str, frame: str, make: Any, scrubber: Scrubber) -> None:
    """No line of a private key is left, in a patch or escaped in one string, and the lines stay as many."""
    key = make.private_key(kind)
    text = {
        "{}": key,
        "in a patch": "\n".join("+" + line for line in key.splitlines()),
        "in one string": json.dumps({"private_key": key}),
        "in a list of strings": "\n".join(f'    "{line}\\n"' for line in key.splitlines()),
    }[frame]
    masked = scrubber.text(f"a = 1\n{text}\nb = 2\n", "x")

    assert [] == [line for line in key.splitlines()[1:-1] if line in masked or line[:12] in masked]
    assert text.count("\n") + 3 == masked.count("\n")
    assert masked.startswith("a = 1\n")
    assert masked.endswith("\nb = 2\n")


def test_a_private_key_that_is_cut_is_masked_to_its_last_line(make: Any, scrubber: Scrubber) -> None:
    """A patch may end inside a key; what follows a key without a footer stays."""
    lines = make.private_key().splitlines()
    masked = scrubber.text("\n".join(lines[:4]), "x") + scrubber.text("\n".join([*lines[:4], "print('hello')"]), "y")

    assert [] == [line for line in lines[1:4] if line in masked]
    assert masked.endswith("print('hello')")


def _secret_part(secret: str) -> str:
    """Return what must be gone: of the address of a webhook or a signature, what is behind its public part."""
    for public in ("/services/", "/webhooks/", "sig="):
        if public in secret:
            return secret.partition(public)[2].rpartition("/")[2]
    return secret
