"""What is documented of settings and metrics is what there is."""

from infra import documenting
from infra.metrics import CATALOGUE
from infra.settings import Settings


def test_the_page_of_settings_is_made_from_the_settings() -> None:
    told = (documenting.DOCS / "settings.md").read_text(encoding="utf-8")
    assert told == documenting.settings(), "run: python -m infra.documenting"
    assert all(f"`LOTONE_{name.upper()}`" in told for name in Settings.model_fields)


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if len(field.description or "") < 20] == []


def test_the_page_of_metrics_is_made_from_the_catalogue() -> None:
    assert (documenting.DOCS / "metrics.md").read_text(encoding="utf-8") == documenting.metered()
    assert len({metric.name for metric in CATALOGUE}) == len(CATALOGUE)


def test_names_and_units_of_metrics_agree() -> None:
    """As Prometheus wants it: what is in seconds says so in its name, and nothing else does."""
    wrong = [one.name for one in CATALOGUE if ("seconds" in one.name) != (one.unit == "seconds")]
    assert wrong == []
