"""Keys that are known by their form alone: the prefix that their issuer gives them, and what follows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from trackexp.tracking.secrets.words import Words

_BEFORE, _BEHIND = 128, 64  # letters around such a run in which a prefix, or what follows the run, stands
# Prefixes whose key may be shorter than a run, or is broken by other signs.
_SHORT = (
    "_auth=",
    "Q~",
    "key-",
    "glc_",
    "sntrys_",
    "hooks.slack.com/",
    ".webhook.office.com/webhookb2/",
    "AStT",
    "1//0",
)
# No key is small letters alone.
_IDENTIFIER = re.compile(r"[a-z_-]+")
_RUN_LETTERS = re.compile(r"[A-Za-z0-9_-]+")
# What a terminal takes for a change of colour: its last letter stands right before the text.
_COLOUR = re.compile(r"\x1b\[[\d;]*m\Z")
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of key.

    Args:
        name: What the mask shows.
        prefix: The letters that every key of this kind begins with, a plain string.
        body: A regular expression for the rest; its group, where there is one, is the secret part.
        left: Where the key begins before the prefix, a regular expression for that part, read from right to left.
        in_run: Whether the prefix always stands in a run of 20 letters, digits, `_` or `-`.
    """

    name: str
    prefix: str
    body: str
    left: str = ""
    in_run: bool = True
    mark: str = field(init=False, repr=False, compare=False)
    short: bool = field(init=False, repr=False, compare=False)
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mark", next((letter for letter in "_-" if letter in self.prefix), ""))
        prefix = re.escape(self.prefix)
        # Inside a word no key begins; said behind the prefix, because Python's search is fast from plain letters only.
        apart = rf"(?:(?<![A-Za-z0-9_]{prefix})|(?<=\\[nrt]{prefix})|(?<=m{prefix}))"
        begins = apart if self.prefix[0] in _WORD and not self.left else ""
        object.__setattr__(self, "pattern", re.compile(prefix + begins + self.body))
        object.__setattr__(self, "short", self.prefix in _SHORT)
        object.__setattr__(self, "in_run", self.in_run and _RUN_LETTERS.fullmatch(self.prefix) is not None)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where keys of this kind stand."""
        for match in self.pattern.finditer(text):
            start = match.start(1) if self.pattern.groups else match.start()
            if self.left:
                before = re.match(self.left, text[max(0, match.start() - 96) : match.start()][::-1])
                if before is None:
                    continue
                start -= before.end()
            elif self.prefix[0] in _WORD and _inside_word(text, match.start()):
                continue
            yield start, match.end()


# Name, prefixes, body.
_TABLE = (
    ("aws-access-key-id", "AKIA ASIA ABIA ACCA", r"[A-Z2-7]{16}(?![A-Za-z0-9])"),
    ("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", r"[A-Za-z0-9]{30,255}+"),
    ("github-token", "github_pat_", r"\w{22,255}+"),
    (
        "gitlab-token",
        "glpat- gldt- glrt- glptt- glcbt- glsoat- glimt- glagent- glft- glffct-",
        r"[A-Za-z0-9_-]{20,}+",
    ),
    ("slack-token", "xoxb- xoxp- xoxa- xoxo- xoxs- xoxr- xapp- xoxe- xoxe.xox", r"[A-Za-z0-9_-]{20,}+"),
    ("slack-webhook", "hooks.slack.com/", r"(?:services|workflows|triggers)/([A-Za-z0-9/_-]{20,}+)"),
    ("discord-webhook", "/api/webhooks/", r"\d{15,20}/([A-Za-z0-9_-]{40,}+)"),
    ("stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_ whsec_", r"[A-Za-z0-9]{16,}+"),
    ("anthropic-key", "sk-ant-", r"[A-Za-z0-9_-]{20,}+"),
    ("openrouter-key", "sk-or-", r"[A-Za-z0-9_-]{20,}+"),
    ("openai-key", "sk-proj- sk-svcacct- sk-admin-", r"[A-Za-z0-9_-]{20,}+"),
    # Without a digit and the length, a style sheet's class would be one.
    ("api-key", "sk-", r"(?=[A-Za-z]{0,40}\d)[A-Za-z0-9]{32,}+"),
    ("huggingface-token", "hf_ api_org_", r"[A-Za-z0-9]{30,}+"),
    ("wandb-key", "wandb_v", r"\d_\w{40,}+"),
    ("google-api-key", "AIza", r"[A-Za-z0-9_-]{35}"),
    ("google-oauth-secret", "GOCSPX-", r"[A-Za-z0-9_-]{20,}+"),
    ("google-oauth-token", "ya29.", r"[A-Za-z0-9_-]{20,}+"),
    ("google-refresh-token", "1//0", r"[A-Za-z0-9_-]{30,}+"),
    ("sendgrid-key", "SG.", r"[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{20,}+"),
    ("mailgun-key", "key-", r"[0-9a-f]{32}(?![0-9A-Za-z])"),
    ("twilio-key", "SK", r"[0-9a-f]{32}(?![0-9A-Za-z])"),
    ("npm-token", "npm_", r"[A-Za-z0-9]{36}"),
    ("pypi-token", "pypi-AgE", r"[A-Za-z0-9_-]{50,}+"),
    ("docker-token", "dckr_pat_ dckr_oat_", r"[A-Za-z0-9_-]{20,}+"),
    ("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", r"[0-9a-f]{40,}+"),
    ("databricks-token", "dapi", r"[0-9a-f]{32}(?:-\d)?(?![0-9A-Za-z])"),
    ("json-web-token", "eyJ", r"[A-Za-z0-9_-]{8,}+\.eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+"),
    ("azure-signature", "sig=", r"([A-Za-z0-9%+/_-]{40,}+=*+)"),
    ("shopify-token", "shpat_ shpss_ shpca_ shppa_", r"[0-9a-fA-F]{32}"),
    ("square-token", "sq0atp- sq0csp- sq0idp-", r"[A-Za-z0-9_-]{22,}+"),
    ("linear-key", "lin_api_", r"[A-Za-z0-9]{32,}+"),
    ("notion-token", "ntn_", r"[A-Za-z0-9]{40,}+"),
    ("figma-token", "figd_", r"[A-Za-z0-9_-]{30,}+"),
    ("postman-key", "PMAK-", r"[0-9a-f]{24}-[0-9a-f]{34}"),
    ("new-relic-key", "NRAK-", r"[A-Z0-9]{27}"),
    ("doppler-token", "dp.", r"(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]+\.)?[A-Za-z0-9]{40,44}"),
    ("vault-token", "hvs. hvb.", r"[A-Za-z0-9_-]{24,}+"),
    ("pulumi-token", "pul-", r"[0-9a-f]{40}"),
    ("planetscale-token", "pscale_", r"(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,}+"),
    ("supabase-token", "sbp_", r"[0-9a-f]{40}"),
    ("supabase-key", "sb_secret_", r"[A-Za-z0-9_-]{20,}+"),
    ("grafana-token", "glsa_", r"[A-Za-z0-9]{32}_[0-9a-fA-F]{8}"),
    ("sentry-token", "sntryu_", r"[0-9a-f]{64}"),
    ("heroku-key", "HRKU-", r"[A-Za-z0-9_-]{36,}+"),
    ("fly-token", "fm2_ fo1_", r"[A-Za-z0-9+/=_-]{40,}+"),
    ("replicate-token", "r8_", r"[A-Za-z0-9]{37}"),
    ("groq-key", "gsk_", r"[A-Za-z0-9]{40,}+"),
    ("perplexity-key", "pplx-", r"[A-Za-z0-9]{32,}+"),
    ("xai-key", "xai-", r"[A-Za-z0-9]{40,}+"),
    ("langsmith-key", "lsv2_", r"(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    ("pinecone-key", "pcsk_", r"\w{40,}+"),
    ("nvidia-key", "nvapi-", r"[A-Za-z0-9_-]{50,}+"),
    ("kaggle-token", "KGAT_", r"[0-9a-f]{32}"),
    ("rubygems-key", "rubygems_", r"[0-9a-f]{48}"),
    ("age-key", "AGE-SECRET-KEY-1", r"[0-9A-Z]{58}"),
    ("netlify-token", "nfp_", r"[A-Za-z0-9]{36}"),
    ("atlassian-token", "ATATT3 ATCTT3", r"[A-Za-z0-9_=-]{100,}+"),
    ("facebook-token", "EAACEdEose0cBA", r"[A-Za-z0-9]{20,}+"),
    ("dropbox-token", "sl.", r"(?:u\.)?[A-Za-z0-9_-]{100,}+"),
    ("slack-cookie", "xoxd-", r"[A-Za-z0-9%_-]{20,}+"),
    ("bedrock-key", "ABSK", r"[A-Za-z0-9+/]{60,}+=*+"),
    ("bedrock-key", "bedrock-api-key-", r"[A-Za-z0-9+/=_-]{40,}+"),
    ("aws-session-token", "IQoJb3JpZ2luX2Vj", r"[A-Za-z0-9+/=%]{60,}+"),
    ("circleci-token", "CCIPAT_ CCIPRJ_", r"[A-Za-z0-9_]{20,}+"),
    ("buildkite-token", "bkua_ bkat_ bkct_ bkpat_", r"[A-Za-z0-9]{30,}+"),
    ("sourcegraph-token", "sgp_", r"(?:[0-9a-fA-F]{16}_|local_)?[0-9a-fA-F]{40}"),
    ("sourcegraph-token", "slk_", r"[0-9a-f]{40,}+"),
    ("tailscale-key", "tskey-", r"(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{6,}-[A-Za-z0-9]{16,}+"),
    ("npm-token", "_authToken=", r"([A-Za-z0-9_+/=-]{20,}+)"),
    ("npm-token", "_auth=", r"([A-Za-z0-9+/=]{12,}+)"),
    ("onepassword-token", "ops_eyJ", r"[A-Za-z0-9+/=_-]{60,}+"),
    ("cloudflare-key", "v1.0-", r"[0-9a-f]{24}-[0-9a-f]{100,}+"),
    ("sonar-token", "sqp_ squ_ sqa_", r"[0-9a-f]{40}"),
    ("artifactory-key", "AKCp", r"[A-Za-z0-9]{60,}+"),
    ("nuget-key", "oy2", r"[a-z0-9]{43}(?![A-Za-z0-9])"),
    ("crates-token", "cio", r"[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
    ("dynatrace-token", "dt0c01. dt0s01. dt0s16.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    ("brevo-key", "xkeysib- xsmtpsib-", r"[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    ("shippo-token", "shippo_live_ shippo_test_", r"[0-9a-f]{40}"),
    ("typeform-token", "tfp_", r"[A-Za-z0-9_.=-]{50,}+"),
    ("prefect-key", "pnu_ pnb_", r"[A-Za-z0-9]{36}"),
    ("readme-key", "rdme_", r"[a-z0-9]{60,}+"),
    ("alibaba-key-id", "LTAI", r"[A-Za-z0-9]{20,26}(?![A-Za-z0-9])"),
    ("contentful-token", "CFPAT-", r"[A-Za-z0-9_-]{40,}+"),
    ("openshift-token", "sha256~", r"[A-Za-z0-9_-]{43}"),
    ("duffel-token", "duffel_", r"(?:test|live)_[A-Za-z0-9_=-]{43}"),
    ("easypost-key", "EZAK EZTK", r"[A-Za-z0-9]{54}"),
    ("flutterwave-key", "FLWSECK_TEST- FLWSECK-", r"[A-Za-z0-9]{12,}+"),
    ("frameio-token", "fio-u-", r"[A-Za-z0-9_=-]{64}"),
    ("scalingo-token", "tk-us-", r"[A-Za-z0-9_-]{48}"),
    ("clojars-token", "CLOJARS_", r"[0-9a-f]{60}"),
    ("adobe-secret", "p8e-", r"[A-Za-z0-9]{32}"),
    ("plaid-token", "access-", r"(?:production|sandbox|development)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ("langfuse-key", "sk-lf- pk-lf-", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ("launchdarkly-key", "sdk- api- mob-", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"),
    ("tavily-key", "tvly-", r"[A-Za-z0-9-]{20,}+"),
    ("firecrawl-key", "fc-", r"[0-9a-f]{32}"),
    ("jina-key", "jina_", r"[A-Za-z0-9_]{40,}+"),
    ("e2b-key", "e2b_", r"[0-9a-f]{40}"),
    ("together-key", "tgp_v1_", r"[A-Za-z0-9_-]{40,}+"),
    ("fireworks-key", "fw_", r"(?=[A-Za-z]{0,20}\d)[A-Za-z0-9]{22,28}(?![A-Za-z0-9_])"),
    ("voyage-key", "pa-", r"(?=[A-Za-z_-]{0,40}\d)[A-Za-z0-9_-]{40,}+"),
    ("anyscale-key", "esecret_", r"[A-Za-z0-9]{20,}+"),
    ("cerebras-key", "csk-", r"[a-z0-9]{40,}+"),
    ("runpod-key", "rpa_", r"[A-Z0-9]{40,}+"),
    ("modal-token", "ak- as-", r"(?=[A-Za-z]{0,16}\d)[A-Za-z0-9]{22}(?![A-Za-z0-9_-])"),
    ("posthog-key", "phx_", r"[A-Za-z0-9]{40,}+"),
    ("resend-key", "re_", r"[A-Za-z0-9]{6,10}_[A-Za-z0-9]{22,28}(?![A-Za-z0-9])"),
    ("elevenlabs-key", "sk_", r"[0-9a-f]{48}(?![A-Za-z0-9])"),
    ("neptune-token", "eyJhcGlfYWRkcmVzcyI6", r"[A-Za-z0-9+/=_-]{40,}+"),
    ("yandex-key", "AQVN", r"[A-Za-z0-9_-]{35,38}(?![A-Za-z0-9_-])"),
    ("gitlab-token", "GR1348941 gloas- glwt-", r"[A-Za-z0-9_-]{20,}+"),
    ("facebook-token", "EAA", r"(?=[A-Za-z]{0,80}\d)[A-Za-z0-9]{90,}+"),
    ("vercel-token", "vcp_ vck_", r"[A-Za-z0-9]{24,}+"),
    ("honeycomb-key", "hcaik_ hcalk_ hcamk_", r"[a-z0-9]{40,}+"),
    ("infracost-key", "ico-", r"[A-Za-z0-9]{32}"),
    ("nightfall-key", "NF-", r"[A-Za-z0-9]{32}"),
    ("teams-webhook", ".webhook.office.com/webhookb2/", r"([A-Za-z0-9@/_-]{60,}+)"),
    ("power-automate-signature", "&sig=", r"([A-Za-z0-9%_-]{40,}+)"),
    ("password-hash", "$apr1$ $1$ $5$ $6$ $y$", r"[A-Za-z0-9./=$,]{1,40}\$([A-Za-z0-9./]{22,}+)"),
    ("password-hash", "$2a$ $2b$ $2y$", r"\d\d\$([A-Za-z0-9./]{53})"),
    ("password-hash", "$argon2", r"(?:id|i|d)\$v=\d+\$[a-z0-9=,]+\$([A-Za-z0-9+/$]{40,}+)"),
    ("gemini-key", "AQ.", r"Ab8[A-Za-z0-9_-]{30,}+"),
)
FORMATS = (
    *(Format(name, prefix, body) for name, prefixes, body in _TABLE for prefix in prefixes.split()),
    Format("telegram-token", ":AA", r"[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])", left=r"\d{8,10}(?!\d)"),
    Format("azure-client-secret", "Q~", r"[A-Za-z0-9_.~-]{31,34}", left=r"\d[A-Za-z0-9_.~-]{3}"),
    Format("terraform-token", ".atlasv1.", r"[A-Za-z0-9_=-]{60,}+", left=r"[A-Za-z0-9]{14}"),
    Format("mailchimp-key", "-us", r"\d{1,2}(?![0-9A-Za-z])", left=r"[0-9a-f]{32}(?![0-9A-Za-z](?!\\))"),
    Format("airtable-token", "pat", r"[A-Za-z0-9]{14}\.[0-9a-f]{64}", in_run=False),
    Format("mapbox-token", "sk.eyJ", r"[A-Za-z0-9_-]{40,}+\.[A-Za-z0-9_-]{20,}+", in_run=False),
    Format("mapbox-token", "pk.eyJ", r"[A-Za-z0-9_-]{40,}+\.[A-Za-z0-9_-]{20,}+", in_run=False),
    Format("mapbox-token", "tk.eyJ", r"[A-Za-z0-9_-]{40,}+\.[A-Za-z0-9_-]{20,}+", in_run=False),
    Format("azure-devops-token", "AZDO", r"[A-Za-z0-9]{4}(?![A-Za-z0-9])", left=r"[A-Za-z0-9]{52,80}"),
    Format("okta-token", "SSWS ", r"00[A-Za-z0-9_-]{38,44}"),
    Format("private-key-id", "private_key_id", r"\\?\": ?\\?\"([0-9a-f]{40})", in_run=False),
    Format("azure-storage-key", "AStT", r"[A-Za-z0-9+/=]{6,10}==", left=r"[A-Za-z0-9+/]{70,76}", in_run=False),
    Format("grafana-token", "glc_", r"[A-Za-z0-9+/=]{32,}+", in_run=False),
    Format("sentry-token", "sntrys_", r"[A-Za-z0-9+/=_]{40,}+", in_run=False),
)
# What may stand in a text without any run.
_SHORT_FORMATS = tuple(form for form in FORMATS if form.short)


def runs_of(words: Words) -> tuple[str, str]:
    """Return the long words that a key may be in, one a line, and the same with what stands around each.

    Both are a small part of most texts, in which a hundred prefixes are looked for quickly.
    """
    text = words.text
    runs = [run for run in words.runs if not _IDENTIFIER.fullmatch(run)]
    if sum(map(len, runs)) > len(text) // 4:  # an encoded file
        return "\n".join(runs), text
    around, position = [], 0
    for run in runs:
        position = text.find(run, position)
        around.append(text[max(0, position - _BEFORE) : position + len(run) + _BEHIND])
        position += len(run)
    return "\n".join(runs), "\n".join(around)


def keys(text: str, runs: str, around: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and name of every key that its form betrays, in a text and what `runs_of` gives of it."""
    marks = {letter for letter in "_-" if letter in runs} | {""}  # base64, a megabyte of it, has neither
    for form in FORMATS if runs else _SHORT_FORMATS:
        if (
            form.mark in marks and form.prefix in runs
            if form.in_run
            else form.prefix in (text if form.short else around)
        ):
            for start, end in form.spans(text):
                yield start, end, form.name
    for run in _MAY_BE_DISCORD.findall(runs):
        yield from _discord_tokens(text, run)


# A bot of Discord's: an id in base64, a time, a signature; its first letter is an `M`, `N` or `O`.
_DISCORD = re.compile(r"(?<![\w.-])[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}(?![\w-])")


_MAY_BE_DISCORD = re.compile(r"(?m)^[MNO][A-Za-z0-9_-]{23,27}$")


def _discord_tokens(text: str, run: str) -> Iterator[tuple[int, int, str]]:
    """Yield the tokens of Discord's bots, which have no prefix, that begin with a run of letters."""
    place = text.find(f"{run}.")
    while place >= 0:
        match = _DISCORD.match(text, place)
        if match:
            yield *match.span(), "discord-token"
        place = text.find(f"{run}.", place + 1)


def _inside_word(text: str, start: int) -> bool:
    """Return whether a letter stands right before; one that ends an escape, or a colour's code, does not count."""
    if start == 0 or text[start - 1] not in _WORD:
        return False
    if text[start - 1] in "nrt" and start > 1 and text[start - 2] == "\\":
        return False
    return _COLOUR.search(text, max(0, start - 12), start) is None
