"""Planning's own part: what it decided and what people said to it, folded from its facts.

The planner folds its facts as it decides them, and another one folds them from the ledger: both must come to the same,
so nothing here looks at anything but the fact, and at what ``CutTaken`` told before it.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import Final

from events.model import Fact
from events.planning import facts as f
from events.planning import moves as g
from events.planning.shapes import DecisionStatus, OptionKind, PolicyShape, UnpegReason, requirement_of
from projections.planning.shapes import Signature
from projections.planning.world.notes import Key, Kind
from projections.planning.world.planned import (
    Decision,
    Fate,
    Peg,
    PlannedDelivery,
    PlannedPurchase,
    PlannedRun,
    PlannedTransfer,
    Promised,
    Unserved,
    Word,
    drop,
    led_to,
    signed,
)

FIRST_POLICY: Final = PolicyShape(currency="EUR")
"""What holds until a person sets a policy."""


@dataclass(slots=True)
class PlanPart:
    """Everything planning knows of itself. Dictionaries without values stand for ordered sets."""

    policy: PolicyShape = FIRST_POLICY
    policy_version: int = 0
    cut: int = 0
    clock: datetime | None = None
    vector: dict[tuple[str, int], int] = field(default_factory=dict)
    pegs: dict[str, Peg] = field(default_factory=dict)
    by_requirement: dict[str, dict[str, None]] = field(default_factory=dict)
    of_run: dict[str, dict[str, None]] = field(default_factory=dict)
    runs: dict[str, PlannedRun] = field(default_factory=dict)
    built_for: dict[str, dict[str, None]] = field(default_factory=dict)
    transfers: dict[str, PlannedTransfer] = field(default_factory=dict)
    deliveries: dict[str, PlannedDelivery] = field(default_factory=dict)
    delivered_for: dict[str, dict[str, None]] = field(default_factory=dict)
    requisitions: dict[str, PlannedPurchase] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    by_decision: dict[str, dict[str, None]] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)
    late: dict[str, dict[str, None]] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    words: dict[str, Word] = field(default_factory=dict)
    spoken: dict[str, dict[str, None]] = field(default_factory=dict)
    barred: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)
    """Refused purchases by site and part: whoever needs that part there isn't to ask for them again."""
    shortages: dict[str, f.ShortageStated] = field(default_factory=dict)
    short_of: dict[str, dict[str, None]] = field(default_factory=dict)
    unserved: dict[str, Unserved] = field(default_factory=dict)
    promises: dict[str, Promised] = field(default_factory=dict)
    built_late: dict[str, None] = field(default_factory=dict)
    """Requirements that left a run because it came too late."""

    def evolve(self, fact: f.PlanningFact) -> list[Key]:
        """Take in a fact; answers what it touches."""
        match fact:
            case f.CutTaken():
                self.cut, self.clock = fact.cut, fact.clock
                self.vector = {(place.domain, place.shard): place.position for place in fact.vector}
                return []
            case f.PegFact():
                return self._peg(fact)
            case g.RunFact():
                self._run(fact)
                return [Key(Kind.RUN, fact.run)]
            case g.TransferFact():
                self._transfer(fact)
                return [Key(Kind.TRANSFER, fact.transfer)]
            case g.DeliveryFact():
                self._delivery(fact)
                return [Key(Kind.DELIVERY, fact.delivery), Key(Kind.REQUIREMENT, requirement_of(fact.order))]
            case f.RequisitionFact() | f.RequisitionDeclined():
                self._requisition(fact)
                return [Key(Kind.REQUISITION, fact.requisition)]
            case f.DecisionFact():
                return self._decision(fact)
            case f.RequirementFact():
                return self._requirement(fact)
            case f.PromiseGiven() | f.PromiseChanged() | f.PromiseWithdrawn():
                self._promise(fact)
                return []
            case f.PolicySet():
                self.policy, self.policy_version = fact, fact.version
                return [Key(Kind.POLICY, "")]
            case _:
                return []

    # Pegs

    def _peg(self, fact: f.PegFact) -> list[Key]:
        match fact:
            case f.SupplyPegged():
                self.pegs[fact.peg] = Peg(
                    fact.peg, fact.requirement, fact.supply, fact.supply.text, fact.part, fact.site, fact.unit,
                    fact.decision, fact.purpose, fact.priority, fact.needed_by, fact.available_at,
                    Fraction(fact.numerator, fact.denominator), fact.amount,
                )
                self.by_requirement.setdefault(fact.requirement, {})[fact.peg] = None
                self._remember(fact.requirement)
            case f.SupplyUnpegged():
                peg = self.pegs[fact.peg]
                peg.ended += fact.amount
                if fact.reason is UnpegReason.ALLOCATION_BROKEN:
                    peg.mourned += fact.amount
            case _:
                pass
        return [Key(Kind.PEG, fact.peg)]

    def _remember(self, requirement: str) -> None:
        """Which requirements a run ever had that something was said of."""
        if requirement.startswith("run/"):
            run = requirement.removeprefix("run/").rpartition("/")[0]
            self.of_run.setdefault(run, {})[requirement] = None

    # Runs, transfers, deliveries

    def _run(self, fact: g.RunFact) -> None:
        if isinstance(fact, g.RunPlanned):
            decided = self.decisions.get(fact.decision)
            requirement = decided.requirements[0] if decided else ""
            self.runs[fact.run] = PlannedRun(
                fact.run, fact.part, fact.site, fact.unit, fact.order, fact.decision, requirement, fact.revision,
                fact.options, fact.amount, fact.start, fact.due, fact.requirements, fact.priority,
                self._proposing(fact.decision, fact.status, f"run/{fact.run}", fact),
                configuration=fact.configuration,
            )
            self.built_for.setdefault(requirement, {})[fact.run] = None
            self.by_decision.setdefault(fact.decision, {})[fact.run] = None
            return
        run = self.runs.get(fact.run)
        if run is None:
            return
        match fact:
            case g.RunReplanned():
                run.start, run.due = fact.start, fact.due
                run.moves = led_to(run.moves, (fact.was_start, fact.was_due), (fact.start, fact.due))
            case g.RunResizePlanned():
                run.amount, run.requirements = fact.amount, fact.requirements
                run.sizes = led_to(run.sizes, fact.was, fact.amount)
            case g.RunWithdrawn():
                run.withdrawn = True
            case g.FreezeDecided():
                run.freezing = True
            case _:
                pass

    def _proposing(self, decision: str, status: DecisionStatus, stream: str, fact: Fact) -> bool:
        """Whether a fact is only proposed; its decision then keeps it, to record it again once it is approved."""
        proposed = status is DecisionStatus.PROPOSED
        known = self.decisions.get(decision)
        if proposed and known is not None:
            known.facts = [one for one in known.facts if one[0] != stream or type(one[1]) is not type(fact)]
            known.facts.append((stream, fact))
        return proposed

    def _transfer(self, fact: g.TransferFact) -> None:
        if isinstance(fact, g.TransferPlanned):
            self.by_decision.setdefault(fact.decision, {})[fact.transfer] = None
            self.transfers[fact.transfer] = PlannedTransfer(
                fact.transfer, fact.part, fact.unit, fact.from_site, fact.to_site, fact.decision, fact.amount,
                fact.lanes, fact.depart_at, fact.arrive_at, fact.priority,
                self._proposing(fact.decision, fact.status, f"transfer/{fact.transfer}", fact),
                configuration=fact.configuration,
            )
            return
        transfer = self.transfers[fact.transfer]
        match fact:
            case g.TransferReplanned():
                transfer.amount, transfer.lanes = fact.amount, fact.lanes
                transfer.depart_at, transfer.arrive_at = fact.depart_at, fact.arrive_at
            case g.TransferWithdrawn():
                transfer.withdrawn = True
            case _:
                pass

    def _delivery(self, fact: g.DeliveryFact) -> None:
        if isinstance(fact, g.DeliveryPlanned):
            self.deliveries[fact.delivery] = PlannedDelivery(
                fact.delivery, fact.order, fact.part, fact.unit, fact.site, fact.amount, fact.destination, fact.lanes,
                fact.depart_at, fact.arrive_at, fact.depart_at, self.clock or fact.depart_at,
            )
            self.delivered_for.setdefault(requirement_of(fact.order), {})[fact.delivery] = None
            return
        delivery = self.deliveries[fact.delivery]
        match fact:
            case g.DeliveryReplanned():
                if self.clock is not None and (self.clock < delivery.depart_at or delivery.lanes != fact.lanes):
                    delivery.since, delivery.asked_at = fact.depart_at, self.clock
                delivery.amount, delivery.lanes = fact.amount, fact.lanes
                delivery.depart_at, delivery.arrive_at = fact.depart_at, fact.arrive_at
            case g.DeliveryWithdrawn():
                delivery.withdrawn = True
            case _:
                pass

    # Purchases

    def _requisition(self, fact: f.RequisitionFact | f.RequisitionDeclined) -> None:
        if isinstance(fact, f.ReorderDecided):
            self._reorder(fact)
            return
        requisition = self.requisitions.get(fact.requisition)
        if requisition is None:
            return
        match fact:
            case f.RequisitionAnswered():
                requisition.fate = Fate.ANSWERED
            case f.RequisitionDeclined():
                if requisition.fate is Fate.OPEN:
                    requisition.fate = Fate.DECLINED
                    self._declined(requisition)
            case f.RequisitionWithdrawn():
                requisition.fate = Fate.WITHDRAWN
            case _:
                pass

    def _reorder(self, fact: f.ReorderDecided) -> None:
        pegged = tuple(one.requirement for one in fact.pegged)
        concerns = (*pegged, f"stock/{fact.site}/{fact.part}") if fact.for_stock else pegged
        bought = Signature(OptionKind.BUY, fact.part, "", fact.supplier, "")
        ways = {
            number: Signature(OptionKind.BUY, fact.part, "", offer.supplier, "")
            for number, offer in enumerate(fact.alternatives, 1)
        }
        known = self.decisions.get(fact.decision)
        if known is None:
            known = self.decisions[fact.decision] = Decision(fact.decision, concerns, (bought,), ways)
        proposed = self._proposing(fact.decision, fact.status, f"requisition/{fact.requisition}", fact)
        known.proposed = proposed
        self.by_decision.setdefault(fact.decision, {})[fact.requisition] = None
        assert self.clock is not None, "a reorder is decided in a cut"
        self.requisitions[fact.requisition] = PlannedPurchase(
            fact.requisition, fact.supplier, fact.part, fact.site, fact.unit, fact.decision, fact.amount, fact.due,
            fact.order_by, fact.for_stock, pegged, self.clock, proposed,
        )

    # What was decided for requirements

    def _requirement(self, fact: f.RequirementFact) -> list[Key]:
        match fact:
            case f.RequirementRouted():
                self._routed(fact)
                if isinstance(fact, f.RequirementRerouted) and any(way.kind is OptionKind.RUN for way in fact.was):
                    self.built_late[fact.requirement] = None
            case f.ShortageStated():
                self.shortages[fact.requirement] = fact
                self.short_of.setdefault(fact.part, {})[fact.requirement] = None
                self._remember(fact.requirement)
            case f.ShortageEnded():
                self.shortages.pop(fact.requirement, None)
                self.unserved.pop(fact.requirement, None)
                drop(self.short_of, fact.part, fact.requirement)
            case _:
                pass
        return []

    def _routed(self, fact: f.RequirementRouted) -> None:
        """A decision on a requirement; one that is approved is told once more, and changes nothing else."""
        if fact.decision not in self.decisions:
            self._forget(self.latest.get(fact.requirement, ""))
            self.latest[fact.requirement] = fact.decision
            self._serve(fact)
        self.parts[fact.requirement] = fact.part
        chosen = tuple(signed(way) for way in fact.chosen)
        ways = {way.option: signed(way) for way in (*fact.chosen, *fact.alternatives)}
        self.decisions[fact.decision] = Decision(fact.decision, (fact.requirement,), chosen, ways)
        if any(way.late_hours for way in fact.chosen):
            self.late.setdefault(fact.part, {})[fact.requirement] = None
        elif fact.chosen or isinstance(fact, f.RequirementRerouted):
            drop(self.late, fact.part, fact.requirement)
        if self._proposing(fact.decision, fact.status, f"requirement/{fact.requirement}", fact):
            self.decisions[fact.decision].proposed = True

    def _serve(self, fact: f.RequirementRouted) -> None:
        """What of a requirement nothing serves, as it was told last."""
        if fact.short:
            self.unserved[fact.requirement] = Unserved.told(fact)
        else:
            self.unserved.pop(fact.requirement, None)

    def _forget(self, decision: str) -> None:
        """A decision that another one follows matters only while a person's word on it stands, or may still come."""
        known = self.decisions.get(decision)
        if known is not None and not known.proposed and decision not in self.words:
            del self.decisions[decision]

    # What people say

    def bought_by(self, decision: str) -> list[tuple[str, str]]:
        """For which sites and parts a decision was to buy."""
        found = (self.requisitions.get(id) for id in self.by_decision.get(decision, ()))
        return list(dict.fromkeys((one.site, one.part) for one in found if one is not None))

    def _decision(self, fact: f.DecisionFact) -> list[Key]:
        known = self.decisions.get(fact.decision)
        keys = [Key(Kind.DECISION, fact.decision)]
        match fact:
            case f.DecisionProposed():
                if known is not None:
                    known.proposed, known.kind = True, fact.kind
                    known.value, known.currency = fact.value, self.policy.currency
            case f.DecisionApproved():
                if known is not None:
                    known.approved = True
            case f.DecisionRefused():
                self._say(Word(fact.decision, *_about(known), frozenset(known.chosen) if known else frozenset()))
                for place in self.bought_by(fact.decision):
                    self.barred.setdefault(place, {})[fact.decision] = None
                if known is not None:
                    known.proposed = False
            case f.DecisionOverridden():
                pinned = known.ways.get(fact.option) if known is not None else None
                self._say(Word(fact.decision, *_about(known), pinned=pinned, option=fact.option))
                if known is not None and pinned is not None:
                    known.proposed = False
            case f.OverrideEnded():
                self._unsay(fact.decision)
            case f.DecisionWithdrawn():
                keys += self._withdraw(fact.decision)
            case _:
                pass
        return keys

    def _say(self, word: Word) -> None:
        """The last word on a decision is the one that stands; one that can't be followed changes nothing."""
        before = self._quiet(word.decision)
        if word.option is not None and word.pinned is None:
            word = replace(word, under=before)
        self.words[word.decision] = word
        for requirement in word.requirements:
            self.spoken.setdefault(requirement, {})[word.decision] = None

    def _quiet(self, decision: str) -> Word | None:
        word = self.words.pop(decision, None)
        for requirement in word.requirements if word else ():
            drop(self.spoken, requirement, decision)
        return word

    def _unsay(self, decision: str) -> None:
        word = self._quiet(decision)
        if word is not None and word.under is not None:
            self._say(word.under)
            return
        for place in self.bought_by(decision):
            drop(self.barred, place, decision)

    def _declined(self, requisition: PlannedPurchase) -> None:
        bought = Signature(OptionKind.BUY, requisition.part, "", requisition.supplier, "")
        about = (*requisition.pegged, f"stock/{requisition.site}/{requisition.part}")
        self._say(Word(requisition.decision, about, frozenset((bought,))))

    def _withdraw(self, decision: str) -> list[Key]:
        """What was only proposed comes to nothing."""
        known = self.decisions.get(decision)
        keys: list[Key] = []
        for id in self.by_decision.get(decision, ()):
            run, transfer, requisition = self.runs.get(id), self.transfers.get(id), self.requisitions.get(id)
            if run is not None and run.proposed:
                run.withdrawn = True
                keys.append(Key(Kind.RUN, id))
            if transfer is not None and transfer.proposed:
                transfer.withdrawn = True
                keys.append(Key(Kind.TRANSFER, id))
            if requisition is not None and requisition.proposed:
                requisition.fate = Fate.WITHDRAWN
                keys.append(Key(Kind.REQUISITION, id))
        if known is not None:
            known.proposed, known.facts = False, []
        return keys

    def _promise(self, fact: f.PromiseGiven | f.PromiseChanged | f.PromiseWithdrawn) -> None:
        requirement = requirement_of(fact.order)
        if isinstance(fact, f.PromiseWithdrawn):
            self.promises.pop(requirement, None)
        else:
            backing = tuple(key.text for key in fact.backing)
            self.promises[requirement] = Promised(fact.order, fact.promised, fact.wanted, backing)


def _about(known: Decision | None) -> tuple[tuple[str, ...]]:
    return (known.requirements if known is not None else (),)
