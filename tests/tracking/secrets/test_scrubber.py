"""The scrubber itself: known values, data, command lines, places, failures."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.tracking.secrets import Masked, Scrubber, neighbours
from trackexp.tracking.secrets.scrubber import MOST_IN_A_TEXT

VALUE = "".join(["k9", "Xv2", "Lm8", "Qz"])


def test_known_values_are_masked_in_every_spelling() -> None:
    """A known value is found as it is, percent-encoded and escaped, and named by its variable."""
    value = f'{VALUE}/ä"x'
    scrubber = Scrubber({"MY_SECRET": value})
    texts = [value, f"{VALUE}%2F%C3%A4%22x", f'{VALUE}/\\u00e4\\"x', f'{VALUE}/ä\\"x']

    assert ["<masked:MY_SECRET>"] * 4 == [scrubber.text(text, "x") for text in texts]


def test_a_short_known_value_is_masked_as_a_word_only() -> None:
    """Six letters are a part of many words; `MIN_LENGTH` keeps shorter ones out altogether."""
    scrubber = Scrubber.from_environment({"DB_PASS": "kitten", "PIN_SECRET": "cat"})

    assert "<masked:DB_PASS> kittens cat" == scrubber.text("kitten kittens cat", "x")


def test_the_environment_and_the_env_file_are_known(tmp_path: Path) -> None:
    """Variables named like secrets, passwords in URLs, and of a `.env` file all that is no plain setting."""
    (tmp_path / ".env").write_text(f"FOO={VALUE}1\nWANDB_PROJECT=digits-{VALUE}\nLEVEL=debug\nBAR='two words 77'\n")
    environ = {"X_TOKEN": VALUE + "2", "URL": f"mysql://a:{VALUE}3@b/c", "PATH": f"/{VALUE}4", "HF_HOME": VALUE + "5"}
    scrubber = Scrubber.from_environment(environ, [tmp_path / ".env", tmp_path / "missing"])
    text = f"{VALUE}1 digits {VALUE}2 {VALUE}3 {VALUE}4 {VALUE}5 debug two words 77"

    assert f"<masked:FOO> digits <masked:X_TOKEN> <masked:URL> {VALUE}4 {VALUE}5 debug <masked:BAR>" == scrubber.text(
        text, "x"
    )


@pytest.mark.parametrize(
    "environ",
    [
        {"SSH_AUTH_SOCK": "/tmp/ssh-Xy12/agent.77"},
        {"GPG_KEY": "A035C8C19219BA821ECEA86B64E628F8D684696D"},
        {"GOOGLE_APPLICATION_CREDENTIALS": "/secrets/key.json"},
        {"TOKENIZERS_PARALLELISM": "false"},
        {"API_TOKEN": "your-token-here", "DB_PASSWORD": "postgres", "SECRET": ""},
    ],
)
def test_variables_that_hold_no_secret_are_not_looked_for(environ: dict[str, str]) -> None:
    """Paths, fingerprints, placeholders and everybody's passwords are left in peace."""
    text = " ".join(environ.values())

    assert text == Scrubber.from_environment(environ).text(text, "x")


def test_data_is_masked_by_its_keys_and_keeps_its_shape(scrubber: Scrubber) -> None:
    """Nested data comes back with the same keys and types, what stands under a telling name masked whole."""
    data = {"db": {"password": "plain word", "port": 5432}, "api_keys": [VALUE, VALUE + "2"], "pin_password": 48151623}
    masked = {"db": {"password": "<masked:password>", "port": 5432}, "api_keys": ["<masked:api_keys>"] * 2}

    assert {**masked, "pin_password": "<masked:pin_password>"} == scrubber.data(data, "config")
    assert "config.db.password" in {item.place for item in scrubber.masked}


def test_a_command_line_is_masked_by_its_options(scrubber: Scrubber) -> None:
    """The word behind an option belongs to it; the next option does not."""
    arguments = ["train.py", "--password", "swordfish", "--api-key=" + VALUE, "--token", "--max-tokens", "4096", "x"]
    masked = ["train.py", "--password", "<masked:password>", "--api-key=<masked:--api-key>", *arguments[4:]]

    assert [text.replace("--api-key>", "api-key>") for text in masked] == scrubber.arguments(arguments)


def test_masking_twice_changes_nothing(scrubber: Scrubber) -> None:
    """A masked text has nothing left to mask, and the same place counts once."""
    once = scrubber.text(f"password = '{VALUE}'\nurl = 'http://a:{VALUE}@b'", "x")
    count = scrubber.count

    assert once == scrubber.text(once, "x")
    assert once == scrubber.text(f"password = '{VALUE}'\nurl = 'http://a:{VALUE}@b'", "x")
    assert (2, 2) == (count, scrubber.count)


def test_places_have_lines_and_no_values() -> None:
    """A mask is located by place and line; a place that holds a secret itself is masked too."""
    scrubber = Scrubber({"KNOWN": VALUE})
    scrubber.text(f"a\nb\n{VALUE}", f"sources/{VALUE}.py")

    assert (Masked("sources/<masked:KNOWN>.py", "known", "KNOWN", 3),) == scrubber.masked
    assert VALUE not in str(scrubber.summary())


def test_what_cannot_be_looked_through_is_dropped(scrubber: Scrubber, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the scrubber itself fails, the text is lost and its lines stay: nothing unseen leaves."""

    def broken(text: str) -> Any:
        raise RecursionError

    monkeypatch.setattr(neighbours, "beside_names", broken)

    assert "<masked:not-scrubbed>\r\n\n<masked:not-scrubbed>" == scrubber.text("a b\r\n\nc", "code.patch")
    assert [("failed", "not-scrubbed")] == [(item.kind, item.name) for item in scrubber.masked]


@pytest.mark.parametrize("variable", ["HOME", "NETRC"])
def test_passwords_of_the_netrc_file_are_known(tmp_path: Path, variable: str) -> None:
    """`wandb login` leaves W&B's key there, which no variable and no name beside it need betray."""
    (tmp_path / ".netrc").write_text(f"machine api.example.org\n  login user\n  password {VALUE}\n")
    scrubber = Scrubber.from_environment({variable: str(tmp_path / (".netrc" if variable == "NETRC" else ""))})

    assert "x = <masked:netrc>" == scrubber.text(f"x = {VALUE}", "train.py")


def test_a_list_of_secrets_is_dropped(scrubber: Scrubber) -> None:
    """A text that is little else than secrets is not looked through to its end: it is lost, and its lines stay."""
    text = f"{VALUE}\n" * (MOST_IN_A_TEXT + 1)
    known = Scrubber({"KNOWN": VALUE})

    assert text.replace(VALUE, "<masked:not-scrubbed>") == known.text(text, "keys.txt")
    assert [("failed", "not-scrubbed")] == [(item.kind, item.name) for item in known.masked]


@pytest.mark.parametrize("piece", ["Private-Lines: 999\n", "-----BEGIN PRIVATE KEY-----", "token" + "='", "--a b "])
def test_the_work_grows_with_the_text(piece: str, scrubber: Scrubber) -> None:
    """However often a text begins what may be a secret, each of its letters is looked at a bounded number of times."""
    text = piece * (400_000 // len(piece))

    assert text.count("\n") == scrubber.text(text, "x").count("\n")


def test_the_summary_is_one_short_line() -> None:
    """How many, and three of the places; a file is named by its name, though its folders may be many."""
    scrubber = Scrubber({"KNOWN": VALUE})
    for place in (
        "code.patch",
        "code/train.py",
        "code/a/folder/inside/of/another/settings.py",
        "config.a.b",
        "argv[1]",
    ):
        scrubber.text(VALUE, place)

    assert "5 secrets in code.patch, train.py, …/settings.py and 2 more places" == scrubber.in_words()


def test_threads_may_share_a_scrubber(scrubber: Scrubber) -> None:
    """Nothing that several threads mask is lost or counted twice."""
    threads = [
        threading.Thread(target=lambda place=f"t{number}": scrubber.text(f"password={VALUE}\n" * 20, place))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (160, 160) == (scrubber.count, len(set(scrubber.masked)))


@given(st.text(max_size=300), st.sampled_from(["password=%s", "%s", 'token: "%s"', "-----BEGIN PRIVATE KEY-----%s"]))
def test_lines_stay_as_many_whatever_the_text(text: str, around: str) -> None:
    """No text makes the scrubber fail, or changes where the lines begin."""
    scrubber = Scrubber({"KNOWN": "a\nb" + VALUE})
    whole = around.replace("%s", text)
    masked = scrubber.text(whole, "x")

    assert "failed" not in {item.kind for item in scrubber.masked}
    assert (whole.count("\n"), whole.count("\r")) == (masked.count("\n"), masked.count("\r"))


def test_a_text_that_was_clean_is_masked_once_its_secret_is_known() -> None:
    """What is remembered of texts ends when a new value is learnt."""
    scrubber = Scrubber()
    before = scrubber.text("connect correct-horse-9", "config")
    scrubber.add_values({"correct-horse-9": "DB_PASSWORD"})

    assert ["connect correct-horse-9", "connect <masked:DB_PASSWORD>"] == [before, scrubber.text(before, "config")]
