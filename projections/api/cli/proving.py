"""lotone why --prove: all that was decided about an order, a run or a decision, decided again from the record."""

from collections.abc import Iterator, Sequence
from typing import Any

from infra.postgres import guarded
from infra.proving import Proof
from infra.store import Store
from projections.api.cli.output import progress
from projections.api.system import planning
from projections.decisions_queries import decisions
from projections.planning.prove import cuts_of, prove
from projections.queries import LARGEST, Connection
from projections.why_queries import Why


def proved(base: Store, found: Why) -> dict[str, Any]:
    """``equal`` is true when all of it was decided again and came out the same, false when something differed, null
    when something couldn't be decided again; ``told`` says which."""
    plan = planning()
    if plan is None:
        return {"equal": None, "told": "NOT PROVED: this release has no planner to decide it again with"}
    with guarded("reading a view"), base.connections.connection() as connection:
        ids = list(dict.fromkeys(_decided(connection, found)))
    cuts = cuts_of(ids)
    for word in found.order.promises if found.order is not None else ():
        cuts.setdefault(int(word.cut), [])
    if not cuts:
        told = f"NOT PROVED: nothing about {found.id} is the planner's own; lotone history {found.id} shows who says so"
        return {"equal": None, "told": told}
    with progress(f"deciding {len(cuts)} cuts again", None) as bar:
        proofs = prove(
            base.ledger, plan, cuts, lambda read, of: bar.update(bar.task_ids[0], completed=read, total=of)
        )
    return _answer(found.id, [id_ for made in cuts.values() for id_ in made], sorted(cuts), proofs)


def _decided(connection: Connection, found: Why) -> Iterator[str]:
    """The ids of all that the planner decided about it: of an order, on all levels below it, what is over too."""
    if found.decision is not None:
        yield found.id
    for reason in found.reasons:
        yield reason.decision.decision.decision
    if found.run is not None:
        yield found.id
    if found.order is None:
        return
    after = None
    while True:
        page = decisions(connection, order=found.id, after=after, limit=LARGEST)
        yield from (one.decision for one in page.items)
        after = page.next
        if after is None:
            return


def _answer(id_: str, made: Sequence[str], cuts: Sequence[int], proofs: Sequence[Proof]) -> dict[str, Any]:
    others = sorted({proof.release for proof in proofs if proof.equal is None})
    different = [f"NOT THE SAME: cut {proof.cut}: {proof.difference}" for proof in proofs if proof.equal is False]
    gone = sorted(set(cuts) - {proof.cut for proof in proofs})
    told = list(different)
    if others:
        left = _listed([proof.cut for proof in proofs if proof.equal is None])
        told.append(f"NOT PROVED: {left} decided by release {', '.join(others)}; only that one can decide it again")
    if gone:
        told.append(f"NOT PROVED: {_listed(gone)} isn't in the ledger")
    facts = sum(proof.facts for proof in proofs)
    if not told:
        what = made[0] if list(made) == [id_] else f"{len(made)} decisions behind {id_}, those over included"
        told = [
            f"PROVED: {_listed(cuts)}, decided again from the record alone, gave the same {facts} facts ({what})"
        ]
    equal = False if different else None if others or gone else True
    return {
        "equal": equal, "decisions": list(made), "facts": facts, "told": "\n".join(told),
        "cuts": [{"cut": proof.cut, "equal": proof.equal, "facts": proof.facts} for proof in proofs],
    }


def _listed(cuts: Sequence[int]) -> str:
    return f"cut{'s' * (len(cuts) != 1)} {', '.join(map(str, cuts))}"
