"""Every metric of the catalogue is really told by a run; what is told by processes of Kafka's form alone is in
``kafka/test_operations.py``."""

from collections import Counter

from infra.metrics import CATALOGUE, KAFKA, MESSAGES, RELAY
from tests.integration.asking import DOOR, define, found
from tests.integration.commands import Place, Served
from tests.integration.scraping import held, scraped
from tests.plant import SITE, event

KASSEL = SITE.replace(b'"plant"', b'"kassel"')
RECEIVED = event(
    "inventory.Received", "receipt", {**DOOR, "line": {"document": "PO-9", "line": 1}}, source="api"
)
"""The supplier's service hears of it."""


def lived(api: Served) -> None:
    """Something of everything: decided, parked, refused at the door and behind it, told twice."""
    api.publish(KASSEL, define("API-1"))
    api.settled()
    api.publish(found("one"), found("one"), found("two", "API-2"), b"{}")
    api.publish(define("API-1", "again"), found("one", amount="6"))
    api.publish(RECEIVED)
    api.settled()


def test_a_run_tells_every_metric_that_the_catalogue_names(place: Place) -> None:
    with place.up() as api:
        lived(api)
        told = scraped(str(api.http.base_url).rstrip("/"))
        held(told, [metric for metric in CATALOGUE if metric.told_by not in (KAFKA, RELAY)])
        named = {metric.name for metric in CATALOGUE}
        assert set(told) <= named, "what is told is in the catalogue"
        outcomes = Counter[str]()
        for sample in told[MESSAGES.name]:
            if sample.name.endswith("_total") and sample.labels["domain"] == "inventory":
                outcomes[sample.labels["outcome"]] += sample.value
        assert outcomes["decided"] >= 1
        assert outcomes["parked"] == 1
        assert outcomes["repeated"] == 1
        assert outcomes["rejected"] >= 1


def test_no_label_holds_what_an_event_says(place: Place) -> None:
    with place.up() as api:
        lived(api)
        for path in ("/events/api/one", "/nowhere/API-1", "/stock/kassel", "/purchase-orders/PO-1"):
            api.http.get(path)
        api.http.request("INVENTED", "/events")
        text = api.http.get("/metrics").text
        assert not [word for word in ("API-1", "kassel", "PO-1", "nowhere", "INVENTED", "one\"") if word in text]
