"""What a process tells of itself at ``/metrics``."""

from collections.abc import Iterable
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from infra.metrics import CATALOGUE, Metric


def scraped(address: str) -> dict[str, list[Any]]:
    """The samples of each metric, by its name in the catalogue."""
    answer = httpx.get(f"{address}/metrics", timeout=30)
    assert answer.status_code == 200, answer.text
    families = text_string_to_metric_families(answer.text)
    told = {family.name: family.samples for family in families}
    assert not set(told) - {metric.name for metric in CATALOGUE}, "what is told is in the catalogue"
    return told


def held(told: dict[str, list[Any]], wanted: Iterable[Metric]) -> None:
    """Each of these is told, in its kind and with its labels; what counts has counted."""
    for metric in wanted:
        samples = told.get(metric.name)
        assert samples, metric.name
        for sample in samples:
            assert set(sample.labels) - {"le"} == set(metric.labels), metric.name
        if metric.kind == "counter":
            assert max(sample.value for sample in samples if sample.name.endswith("_total")) > 0, metric.name
        if metric.kind == "histogram":
            assert max(sample.value for sample in samples if sample.name.endswith("_count")) > 0, metric.name
