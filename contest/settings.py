"""Settings of the platform, read from the environment; the names are listed in README.md.

DEBUG is off and there are no default secrets: what is missing stops the start with its name.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str | None = None) -> str:
    """The value of an environment variable; without a default, its absence is an error that names it."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}.")
    return value


def flag(name: str, default: str = "0") -> bool:
    """Whether an environment variable says yes."""
    return env(name, default).lower() in {"1", "true", "yes", "on"}


def items(name: str, default: str = "") -> list[str]:
    """A comma-separated environment variable as a list."""
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


# --- Secrets and hosts -----------------------------------------------------------------------------------------------
DEBUG = flag("DEBUG")
DEMO = flag("DEMO")  # made-up people, codes printed in the README, loopback only
SECRET_KEY = env("SECRET_KEY")
CODE_KEY = env("CODE_KEY")  # keys the hashes of personal codes and links
FIELD_KEYS = items("FIELD_KEYS")  # Fernet keys for citizen numbers, newest first
ALLOWED_HOSTS = items("ALLOWED_HOSTS", "127.0.0.1,localhost")
CSRF_TRUSTED_ORIGINS = items("CSRF_TRUSTED_ORIGINS")
SITE_URL = env("SITE_URL", "http://127.0.0.1:8000").rstrip("/")  # what QR codes and e-mails point to
TRUSTED_PROXIES = int(env("TRUSTED_PROXIES", "0"))  # how many proxies in front set X-Forwarded-For and X-Request-Start
HTTPS = flag("HTTPS", "0" if DEBUG or DEMO else "1")

# --- What it is made of ----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "contest",
    "contest.foundations.ledger",
    "accounts",
    "contest.notices",
    "contest.questions",
    "contest.rounds",
    "contest.attempts",
    "contest.entries",
    "contest.standings",
    "contest.judging",
    "contest.results",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "accounts.apps.DeskConfig",  # django.contrib.admin with our own door
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "auditlog",
    "csp",
    "tree_queries",
]

MIDDLEWARE = [
    "contest.middleware.clock",
    "contest.middleware.database_trouble",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "contest.middleware.personal",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "contest.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.sessions.PeopleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "contest.middleware.audit",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "contest.middleware.readable",
]
# Saves and hand-ins go through these alone: no session, no user, no language but the page's own.
HOT_MIDDLEWARE = [
    "contest.middleware.clock",
    "contest.middleware.sealed",
    "contest.middleware.database_trouble",
    "contest.middleware.language",
]
HOT_PREFIXES = ("/answer/", "/hand-in/")

ROOT_URLCONF = "contest.urls"
WSGI_APPLICATION = "contest.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Where things are kept -------------------------------------------------------------------------------------------
DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(env("DATABASE_URL"), conn_max_age=None, conn_health_checks=True),
}
DATABASES["default"]["TEST"] = {"NAME": env("TEST_DATABASE", "test_contest")}
DATABASES["default"].setdefault("OPTIONS", {})
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["OPTIONS"].update(
        {
            "connect_timeout": 5,
            "options": f"-c statement_timeout={env('STATEMENT_TIMEOUT', '30s')}"
            f" -c lock_timeout={env('LOCK_TIMEOUT', '5s')} -c idle_in_transaction_session_timeout=60s"
            # Granian ends threads that idle, and nobody is left to close their connections: PostgreSQL does.
            " -c idle_session_timeout=15min"
            " -c plan_cache_mode=force_generic_plan",  # prepared statements are look-ups: planned once, not five times
        }
    )
REDIS_URL = env("REDIS_URL")  # the broker
BOARD_REDIS_URL = env("BOARD_REDIS_URL", REDIS_URL)  # ordinals of the boards: rebuilt from PostgreSQL when lost
REDIS_PREFIX = env("REDIS_PREFIX", "")  # test workers keep apart by it
# Small and rarely used (limits of the e-mail door), so in PostgreSQL: nothing that a person needs depends on Redis.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # with the default of 300 a stranger could push a limit out
    }
}
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env("MEDIA_ROOT", str(BASE_DIR / "var" / "media")))
MEDIA_URL = "/media/"
# Files that people send: on the disk, or in a bucket of an S3 service that nobody else can read.
S3_BUCKET = env("S3_BUCKET", "")
FILES: dict[str, Any] = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
if S3_BUCKET:
    from botocore.config import Config  # heavy, so only where it is used

    FILES = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env("S3_ENDPOINT", "") or None,
            "region_name": env("S3_REGION", "") or None,
            "access_key": env("S3_ACCESS_KEY", "") or None,  # else as boto3 finds them
            "secret_key": env("S3_SECRET_KEY", "") or None,
            "default_acl": None,
            "querystring_auth": True,
            "file_overwrite": False,
            "client_config": Config(
                connect_timeout=3, read_timeout=20, retries={"max_attempts": 2},
                s3={"addressing_style": env("S3_ADDRESSING", "auto")},
            ),
        },
    }  # fmt: skip
CLAMD_SOCKET = env("CLAMD_SOCKET", "")  # of the antivirus: a path, or host:port; without it files are not scanned
STORAGES = {
    "default": FILES,
    "staticfiles": {
        "BACKEND": "contest.assets.HashedAssets"
        if flag("STATIC_MANIFEST", "0" if DEBUG else "1")  # off: straight from static/, as the tests want it
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not flag("STATIC_MANIFEST", "0" if DEBUG else "1")

# --- Language and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["contest.formats"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

# --- People and sessions ---------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
# Permissions come from the first; whoever came by slip was loaded by the second, and has none.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend", "accounts.signing_in.Backend"]
PASSWORD_HASHERS = ["accounts.hashers.TunedArgon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Who is signed in stands in the cookie; the person's row ends it from the server (session_stamp, ended_sessions).
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = int(timedelta(days=31).total_seconds())  # a contest of four weeks, on one's own device
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
LOGIN_URL = reverse_lazy("sign_in")
LOGIN_REDIRECT_URL = "/"
MFA_REQUIRED = flag("MFA_REQUIRED", "0" if DEMO else "1")  # for organizers, judges and every other office
SIGN_IN_WAVE = int(env("SIGN_IN_WAVE", "300"))  # wrong codes a minute on the whole site that raise an alarm

ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# An address comes from a list, an organizer or its owner's profile; whoever can read a code sent to it is who signs in.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # strangers get no mail from us, whatever address somebody types
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True  # no secret stands in an address
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = int(timedelta(minutes=10).total_seconds())
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(timedelta(minutes=10).total_seconds())
ACCOUNT_SESSION_REMEMBER = False  # to the end of the browser's session
ACCOUNT_ADAPTER = "accounts.allauth_adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.PasswordSignInForm",
    "request_login_code": "accounts.forms.AskCodeForm",
    "reset_password": "accounts.forms.AskPasswordCodeForm",
    "confirm_login_code": "accounts.forms.LoginCodeForm",
    "confirm_password_reset_code": "accounts.forms.PasswordCodeForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reauthenticate": "accounts.forms.StillMeForm",
}
MFA_FORMS = {
    "authenticate": "accounts.forms.SecondFactorForm",
    "reauthenticate": "accounts.forms.StillMeBySecondFactorForm",
    "activate_totp": "accounts.forms.SetUpForm",
}
# By account only: whole offices sit behind one address. Wrong passwords are slowed down by accounts.guarding.
ACCOUNT_RATE_LIMITS: dict[str, str | None] = {
    "login": None,
    "signup": None,
    "login_failed": "5/5m/key,30/d/key",  # wrong codes of the second factor
    "reauthenticate": "10/m/user",
    "reset_password": "3/5m/key,10/d/key",
    "reset_password_from_key": None,
    "request_login_code": "3/5m/key,20/d/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_ADAPTER = "accounts.allauth_adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # a code may be typed half a minute late
SOCIALACCOUNT_ADAPTER = "accounts.allauth_adapter.ProviderAdapter"
OIDC_SERVER_URL = env("OIDC_SERVER_URL", "")
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if OIDC_SERVER_URL:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "SCOPE": items("OIDC_SCOPE", "openid,profile,email"),
        "APPS": [
            {
                "provider_id": env("OIDC_ID", "vneid"),
                "name": env("OIDC_NAME", "VNeID"),
                "client_id": env("OIDC_CLIENT_ID"),
                "secret": env("OIDC_CLIENT_SECRET"),
                "settings": {
                    "server_url": OIDC_SERVER_URL,
                    "citizen_claim": env("OIDC_CITIZEN_CLAIM", "citizen_number"),
                },
            }
        ],
    }
EMAIL_BACKEND = env("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST, EMAIL_PORT = env("EMAIL_HOST", "localhost"), int(env("EMAIL_PORT", "25"))
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env("EMAIL_HOST_USER", ""), env("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", "contest@localhost")

# --- Security --------------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = False  # the proxy redirects; health checks come by plain HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = int(env("HSTS_SECONDS", "31536000")) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # SSL redirect: see above
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
if OIDC_SERVER_URL:  # a form leads there, and browsers follow its redirects only to where forms may go
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].append("/".join(OIDC_SERVER_URL.split("/", 3)[:3]))
# The admin's theme evaluates expressions in its own pages; nothing of this reaches entrants.
ADMIN_CSP = {
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- Celery ----------------------------------------------------------------------------------------------------------
# Celery has its own words for a socket in the file system.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": REDIS_PREFIX,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "visibility_timeout": 600,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_ROUTES = {
    "contest.attempts.tasks.*": {"queue": "grading"},
    "contest.standings.tasks.*": {"queue": "boards"},
}
CELERY_TIMEZONE = TIME_ZONE

# --- Logs ------------------------------------------------------------------------------------------------------------
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"secrets": {"()": "contest.foundations.logs.HideSecrets"}},
    "formatters": {"line": {"()": "contest.foundations.logs.formatter", "json": flag("LOG_JSON")}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", "INFO")},
    "loggers": {"django.server": {"handlers": ["console"], "propagate": False}},
}

# --- Admin -----------------------------------------------------------------------------------------------------------
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Contest desk"),
    "SITE_HEADER": _("Contest desk"),
    "SITE_URL": "/",
    "SHOW_HISTORY": False,  # the records below tell more
    "SITE_SYMBOL": "assignment_turned_in",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/icon.svg")}],
    "DASHBOARD_CALLBACK": "contest.standings.admin.dashboard",
    "SHOW_LANGUAGES": False,
    "STYLES": [lambda request: static("css/desk.css")],
    "COLORS": {
        "primary": {
            "50": "#fdf3f1", "100": "#fbe6e2", "200": "#f6c9c2", "300": "#ee9f94", "400": "#e06a5f", "500": "#cb3340",
            "600": "#b3001b", "700": "#930016", "800": "#7a0a1b", "900": "#650f1d", "950": "#37040b",
        },
    },
}  # fmt: skip
# The sidebar of the desk: groups of models with their signs.
DESK: list[tuple[Any, list[tuple[str, str]]]] = [
    (_("Contests"), [("rounds.contest", "trophy"), ("rounds.round", "event"), ("rounds.entrant", "groups")]),
    (_("Questions"), [("questions.bank", "inventory_2"), ("questions.question", "quiz")]),
    (
        _("Results"),
        [("attempts.attempt", "assignment"), ("standings.board", "leaderboard"), ("results.snapshot", "verified")],
    ),
    (
        _("Entries"),
        [("entries.call", "campaign"), ("entries.entry", "inbox"), ("entries.likeness", "content_copy")],
    ),
    (
        _("Judging"),
        [
            ("judging.rubric", "checklist"),
            ("judging.stage", "gavel"),
            ("judging.candidate", "rate_review"),
            ("judging.conflict", "handshake"),
        ],
    ),
    (
        _("People and units"),
        [("accounts.unit", "account_tree"), ("accounts.user", "person"), ("accounts.slip", "qr_code_2")],
    ),
    (
        _("Records"),
        [("notices.notice", "notifications"), ("ledger.entry", "history_edu"), ("auditlog.logentry", "manage_history")],
    ),
]
AUDITLOG_INCLUDE_ALL_MODELS = False
# What organizers set up by forms, field by field; what rules decide stands in the ledger with its reason.
AUDITLOG_INCLUDE_TRACKING_MODELS = (
    {"model": "accounts.Unit", "exclude_fields": ["sort_key", "search"]},
    "questions.BankMember",
    "questions.Topic",
    {"model": "rounds.Contest", "exclude_fields": ["revision"]},
    "rounds.Document",
    {"model": "rounds.Round", "exclude_fields": ["key_version"], "m2m_fields": {"units"}},
    "rounds.Quiz",
    "rounds.TopicQuota",
    "rounds.PaperQuestion",
    "entries.Call",
    {"model": "entries.Kind", "exclude_fields": ["last_number"]},
    "entries.Category",
    "entries.Section",
)

# --- Measured and rehearsed ------------------------------------------------------------------------------------------
BENCH = flag("BENCH")  # adds the floor that `make bench` compares a save with
