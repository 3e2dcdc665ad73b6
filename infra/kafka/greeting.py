"""Whether the brokers let us in, asked once at each start, so that whoever set it up wrongly hears what to mend.

kafka-python tries for half a minute and then says that it was unable; librdkafka says at once which of us doesn't trust
the other, and why.
"""

import time
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from infra.errors import Misfit, Transient
from infra.kafka.brokers import Brokers

_PATIENCE: Final = 10.0
_LOOK: Final = 0.05
_DISTRUST: Final = (KafkaError._AUTHENTICATION, KafkaError._SSL, KafkaError.SASL_AUTHENTICATION_FAILED)


def greet(brokers: Brokers) -> None:
    """``Misfit`` when we don't trust each other, ``Transient`` when nobody answers."""
    heard: list[KafkaError] = []
    settings: dict[str, Any] = {**brokers.librdkafka(), "error_cb": heard.append, "log_level": 0}
    try:
        admin = AdminClient(settings)
    except (KafkaException, ValueError) as error:
        raise Misfit(f"the settings for Kafka can't be used: {error}") from None
    asked = admin.describe_cluster(request_timeout=_PATIENCE)
    deadline = time.monotonic() + _PATIENCE
    while not asked.done() and time.monotonic() < deadline:
        admin.poll(_LOOK)
        if wrong := [error for error in heard if error.code() in _DISTRUST]:
            raise Misfit(_told(brokers, wrong[0]))
    try:
        asked.result(0)
    except (KafkaException, TimeoutError):
        why = heard[-1].str() if heard else "no answer"
        ours = ", or doesn't trust our certificate (LOTONE_KAFKA_CERT_FILE)" if brokers.certificate else ""
        raise Transient(
            f"Kafka at {brokers.bootstrap} (LOTONE_KAFKA_BOOTSTRAP) listens and doesn't answer ({why}): it is "
            f"starting, or doesn't speak {brokers.protocol.lower()} (LOTONE_KAFKA_SECURITY){ours}"
        ) from None


def _told(brokers: Brokers, error: KafkaError) -> str:
    if error.code() == KafkaError._SSL:
        what = "LOTONE_KAFKA_CA_FILE names the authority that signed the brokers' certificates, for the names we call"
        return f"we and the brokers at {brokers.bootstrap} don't agree on TLS ({error.str()}): {what} them by"
    return (
        f"the brokers at {brokers.bootstrap} don't let {brokers.user or 'us'} in ({error.str()}): check "
        "LOTONE_KAFKA_SECURITY, LOTONE_KAFKA_SASL, LOTONE_KAFKA_USER and what stands in LOTONE_KAFKA_PASSWORD_FILE"
    )
