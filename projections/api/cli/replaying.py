"""lotone replay: everything that was ever decided, decided once more and compared."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import typer

from events.service import Service
from infra.planning import Planning
from infra.proving import Proof, prove_cuts
from infra.queue.port import Queue
from infra.replay import Replayed
from infra.replay import replay as replayed
from infra.settings import read_settings
from infra.store import Store, store
from projections.api.cli.output import AsJson, Domain, err, json, known_domain, out, progress, table
from projections.api.system import planning, services


def add_to(app: typer.Typer) -> None:
    """Join this command to the command line."""
    app.command()(replay)


def replay(domain: Domain = None, as_json: AsJson = False) -> None:
    """Decide every message and every cut of the planner again, from the ledger and the queues alone, and compare.

    Nothing is written. Exits with 2 when something is decided otherwise than was recorded. Cuts of another release of
    the planner are named, and not decided: that release can.
    """
    known_domain(domain)
    with store(read_settings()) as base:
        plan = planning()
        ours = [*services(), plan.service]
        shards = _services(base, [service for service in ours if domain in (None, service.domain)])
        proofs = _cuts(base, plan) if domain in (None, plan.service.domain) else []
    if as_json:
        json({"shards": [asdict(found) for found in shards], "cuts": [asdict(proof) for proof in proofs]})
    else:
        _print(shards, proofs)
    if any(found.different for found in shards) or any(proof.equal is False for proof in proofs):
        raise typer.Exit(2)


def _services(base: Store, ours: Sequence[Service[Any]]) -> list[Replayed]:
    domains = {service.domain for service in ours}
    total = sum(head.position for (domain, _), head in base.ledger.heads().items() if domain in domains)
    done: dict[tuple[str, int], int] = {}
    with progress("deciding messages again", total) as bar:

        def told(domain: str, shard: int, position: int, of: int) -> None:  # noqa: ARG001 - of the port's shape
            done[domain, shard] = position
            bar.update(bar.task_ids[0], completed=sum(done.values()))

        return list(replayed(base.ledger, _kept(base), ours, told))


def _kept(base: Store) -> Queue:
    if base.settings.kafka_bootstrap is None:
        return base.queue
    from infra.kafka.kept import kept

    return kept(base)


def _cuts(base: Store, plan: Planning) -> list[Proof]:
    with progress("deciding cuts again", base.ledger.heads()[plan.service.domain, 0].position) as bar:
        return list(
            prove_cuts(base.ledger, plan, lambda read, of: bar.update(bar.task_ids[0], completed=read, total=of))
        )


def _print(shards: Sequence[Replayed], proofs: Sequence[Proof]) -> None:
    columns = ("domain", "shard", "messages", "facts", "different", "message not kept")
    rows = [
        (found.domain, found.shard, found.messages, found.facts, found.different, found.unkept) for found in shards
    ]
    table("Messages decided again", columns, rows)
    for found in shards:
        for told in found.told:
            err.print(f"DIFFERENT: {told}", markup=False)
        if found.different > len(found.told):
            err.print(f"  and {found.different - len(found.told)} more in {found.domain} {found.shard}", markup=False)
    equal = [proof for proof in proofs if proof.equal]
    others = sorted({proof.release for proof in proofs if proof.equal is None})
    if proofs:
        facts = sum(proof.facts for proof in equal)
        out.print(f"{len(equal)} of {len(proofs)} cuts decided again alike, {facts} facts in them", markup=False)
    if others:
        left = sum(proof.equal is None for proof in proofs)
        told = "the cuts of other releases of the planner weren't decided again"
        out.print(f"{left} left aside: {told} ({', '.join(others)})", markup=False)
    for proof in proofs:
        if proof.equal is False:
            err.print(f"DIFFERENT: cut {proof.cut}: {proof.difference}", markup=False)
