"""What suppliers say of themselves: that they can't deliver, that they can again, and on what terms."""

from typing import Any

from events.catalogue.reference import Reference
from events.catalogue.terms import AgreementShape
from events.decision import Decided, Message, Outcome
from events.suppliers import facts as f
from events.suppliers import messages as m
from services.supplier.draft import Waiting
from services.supplier.order import Standing
from services.supplier.state import terms

SupplierWord = m.SupplierDown | m.SupplierBack | m.AgreementChanged


def listen(standing: Standing, message: Message[Any], body: SupplierWord, reference: Reference) -> Outcome:
    """Wait for a supplier that isn't known; otherwise, what changes something is recorded."""
    if missing := reference.missing(supplier=body.supplier):
        raise Waiting(*missing)
    match body:
        case m.SupplierDown():
            return _down(standing, message, body)
        case m.SupplierBack():
            return _back(standing, message, body)
        case m.AgreementChanged():
            return _agree(standing, message, body, reference)


def _down(standing: Standing, message: Message[Any], body: m.SupplierDown) -> Outcome:
    """An outage told only after its end is recorded with that end, and doesn't put the supplier down again."""
    over = standing.back_at is not None and message.time < standing.back_at
    since = message.time
    if standing.down_since is not None:
        since = min(since, standing.down_since)
        if since == standing.down_since and body.until == standing.down_until:
            return Decided(())
    until = standing.back_at if over else body.until
    return Decided((
        f.SupplierWentDown(supplier=body.supplier, since=since, until=until, ended=over, reason=body.reason),
    ))


def _back(standing: Standing, message: Message[Any], body: m.SupplierBack) -> Outcome:
    """Being back when nobody knew of an outage is recorded too: the word that it began may come later."""
    if standing.down_since is None and standing.back_at is not None and message.time <= standing.back_at:
        return Decided(())
    if standing.down_since is not None and message.time < standing.down_since:
        return Decided(())
    return Decided((
        f.SupplierCameBack(
            supplier=body.supplier, since=message.time, down_since=standing.down_since, reason=body.reason
        ),
    ))


def _agree(
    standing: Standing, message: Message[Any], body: m.AgreementChanged, reference: Reference
) -> Outcome:
    """Terms hold from the message's time unless they say otherwise. The same terms again change nothing."""
    if missing := reference.missing(part=body.part, conversion=body.unit):
        raise Waiting(*missing)
    told = {name: getattr(body, name) for name in AgreementShape.model_fields}
    fact = f.AgreementChangeRecorded(**told | {"valid_from": body.valid_from or message.time})
    if standing.terms.get(body.part) == terms(fact):
        return Decided(())
    return Decided((fact,))
