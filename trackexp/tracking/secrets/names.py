"""Which names tell that their value is a secret, and which only sound so: `db_password` against `max_tokens`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Any


class Telling(IntEnum):
    """What a name says about its value."""

    NOTHING = 0
    KEY = 1  # the value is a secret if it looks random
    PASSWORD = 2  # whatever the value is


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PASSWORDS = _words(
    """
    password passwords passwd passwort pwd passphrase passcode pass secret secrets credential credentials userpass
    dbpass mysqlpass userpassword dbpassword clientsecret appsecret pw pswd passwrd passwd pwds creds
    contrasena contrasenia senha motdepasse kennwort losenord salasana wachtwoord haslo heslo parola sandi katasandi
    sifre geslo lozinka
    """
)
# The word for a password, or for a secret key, in languages that have other letters.
FOREIGN = (
    "密码", "密碼", "口令", "密钥", "密鑰", "金鑰", "令牌", "秘钥",
    "पासवर्ड", "कूटशब्द", "पासकोड", "كلمة_المرور", "كلمة_السر", "كلمة_سر", "الرقم_السري", "পাসওয়ার্ড",
    "গোপন_কোড", "пароль", "секрет", "токен", "пасворд", "پاس_ورڈ", "پاسورڈ", "خفیہ_کوڈ",
    "رمز_عبور", "パスワード", "暗証番号", "秘密鍵", "비밀번호", "암호", "סיסמה", "รหัสผ่าน",
    "κωδικός",
)  # fmt: skip
_KEYS = _words(
    """
    apikey apikeys authkey accesskey secretkey privatekey privkey signingkey encryptionkey masterkey accountkey
    authtoken accesstoken refreshtoken apitoken bearertoken sessiontoken idtoken usertoken authorization bearer
    """
)
# Of names written as one word: `rootpassword`, `myapikey`.
_PASSWORD_ENDS = ("password", "passwd", "passphrase", "clientsecret")
_KEY_ENDS = ("apikey", "accesskey", "secretkey", "authtoken", "accesstoken")
# Whose key is a secret: of all others, `sort_key` or `cache_key`, nothing is said.
_KEY_OWNERS = _words(
    """
    api access secret private priv auth encryption encrypt decryption signing sign master account subscription
    storage app application service client shared admin deploy license licence integration webhook cipher crypto aes
    hmac jwt session cookie django flask server ssh rsa db database consumer user bot root token fernet wandb openai
    anthropic huggingface hf github gitlab azure aws gcp google stripe comet neptune mlflow
    """
)
# What a model's tokens are called.
_TOKEN_OWNERS = _words(
    """
    cls sep pad unk bos eos mask masked special max min num n total count input output prompt completion vocab word
    sub subword next prev previous new generated all per image video audio start end stop begin beginning decoder
    encoder target source src tgt added additional extra text seq sequence class dist patch patches register first
    last single current other cached context query spatial visual language lang time forced suppress padding dummy
    placeholder separator unknown fake oov rare digit punct stem token tokens smiles selfies protein dna amino
    second third final whole bpe wordpiece piece
    """
)
# The last word says that the value is about the secret, not the secret.
_ABOUT = _words(
    """
    id ids name names file files filename path paths dir folder url uri env var variable count number num length len
    size type types kind format pattern regex hint policy field fields label column ttl expiry expires expiration
    timeout header headers prefix suffix mask masks index indices limit budget embedding embeddings embed rate ratio
    loss accuracy acc hash algorithm algo strategy provider source location manager store backend class cls error
    message msg prompt help text description required enabled disabled valid is check checker checked validator
    reset change page form input dropout shape dim dims axis map mapping dict list set fn func function callback
    bytes lengths sock socket scheme method mode version arn endpoint server host port user username status state
    info usage usages counts logprobs probs logits scores parallelism stream iter iterator generator per position
    positions offset offsets getter cache
    """
)
# What goes before the name of a switch, or of a number.
_NO_VALUE = _words("is has use no num max min public")
# `api_key_prod`, `token_old`: still the secret itself.
_WHICH_ONE = _words(
    "value plain raw default old new prod production dev staging live data b64 base64 pem hex string str secret text"
)
# Keys of a mapping that hold the value itself, those that say whose it is, and those that are no secret's.
_HOLDING = _words("value val v default content contents data secret text raw plain current string literal")
_NAMING = _words("name key variable var env id field param parameter label option title k header property setting")
_PLAIN = _words(
    """
    user username name host hostname port url uri region type kind path file email id account project role
    provider version created updated expires scope scopes method enabled mode format schema driver engine description
    comment note client_id tenant tenant_id access_key_id label tags env source store backend
    """
)
_TWO_WORDS = {("de", "passe"), ("kata", "sandi"), ("palavra", "passe"), ("mot", "passe")}
_OF_ALL = _words("secrets credentials passwords creds credential secret passwds pwds")
# What passes, and is no password.
_PASSES = _words("forward backward first second one two single multi train eval test low high band by")


@lru_cache(maxsize=4096)
def telling(name: str) -> Telling:
    """Return what a name says about its value.

    >>> telling("DB_PASSWORD").name, telling("openaiApiKey").name, telling("max_tokens").name, telling("apiKeyEnv").name
    ('PASSWORD', 'KEY', 'NOTHING', 'NOTHING')
    """
    if not name.isascii():
        if is_foreign(name):
            return Telling.PASSWORD
        name = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return _told_by([word.lower() for word in _WORDS.findall(name)])


def _told_by(words: list[str]) -> Telling:
    """Return what the words of a name say."""
    while words and words[-1].isdigit():
        words.pop()
    if not words:
        return Telling.NOTHING
    if len(words) > 1 and words[-1] in _WHICH_ONE and words[-1] != "secret":
        words.pop()
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in _ABOUT or words[0] in _NO_VALUE:
        return Telling.NOTHING
    if last in _PASSWORDS or last.endswith(_PASSWORD_ENDS) or tuple(words[-2:]) in _TWO_WORDS:
        if last == "pass":  # alone it is a word of Python
            return Telling.NOTHING if before in _PASSES else Telling.PASSWORD if before else Telling.KEY
        return Telling.PASSWORD
    if last in ("key", "keys"):
        return Telling.KEY if before in _KEY_OWNERS else Telling.NOTHING
    if last in ("token", "tokens"):
        return Telling.NOTHING if before in _TOKEN_OWNERS or "tokenizer" in words else Telling.KEY
    is_key = last in ("auth", "cookie", "signature") or last in _KEYS or last.endswith(_KEY_ENDS)
    return Telling.KEY if is_key else Telling.NOTHING


def is_foreign(name: str) -> bool:
    """Return whether a name holds the word for a password in a language that has other letters."""
    flat = name.replace(" ", "_").lower()
    return any(word in flat for word in FOREIGN)


def owns_a_plain_token(word: str) -> bool:
    """Return whether the word before "token" says that it is a model's: the first token, a padding token."""
    return word.lower() in _TOKEN_OWNERS


def holds_value(key: str) -> bool:
    """Return whether a key of a mapping only says that here is the value: `{"api_key": {"value": …}}`."""
    return key.lower() in _HOLDING


def names_another(mapping: Mapping[Any, Any]) -> str:
    """Return the telling name that a mapping gives to its value, or nothing: `{"name": "API_KEY", "value": …}`."""
    for key, item in mapping.items():
        if isinstance(item, str) and str(key).lower() in _NAMING and len(item) < 100 and telling(item):
            return item
    return ""


def is_plain(key: str) -> bool:
    """Return whether what stands under a key is no secret even among credentials: a user, a host."""
    return key.lower() in _PLAIN


def tells_of_all(name: str) -> bool:
    """Return whether a name tells of all that stands below it: `credentials`, `secrets`."""
    words = _WORDS.findall(name)
    return bool(words) and words[-1].lower() in _OF_ALL
