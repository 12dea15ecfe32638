"""Django's settings. Starts nothing; reads everything from config.env."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from config.database import django_database
from config.env import BASE_DIR, env
from config.logs import logging_configuration
from config.mail import mail_settings

DATA_DIR = env.data
KEYS_DIR = env.keys
TSA_URL = env.tsa_url
PKCS11_MODULE = env.pkcs11_module
PKCS11_TOKEN = env.pkcs11_token
PKCS11_PIN_FILE = env.pkcs11_pin_file
CSC_URL = env.csc_url.rstrip("/")
CSC_CLIENT_ID = env.csc_client_id
CSC_SECRET_FILE = env.csc_secret_file
CSC_CREDENTIALS_FILE = env.csc_credentials_file
ARCHIVE_AFTER = timedelta(hours=env.archive_after)
OPEN_DATA_LICENCE = env.open_data_licence or "https://creativecommons.org/licenses/by/4.0/"
OPEN_DATA_LICENCE_DECIDED = bool(env.open_data_licence)
SECRET_KEY = env.secret_key
DEBUG = env.debug
MODE = env.mode
DEMO = env.mode == "demo"
PRODUCTION = env.production
FROZEN_NOW = env.frozen_now
BASE_URL = env.base_url.rstrip("/")
ALLOWED_HOSTS = env.hosts
CSRF_TRUSTED_ORIGINS = [BASE_URL]
VNSW_URL = env.vnsw_url.rstrip("/")
ASW_URL = env.asw_url.rstrip("/")
CLAMD = env.clamd
REDIS_URL = env.redis_url

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "onestop",
    "integrations",
    "workflows",
    "procedures",
    "viewflow",
    "viewflow.workflow",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "onestop.errors.ErrorMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": [BASE_DIR / "onestop" / room / "templates" for room in ("portal", "office", "public")],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "onestop.context.shell",
            ]
        },
    }
]
FORM_RENDERER = "onestop.forms.Renderer"

DATABASES = {"default": django_database(env.database_url, role=env.database_role)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Used one-time codes and limits of tries live here: with several processes the cache must be a shared one.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env.cache_url}
    if env.redis_url
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

AUTH_USER_MODEL = "procedures.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Motcua"
MFA_TOTP_TOLERANCE = 1  # steps before and after; whoever raises it reads onestop/one_time.py first
MFA_FORMS = {
    "authenticate": "onestop.one_time.OnceAuthenticateForm",
    "reauthenticate": "onestop.one_time.OnceReauthenticateForm",
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_FINDERS = ["config.static.ProductFinder"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # files go through workflows.files
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if MODE in {"production", "demo"}
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = MODE in {"development", "test"}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

DEFAULT_FROM_EMAIL = env.mail_from
vars().update(mail_settings(smtp_url=env.smtp_url, folder=env.mail))

# What a browser may do with our pages: nothing from elsewhere, nothing inline. A data: image is the QR code of TOTP.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],  # the routes that show a paper inside a page say otherwise
        "form-action": ["'self'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
if env.trusted_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-sessionid" if PRODUCTION else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if PRODUCTION else "csrftoken"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"

LOGGING = logging_configuration(level=env.log_level)
