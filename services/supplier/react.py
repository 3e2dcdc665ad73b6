"""What other domains have to be told of a supplier's facts: only the catalogue, of terms."""

from collections.abc import Sequence

from events.catalogue.messages import SetAgreement
from events.catalogue.terms import AgreementShape
from events.decision import Recorded
from events.model import Command, Fact
from events.suppliers import facts as f


def react(fact: Fact, _at: Recorded) -> Sequence[Command]:
    """The commands that follow: the same for the same fact, always."""
    if isinstance(fact, f.AgreementChangeRecorded):
        return (SetAgreement(**{name: getattr(fact, name) for name in AgreementShape.model_fields}),)
    return ()
