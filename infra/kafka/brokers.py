"""Where the brokers are, and how we prove who we are: one set of settings, told to each of three clients in its words.

The naive way sets each client up where it is made. One is forgotten, and speaks in the clear; or two of them check a
certificate and the third doesn't. Here every client is made of ``Brokers``, and nothing else knows of passwords.

Certificates are always checked, and names too. A password stands in a file, so that it is in no list of processes, in
no environment and in no log.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from infra.errors import Misfit
from infra.settings import Settings


@dataclass(frozen=True, slots=True)
class Brokers:
    """``protocol`` is one of Kafka's security protocols. Without more, a broker that asks nobody who he is."""

    bootstrap: str
    protocol: str = "PLAINTEXT"
    mechanism: str = "PLAIN"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As the settings say. ``Misfit`` when they leave out what their own words ask for."""
        if settings.kafka_bootstrap is None:
            raise Misfit("the brokers aren't named: set LOTONE_KAFKA_BOOTSTRAP, like kafka-1:9092,kafka-2:9092")
        protocol = settings.kafka_security.upper()
        made = cls(
            settings.kafka_bootstrap,
            protocol,
            settings.kafka_sasl,
            settings.kafka_user,
            _secret(settings.kafka_password_file),
            _there("CA_FILE", settings.kafka_ca_file),
            _there("CERT_FILE", settings.kafka_cert_file),
            _there("KEY_FILE", settings.kafka_key_file),
        )
        if wrong := made._wrong():
            raise Misfit(wrong)
        return made

    @property
    def principal(self) -> str | None:
        """Whom the brokers know us as, when it is by a user's name."""
        return f"User:{self.user}" if self.sasl and self.user else None

    @property
    def sasl(self) -> bool:
        return self.protocol.startswith("SASL")

    @property
    def tls(self) -> bool:
        return self.protocol.endswith("SSL")

    def _wrong(self) -> str | None:
        if self.sasl and not (self.user and self.password):
            return f"LOTONE_KAFKA_SECURITY={self.protocol} asks for LOTONE_KAFKA_USER and LOTONE_KAFKA_PASSWORD_FILE"
        if not self.sasl and (self.user or self.password):
            return (
                f"LOTONE_KAFKA_USER and LOTONE_KAFKA_PASSWORD_FILE say nothing to brokers with "
                f"LOTONE_KAFKA_SECURITY={self.protocol}: set it to sasl_ssl, or leave them out"
            )
        if not self.tls and (self.authority or self.certificate or self.key):
            return f"LOTONE_KAFKA_SECURITY={self.protocol} uses no certificates: set ssl or sasl_ssl, or leave them out"
        if (self.certificate is None) != (self.key is None):
            return "LOTONE_KAFKA_CERT_FILE and LOTONE_KAFKA_KEY_FILE go together: set both, or neither"
        return None

    def librdkafka(self) -> Mapping[str, Any]:
        """For confluent-kafka."""
        told: dict[str, Any] = {"bootstrap.servers": self.bootstrap, "security.protocol": self.protocol.lower()}
        if self.sasl:
            told |= {"sasl.mechanism": self.mechanism, "sasl.username": self.user, "sasl.password": self.password}
        files = {
            "ssl.ca.location": self.authority,
            "ssl.certificate.location": self.certificate,
            "ssl.key.location": self.key,
        }
        return told | {name: str(path) for name, path in files.items() if path is not None}

    def kafka_python(self) -> Mapping[str, Any]:
        """For kafka-python."""
        told: dict[str, Any] = {"bootstrap_servers": self.bootstrap.split(","), "security_protocol": self.protocol}
        if self.sasl:
            told |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        return told | ({"ssl_context": self._context()} if self.tls else {})

    def faust(self) -> Any:
        """For Faust, and through it for aiokafka."""
        import faust

        context = self._context() if self.tls else None
        if self.sasl:
            return faust.SASLCredentials(
                username=self.user, password=self.password, ssl_context=context, mechanism=self.mechanism
            )
        return faust.SSLCredentials(context) if context else None

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.authority)
            if self.certificate is not None:
                context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            raise Misfit(
                f"the certificates for Kafka can't be used ({error}): LOTONE_KAFKA_CA_FILE, LOTONE_KAFKA_CERT_FILE and "
                "LOTONE_KAFKA_KEY_FILE are files in PEM form, the key without a pass phrase"
            ) from None
        return context


def brokers_of(at: "str | Brokers") -> Brokers:
    """Brokers that need no more than an address may be given by it."""
    return Brokers(at) if isinstance(at, str) else at


def _there(name: str, path: Path | None) -> Path | None:
    if path is not None and not path.is_file():
        raise Misfit(f"LOTONE_KAFKA_{name}: there is no file {path}")
    return path


def _secret(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Misfit(f"LOTONE_KAFKA_PASSWORD_FILE can't be read ({error}): mend its name, or its rights") from None
