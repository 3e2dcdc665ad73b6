"""A broker that asks everybody who he is: certificates made for the test, users, and an authorizer."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.kafka.brokers import Brokers
from infra.kafka.cluster import Cluster

PASSWORDS: Final = {"lotone": "ours-only", "stranger": "somebody-elses", "broker": "among-brokers"}
_ENTRIES: Final = " ".join(f'user_{name}="{password}"' for name, password in PASSWORDS.items())


def certificates(folder: Path, name: str = "authority") -> Path:
    """An authority, and a broker's certificate for loopback that it has signed. The authority's own, in PEM."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    root = _certificate(authority, authority, authority_key.public_key(), True).sign(authority_key, hashes.SHA256())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    leaf = _certificate(subject, authority, key.public_key(), False).sign(authority_key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    told = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / f"{name}.pem").write_bytes(root.public_bytes(pem))
    (folder / f"{name}-server.crt").write_bytes(leaf.public_bytes(pem))
    (folder / f"{name}-server.key").write_bytes(told)
    (folder / f"{name}-broker.pem").write_bytes(told + leaf.public_bytes(pem))
    return folder / f"{name}.pem"


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, authority: bool
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
    )


def secured(folder: Path, without_a_rule: bool = True) -> tuple[Cluster, Path]:
    """A cluster that isn't started yet, and the certificate by which it is known. Where a topic or group has no rule,
    everybody may, unless it is said that nobody may."""
    authority = certificates(folder)
    client = Brokers("", "SASL_SSL", "PLAIN", "broker", PASSWORDS["broker"], authority)
    jaas = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    return (
        Cluster(
            folder / "kafka",
            {
                "listener.security.protocol.map": "BROKER:SASL_SSL,CONTROLLER:PLAINTEXT",
                "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
                "sasl.mechanism.inter.broker.protocol": "PLAIN",
                "listener.name.broker.plain.sasl.jaas.config": (
                    f'{jaas} username="broker" password="{PASSWORDS["broker"]}" {_ENTRIES};'
                ),
                "listener.name.broker.scram-sha-512.sasl.jaas.config": scram,
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": str(folder / "authority-broker.pem"),
                "ssl.truststore.type": "PEM",
                "ssl.truststore.location": str(authority),
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users": "User:broker;User:ANONYMOUS",
                "allow.everyone.if.no.acl.found": str(without_a_rule).lower(),
            },
            client.kafka_python(),
        ),
        authority,
    )
