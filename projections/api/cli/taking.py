"""Events into the intake from the command line, and what became of them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from events.register import REFUSING
from infra.edge import Admitted, Refused
from infra.ledger.port import Taken
from infra.store import Store
from projections.api.cli.files import Line
from projections.api.cli.output import progress
from projections.api.hosting import settle, waiting
from projections.api.outcomes import outcome
from projections.api.system import System

_CHUNK: Final = 1_000
_NOTED: Final = 20


class Report:
    """What became of a file's events. ``refused`` are those the door turned away, with where they stood; ``notes`` are
    the first of those that weren't decided: outcome, source, id and why. Of all, ``repeated`` were told before."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.refused: list[tuple[str, Refused]] = []
        self.outcomes: Counter[str] = Counter()
        self.notes: list[tuple[str, str, str, str]] = []
        self.before: dict[tuple[str, str], int] = {}
        self.repeated = 0

    @property
    def clean(self) -> bool:
        """Whether nothing was refused."""
        return not self.refused and not any(self.outcomes[told] for told in ("refused", "rejected", "contradicted"))


def numbered(events: Iterable[bytes]) -> Iterator[Line]:
    """Events that stand in no file."""
    return ((str(number), raw) for number, raw in enumerate(events, start=1))


def published(
    base: Store | System,
    lines: Iterable[Line],
    *,
    wait: bool = True,
    total: int | None = None,
    at_once: bool = False,
    days: Iterable[Sequence[bytes]] = (),
) -> Report:
    """Put events into the intake, chunk by chunk, each durable before the next (``at_once``: all of them, or none);
    then wait and ask what became of them. ``days`` are published likewise, each decided before the next one comes."""
    report = Report()
    before = last_refusal(base)
    with progress("publishing", total) as bar:
        for chunk in (list(lines),) if at_once else _chunks(lines):
            _admit(base, chunk, report, at_once)
            bar.advance(bar.task_ids[0], len(chunk))
        for day in days:
            _admit(base, list(numbered(day)), report, at_once)
            settle(base)
            bar.advance(bar.task_ids[0], len(day))
    if wait:
        decided(base, report, before)
    return report


def _admit(base: Store | System, chunk: Sequence[Line], report: Report, at_once: bool) -> None:
    checked = base.edge.admit_all([raw for _, raw in chunk], base.clock())
    places = [place for place, _ in chunk]
    if at_once and any(isinstance(found, Refused) for found in checked):
        report.refused += [(at, found) for at, found in zip(places, checked, strict=True) if isinstance(found, Refused)]
        return
    take(base, places, checked, report)


def take(base: Store | System, places: Sequence[str], checked: Sequence[Admitted | Refused], report: Report) -> None:
    """Make what was checked at the door durable."""
    refused = [(at, found) for at, found in zip(places, checked, strict=True) if isinstance(found, Refused)]
    if refused:
        base.ledger.reject([found.rejected for _, found in refused])
    admitted = [found for found in checked if isinstance(found, Admitted)]
    known = base.ledger.taken((found.source, found.id) for found in admitted)
    report.before = {key: taken.repeats for key, taken in known.items()} | report.before
    for kind in dict.fromkeys(found.kind for found in admitted):
        base.queue.put(kind, [found.queued for found in admitted if found.kind == kind])
    if isinstance(base, System):
        base.engine.stop.news.set()
    report.refused += refused
    report.taken += [(found.source, found.id) for found in admitted]


def decided(base: Store | System, report: Report, before: int) -> None:
    """Wait until all is decided and readable, and note what became of it. ``before`` is the last refusal before."""
    most = waiting(base)
    with progress("deciding", max(1, most)) as bar:
        settle(base, lambda left: bar.update(bar.task_ids[0], total=max(most, left), completed=max(most, left) - left))
    _outcomes(base, report, before)


def _outcomes(base: Store | System, report: Report, before: int) -> None:
    for keys in _chunks(dict.fromkeys(report.taken)):
        found: dict[tuple[str, str], Taken] = dict(base.ledger.taken(keys))
        no = _refused(base, found.values())
        for key in keys:
            taken = found.get(key)
            status = "pending" if taken is None else _status(taken, no)
            report.outcomes[status] += 1
            report.repeated += 0 if taken is None else taken.repeats - report.before.get(key, 0)
            if status not in ("pending", "decided") and len(report.notes) < _NOTED:
                _note(base, key, report)
    told_twice = set(report.taken)
    for refusal in base.ledger.rejected(before, 100_000):
        if refusal.other_digest is not None and (refusal.source, refusal.id) in told_twice:
            report.outcomes["contradicted"] += 1
            if len(report.notes) < _NOTED:
                why = refusal.problems[0].problem
                report.notes.append(("contradiction", str(refusal.source), str(refusal.id), why))


def _refused(base: Store | System, taken: Iterable[Taken]) -> frozenset[tuple[str, int, int]]:
    """The places of facts that say that something isn't done."""
    decided_ = [one for one in taken if one.outcome == "decided"]
    found = base.ledger.facts_among(decided_, sorted({name for _, name in REFUSING}))
    return frozenset((at.domain, at.shard, at.position) for at in found if (at.domain, at.type) in REFUSING)


def _status(taken: Taken, no: frozenset[tuple[str, int, int]]) -> str:
    """As ``outcome`` says it."""
    if taken.outcome != "decided":
        return taken.outcome
    if taken.last < taken.first:
        return "unchanged"
    places = ((taken.domain, taken.shard, position) for position in range(taken.first, taken.last + 1))
    return "decided" if no.isdisjoint(places) else "refused"


def _note(base: Store | System, key: tuple[str, str], report: Report) -> None:
    told = outcome(base.ledger, base.queue, *key)
    if told is None:
        return
    reasons = [f"{found.field}: {found.problem}; {found.remedy}" for found in told.problems]
    reasons += [f"waits for {name}" for name in told.waits_for]
    reasons += [told.note] if told.status == "unchanged" and told.note else []
    report.notes.append((told.status, *key, "; ".join(reasons)))


def last_refusal(base: Store | System) -> int:
    """The highest number of a refusal so far."""
    with base.connections.connection() as connection:
        found = connection.execute("SELECT coalesce(max(number), 0) FROM lotone.rejected").fetchone()
    return int(found[0]) if found else 0


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk
