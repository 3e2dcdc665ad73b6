"""What is made without being validated again can't be told from what was validated."""

from typing import Any

import pytest
from pydantic import ValidationError

from events.codec import encode
from events.model import Model
from events.register import EVERYTHING, Entry
from events.values import Bucket, BucketKey, Status
from tests.golden.make import sample

KEY = BucketKey("RACK", "hold", lot="L-1")


def said(model: Model, names: Any) -> dict[str, Any]:
    """Some fields, as they'd be written in a call, in the reverse of their declared order."""
    return {name: getattr(model, name) for name in reversed(list(names))}


@pytest.mark.parametrize("entry", EVERYTHING, ids=lambda entry: entry.name)
def test_trusted_is_the_same_as_validated(entry: Entry) -> None:
    whole = entry.model.model_validate_json(sample(entry))
    required = [name for name, field in entry.model.model_fields.items() if field.is_required()]
    for names in (entry.model.model_fields, required):
        fields = said(whole, names)
        try:
            validated = entry.model(**fields)
        except ValidationError:
            continue  # some need one of their optional fields
        trusted = entry.model.trusted(**fields)
        assert trusted == validated
        assert repr(trusted) == repr(validated)
        assert encode(trusted) == encode(validated)
        assert trusted.model_fields_set == validated.model_fields_set
        assert trusted.model_copy() == validated


def test_a_bucket_knows_the_key_it_is_made_of() -> None:
    bucket = KEY.bucket()
    assert bucket == Bucket(location="RACK", status=Status.HOLD, lot="L-1")
    assert hash(bucket) == hash(Bucket(location="RACK", status=Status.HOLD, lot="L-1"))
    assert bucket.key == KEY
    assert b"key" not in encode(bucket)


def test_a_bucket_copied_to_another_location_has_another_key() -> None:
    assert KEY.bucket().model_copy(update={"location": "LINE"}).key == KEY._replace(location="LINE")
