"""Every variable that the product reads from its surroundings: typed, and described once.

Nothing else in the project reads `os.environ` for configuration. A wrong value stops the start with every error
listed at once, in plain words and without repeating the values, some of which are secret. docs/operations.md and
docker-compose.yml are held against the fields of `Env` by a test.
"""

from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["BASE_DIR", "DEFAULT_SECRET_KEY", "Env", "env", "read_environment"]

BASE_DIR = Path(__file__).resolve().parent.parent
DEFAULT_SECRET_KEY = "not-a-secret-and-refused-in-production"  # noqa: S105
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "testserver"})


class Env(BaseSettings):
    """The environment, read once at start. A variable's name is its field's, in capitals."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, frozen=True)

    mode: Literal["production", "demo", "development", "test"] = Field(
        "development",
        description="production checks everything; the others use test keys and serve loopback only",
    )
    database_url: str = Field(
        "postgresql://motcua@127.0.0.1:5432/motcua", description="PostgreSQL, as the application logs in"
    )
    database_owner_url: str = Field(
        "", description="PostgreSQL as the owner of the tables; empty: DATABASE_URL"
    )
    database_role: str = Field("motcua_app", description="role that the application assumes; empty: none")
    secret_key: str = Field(DEFAULT_SECRET_KEY, description="Django's signing key, at least 50 characters")
    debug: bool = Field(False, description="Django's debug pages; never in production")
    allowed_hosts: str = Field("127.0.0.1,localhost", description="host names served, comma separated")
    base_url: str = Field("http://127.0.0.1:8000", description="public address, printed in papers' QR codes")
    trusted_proxy: bool = Field(
        False, description="a proxy in front sets X-Forwarded-Proto, and we believe it"
    )
    web_port: int = Field(
        8000, ge=1, le=65535, description="port of the web server on 127.0.0.1 in make demo"
    )
    data_dir: Path = Field(Path("var"), description="files, keys, mail and logs; relative to the project")
    keys_dir: Path | None = Field(None, description="signing keys and certificates; empty: DATA_DIR/keys")
    tsa_url: str = Field(
        "", description="time-stamping authority (RFC 3161); empty: the generated test authority"
    )
    pkcs11_module: Path | None = Field(
        None, description="library of the device with officials' and agencies' keys; empty: test keys"
    )
    pkcs11_token: str = Field("motcua", description="label of the token on that device")
    pkcs11_pin_file: Path | None = Field(None, description="file that holds the token's PIN and nothing else")
    csc_url: str = Field(
        "", description="remote signing service (CSC API 1.0.4), before /csc/v1; empty: nobody signs remotely"
    )
    csc_client_id: str = Field("motcua", description="our name at that service")
    csc_secret_file: Path | None = Field(
        None, description="file that holds our secret at that service and nothing else"
    )
    csc_credentials_file: Path | None = Field(
        None,
        description="JSON: official:<username> and the service's credentialID, for whoever signs remotely",
    )
    archive_after: int = Field(
        24, ge=0, le=720, description="hours from publication to a paper's first archive time stamp"
    )
    mail_dir: Path | None = Field(None, description="mails as files, without SMTP_URL; empty: DATA_DIR/mail")
    open_data_licence: str = Field(
        "", description="address of the terms of open data; empty: CC BY 4.0, marked illustrative"
    )
    redis_url: str = Field("", description="Redis for Celery; empty: the relay drains the outbox in-process")
    clamd: str = Field("", description="host:port of clamd; empty: no antivirus besides the built-in rules")
    smtp_url: str = Field("", description="smtp://user:password@host:587 (smtps: TLS at once); empty: files")
    mail_from: str = Field("motcua@example.invalid", description="sender of mails")
    frozen_now: AwareDatetime | None = Field(None, description="a fixed present for demonstrations and tests")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level logged")
    motcua_fault: str = Field("", description="fault point at which a process kills itself; tests only")
    vnsw_url: str = Field("http://127.0.0.1:8101", description="national single window")
    asw_url: str = Field(
        "http://127.0.0.1:8102", description="ASEAN single window, through the national gateway"
    )

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def _only_postgresql(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"postgresql", "postgres"}:
            raise ValueError("only postgresql:// addresses are supported")
        if value and not urlsplit(value).path.strip("/"):
            raise ValueError("the address names no database")
        return value

    @field_validator("tsa_url", "csc_url")
    @classmethod
    def _only_http(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).hostname):
            raise ValueError("write http://host/path or https://host/path")
        return value

    @field_validator("redis_url")
    @classmethod
    def _only_redis(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"redis", "rediss", "redis+socket"}:
            raise ValueError("only redis://, rediss:// and redis+socket:// addresses are supported")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _only_smtp(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in {"smtp", "smtps"} or not urlsplit(value).hostname):
            raise ValueError("write smtp://host:port or smtps://host:port")
        return value

    @model_validator(mode="after")
    def _fit_for_its_mode(self) -> "Env":
        wrong = self._unfit_for_production() if self.mode == "production" else self._unfit_elsewhere()
        if self.pkcs11_module is not None and (self.pkcs11_pin_file is None or not self.tsa_url):
            wrong.append(
                "PKCS11_MODULE needs PKCS11_PIN_FILE, and TSA_URL: real signatures get real time stamps"
            )
        wrong += self._unfit_for_remote_signing()
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _unfit_for_remote_signing(self) -> list[str]:
        if not self.csc_url:
            return []
        found = []
        if self.csc_secret_file is None or self.csc_credentials_file is None:
            found.append("CSC_URL needs CSC_SECRET_FILE and CSC_CREDENTIALS_FILE")
        if urlsplit(self.csc_url).hostname not in LOOPBACK:
            if not self.csc_url.startswith("https://"):
                found.append("CSC_URL must begin with https://, as our secret goes there")
            if not self.tsa_url:
                found.append("CSC_URL needs TSA_URL: real signatures get real time stamps")
        return found

    def _unfit_for_production(self) -> list[str]:
        found = []
        if self.secret_key == DEFAULT_SECRET_KEY or len(self.secret_key) < 50:
            found.append("SECRET_KEY must be a secret of at least 50 characters")
        if self.debug:
            found.append("DEBUG must be off")
        if not self.base_url.startswith("https://"):
            found.append("BASE_URL must begin with https://")
        if "database_url" not in self.model_fields_set:
            found.append("DATABASE_URL must be given")
        if not self.database_role:
            found.append("DATABASE_ROLE must name the role which may not change the ledger")
        if "*" in self.hosts or set(self.hosts) <= LOOPBACK:
            found.append("ALLOWED_HOSTS must list the public host names, without *")
        if self.frozen_now is not None:
            found.append("FROZEN_NOW would stop the clock of the law")
        if self.motcua_fault:
            found.append("MOTCUA_FAULT is for tests")
        return found

    def _unfit_elsewhere(self) -> list[str]:
        if set(self.hosts) <= LOOPBACK:
            return []
        return [
            f"ALLOWED_HOSTS may name only this machine in mode {self.mode}; a public host needs MODE=production"
        ]

    @property
    def production(self) -> bool:
        """Whether everything must be real: keys, addresses, clock."""
        return self.mode == "production"

    @property
    def hosts(self) -> list[str]:
        """ALLOWED_HOSTS as a list."""
        return [host.strip() for host in self.allowed_hosts.split(",") if host.strip()]

    @property
    def data(self) -> Path:
        """DATA_DIR, absolute."""
        return self.data_dir if self.data_dir.is_absolute() else BASE_DIR / self.data_dir

    @property
    def keys(self) -> Path:
        """KEYS_DIR, absolute."""
        return self._below_data(self.keys_dir, "keys")

    @property
    def mail(self) -> Path:
        """MAIL_DIR, absolute."""
        return self._below_data(self.mail_dir, "mail")

    @property
    def cache_url(self) -> str:
        """REDIS_URL as Django's cache takes it: Celery says `redis+socket://` where the client says `unix://`."""
        return self.redis_url.replace("redis+socket://", "unix://", 1)

    def _below_data(self, chosen: Path | None, name: str) -> Path:
        if chosen is None:
            return self.data / name
        return chosen if chosen.is_absolute() else BASE_DIR / chosen


def read_environment(**overrides: Any) -> Env:
    """Read and check all variables. Raises SystemExit with one readable line for each that is wrong."""
    try:
        return Env(**overrides)
    except ValidationError as error:
        lines = []
        for found in error.errors(include_input=False, include_url=False):
            name = ".".join(str(part) for part in found["loc"]).upper()
            message = found["msg"].removeprefix("Value error, ")
            lines += [f"{name}: {message}"] if name else message.split("; ")
        raise SystemExit(
            "motcua cannot start, its environment is wrong:\n  - " + "\n  - ".join(lines)
        ) from None


env = read_environment()
