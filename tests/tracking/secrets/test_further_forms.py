"""Secrets by what is seen and by structure: forms that are found, and texts that only look like them."""

from __future__ import annotations

import base64
import json
import os
import re
import unicodedata
from typing import Any
from urllib.parse import quote

import pytest

from trackexp.tracking.secrets import Scrubber

V = "k9Xv2" + "Lm8QzR4"  # a password
K = "9fK2xQ7bL0pZ" + "4mN8vC3tY6wE1sD5"  # a key
H = "3f786850e387550f" + "dab836ed7e6dc881de23001b"
TEXTS = {
    "colour between name and value": ("password\x1b[0m=\x1b[33m%s", V),
    "colour inside the name": ("pass\x1b[1mword: %s\x1b[0m", V),
    "colour inside the value": ("token=" + K[:8] + "\x1b[4m" + K[8:] + "\x1b[0m", K[8:]),
    "a title and colours": ("\x1b]0;x\x07api_key\x1b[36m = \x1b[32m'%s'\x1b[39m", K),
    "backspaces": ("pasx\x08sword=%s", V),
    "zero-width letters": ("pass\u200bword=%s", V),
    "log prefix": ("2026-01-01 12:00:00,123 INFO [main] db password: %s", V),
    "a table's frame": ("│ password │ %s │", V),
    "a table of signs": ("| api_key | %s |", K),
    "a column": ("| user | password |\n|------|----------|\n| ada | %s |", V),
    "a column of frames": ("│ name │ token │\n├──────┼───────┤\n│ ada │ %s │", K),
    "separated values": ("user,password\nada,%s\n", V),
    "the next line": ("password:\n  %s\n", V),
    "a YAML block": ("api_key: |\n  %s\n", K),
    "a folded YAML block": ("secret: >-\n    %s\n", V),
    "a line that goes on": ("token = \\\n    '%s'", K),
    "brackets": ("token = (\n    '%s'\n)", K),
    "a list of one": ("api_keys = ['%s']", K),
    "a value below": ('"api_key": {"value": "%s"}', K),
    "a value below, in YAML": ("api_key:\n  value: %s\n", K),
    "name and value": ('{"name": "API_KEY", "value": "%s"}', K),
    "name and value, in YAML": ("- name: DB_PASSWORD\n  value: %s\n", V),
    "key and value": ("key = 'client_secret', value = '%s'", K),
    "Terraform": ('variable "x" { name = "db_password" \n value = "%s" }', V),
    "an option and its value in a list": ('["--api-key", "%s"]', K),
    "an input": ('<input type="password" name="x" value="%s">', V),
    "an input by its name": ("<input name='api_key' value='%s'/>", K),
    "cells": ("<tr><td>password</td><td>%s</td></tr>", V),
    "heads and cells": ("<tr><th>API key</th>\n<td class='x'>%s</td></tr>", K),
    "a property list": ("<key>password</key>\n<string>%s</string>", V),
    "auth": ("requests.get(url, auth=('ada', '%s'))", V),
    "a class for it": ('HTTPBasicAuth("ada", "%s")', V),
    "digest": ("HTTPDigestAuth('ada', '%s')", V),
    "a login": ("server.login('ada@x.org', '%s')", V),
    "a login over lines": ("smtp.login(\n    'ada',\n    '%s',\n)", V),
    "set_password": ("user.set_password('%s')", V),
    "SQL": ("CREATE USER ada IDENTIFIED BY '%s';", V),
    "Postgres": ("ALTER USER ada WITH PASSWORD '%s';", V),
    "mysql": ("mysql -u root -p%s db", V),
    "mysqldump": ("mysqldump -h x -uroot -p'%s' db > x.sql", V),
    "sshpass": ("sshpass -p %s ssh ada@x", V),
    "sshpass, joined": ("sshpass -p'%s' ssh ada@x", V),
    "docker login": ("docker login -u ada -p %s registry.x.org", V),
    "redis-cli": ("redis-cli -h x -a %s ping", V),
    "smbclient": ("smbclient //x/y -U ada%%%s", V),
    "piped": ("echo %s | docker login --password-stdin", V),
    "sqlplus": ("sqlplus scott/%s@//db:1521/x", V),
    "Oracle": ("jdbc:oracle:thin:scott/%s@db:1521:x", V),
    "wandb login": ("wandb login %s", H),
    "wandb login again": ("!wandb login --relogin %s", H),
    "wandb login in a list": ("subprocess.run(['wandb', 'login', '--relogin', '%s'])", H),
    "wandb.login": ("wandb.login(relogin=True, key='%s')", H),
    "curl's user in a list": ("['curl', '-u', 'ada:%s']", V),
    "basic": ("Authorization: Basic %s", base64.b64encode(f"ada:{V}".encode()).decode()),
    "raw signs in a URL": ("postgres://ada:p@%s/x@db.internal:5432/x", V),
    "a raw slash": ("amqp://ada:%s/x@broker:5672/v", V),
    "Mongo": ("mongodb+srv://ada:%s@c0.x.mongodb.net/?retryWrites=true", V),
    "ODBC": ("Driver={x};Server=y;UID=sa;PWD=%s;", V),
    "service bus": ("Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=%s=", K + K),
    "kubeconfig": ("    client-key-data: %s==", K + K),
    "Kubernetes": ("apiVersion: v1\nkind: Secret\ndata:\n  user-x: %s\n", base64.b64encode(V.encode()).decode()),
    "a JSON web key": ('{"kty":"oct","k":"%s"}', K),
    "a key's id": ('"private_key_id": "%s"', H),
    "npm": ("//registry.npmjs.org/:_authToken=%s", K),
    "Okta": ("Authorization: SSWS 00%s", K + "aB3dE5fG7hJ9"),
    "pgpass": ("db.x.org:5432:*:ada:%s\n", V),
    "Spanish": ("contraseña: %s", V),
    "Spanish, plain": ("contrasena = '%s'", V),
    "Portuguese": ("senha=%s", V),
    "French": ("mot_de_passe: %s", V),
    "German": ("passwort = '%s'", V),
    "Russian": ("пароль: %s", V),
    "Chinese": ("密码：%s", V),
    "Hindi": ("पासवर्ड: %s", V),
    "Arabic": ("كلمة المرور: %s", V),
    "Bengali": ("পাসওয়ার্ড = %s", V),
    "Japanese": ("パスワード: %s", V),
    "pw": ("pw = '%s'", V),
    "Mapbox": ("sk." + "eyJ" + "%s.aB3dE5fG7hJ9kL1mN3pQ5r", K + K),
    "Bedrock": ("AB" + "SK%s=", K + K + K),
    "CircleCI": ("CC" + "IPAT_%s", K),
    "Buildkite": ("bk" + "ua_%s", K + "ab12"),
    "Sourcegraph": ("sg" + "p_%s", H),
    "Tailscale": ("tskey" + "-auth-kabc12CNTRL-%s", K),
    "Azure DevOps": ("%s" + "AZ" + "DOa1B2", (K + K + K)[:76]),
    "Discord": ("M" + "TIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.%s", K),
    "Teams": ("https://x.webhook.office.com/webhookb2/%s", "a1b2c3d4-" + K + "@" + K + "/IncomingWebhook/" + K),
    "Langfuse": ("sk-" + "lf-%s", "123e4567-e89b-42d3-a456-426614174000"),
}
DATA: dict[str, tuple[Any, str]] = {
    "a value below": ({"api_key": {"value": K}}, K),
    "name and value": ([{"name": "API_KEY", "value": K}], K),
    "an option": (["--api-key", K], K),
    "credentials": ({"credentials": {"pw": V}}, V),
    "below secrets": ({"secrets": {"db": V}}, V),
    "a pair": ([("password", V)], V),
    "auth": ({"auth": ("ada", V)}, V),
    "a set": ({"passwords": {V}}, V),
    "deep": ({"a": [{"b": ({"client_secret": [V]},)}]}, V),
    "variables": ({"env": [{"name": "DB_PASSWORD", "value": V}]}, V),
    "JSON inside": ({"x": json.dumps({"api_key": {"value": K}})}, K),
}
LOOKALIKES = [
    "docker run -u 1000:1000 image",
    "pwd: /workspace/exp",
    "Basic authentication123",
    "smiles_token='CC(=O)Oc1ccccc1C(=O)O'",
    "token='##ing12ab'",
    "tokens = ['play', '##ing12', 'uncased2']",
    "--password option2",
    "first token = Ab12Cd34Ef56Gh78Ij",
    "password:\n    The password to use for it.",
    "def f(password):\n    return password",
    "auth=('user', 'password')",
    "auth=(user, password)",
    "server.login(user, password)",
    "HTTPBasicAuth(user, token)",
    "mysql -u root -p db_name",
    "cat token | base64",
    "| metric | value |\n|---|---|\n| loss | 0.123456 |",
    "| name | tokens |\n|---|---|\n| a1 | 12345678 |",
    "<input type='text' name='query' value='resnet50v2'>",
    "<td>loss</td><td>0.123456</td>",
    "name: lr\nvalue: 0.00012345",
    '{"name": "batch_size", "value": "a1b2c3d4e5f6"}',
    "https://github.com/x/y@v1.2.3",
    "https://x.org:8080/a@b",
    "git+https://github.com/x/y.git@3f786850e387550fdab836ed7e6dc881de23001b",
    "user,epoch\nada,12345678",
    "echo done | tee log",
    "zip -r out.zip folder",
    "clave: valor",
    "wandb login",
    "wandb login --relogin",
    "kind: ConfigMap\ndata:\n  a: b1c2d3e4f5",
    '{"kty": "RSA", "e": "AQAB"}',
    "mdp = 'gridworld-v1'",
    "-p 8080:80",
    "ssh -p 2222 host",
    "login -p",
    "pass\n",
    "key: |\n  words here",
]


@pytest.mark.parametrize("kind", TEXTS)
def test_a_form_is_masked(kind: str, scrubber: Scrubber) -> None:
    """The value is gone, and the lines are as many as before."""
    form, value = TEXTS[kind]
    text = form.replace("%s", value).replace("%%", "%")
    masked = scrubber.text(f"x = 1\n{text}\ny = 2\n", "train.py")

    assert value not in masked
    assert text.count("\n") + 3 == masked.count("\n")
    assert masked.endswith("\ny = 2\n")


@pytest.mark.parametrize("kind", DATA)
def test_the_telling_name_is_carried_through_data(kind: str, scrubber: Scrubber) -> None:
    """However deep the value lies below it, or beside it."""
    data, value = DATA[kind]

    assert value not in repr(scrubber.data(data, "config"))


@pytest.mark.parametrize("text", LOOKALIKES)
def test_a_lookalike_stays(text: str, scrubber: Scrubber) -> None:
    """Letter by letter."""
    assert text == scrubber.text(text, "train.py")


@pytest.mark.parametrize(
    "spelling",
    [
        lambda v: base64.b64encode(f"ada:{v}".encode()).decode(),
        lambda v: base64.urlsafe_b64encode(f"x{v}".encode()).decode(),
        lambda v: ascii(v)[1:-1],
        lambda v: repr(v.encode())[2:-1],
        lambda v: json.dumps(v)[1:-1],
        lambda v: unicodedata.normalize("NFD", v),
        lambda v: quote(v, safe=""),
        lambda v: re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), quote(v, safe="")),
    ],
)
def test_a_known_value_is_found_in_its_spellings(spelling: Any) -> None:
    """Escaped, encoded, in parts: it is the same secret."""
    value = "grün-9&Xv2 käse"
    text = f"see {spelling(value)} there"
    masked = Scrubber({"DB_PASSWORD": value}).text(text, "x")

    assert "<masked:DB_PASSWORD>" in masked


def test_what_comes_into_the_environment_later_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """`load_dotenv()` and `os.environ[...] = …` inside of a run."""
    scrubber = Scrubber.from_environment()
    monkeypatch.setitem(os.environ, "LATER_PASSWORD", "correct-horse-77")
    scrubber.follow()

    assert "see <masked:LATER_PASSWORD>" == scrubber.text("see correct-horse-77", "x")
