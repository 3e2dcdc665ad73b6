"""All processes of the distributed form, and who watches over them: what ends is started again, as a restart policy of
docker-compose does; what a named point has frozen is woken when others have long taken over."""

import signal
import subprocess
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from tests.integration.kafka.forms import SERVICES, Whole

PLANNER, VIEWS, RELAY, API = "planner", "projections", "relay", "api"
CREW: Final[Mapping[str, int]] = {**dict.fromkeys(SERVICES, 2), RELAY: 2, PLANNER: 2, VIEWS: 2, API: 1}
"""How many processes there are of each."""
_APPEND: Final = ("append.before", "append.copy", "append.in", "append.after")
_PUT: Final = ("queue.put.before", "queue.put.in", "queue.put.after")
_REACT: Final = ("reactions.before", "reactions.between", "reactions.after")
_SNAP: Final = ("snapshots.before", "snapshots.after")
_PLAN: Final = ("planner.claimed", "planner.decided", "planner.appended", "planner.noted")
_WORKER: Final = (*_APPEND, *_PUT, *_REACT, *_SNAP)
POINTS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    # the catalogue asks nobody for anything, and has one shard: it puts nothing
    "catalogue": (*_APPEND, "reactions.before", "reactions.after", *_SNAP),
    "order": _WORKER, "inventory": _WORKER, "supplier": _WORKER, "logistics": _WORKER,
    RELAY: ("relay.before", "relay.between", "relay.after"),
    PLANNER: (*_PLAN, *_APPEND, *_PUT, *_REACT, *_SNAP),
    VIEWS: ("views.before", "views.in", "views.after"),
    API: _PUT,
}
"""The named points that each comes to."""
_SOON: Final = 3.0
"""Who ends by itself earlier than that waits a moment before the next start."""


@dataclass(frozen=True, slots=True)
class Trap:
    """A named point at which a process is to end, or to freeze."""

    role: str
    variable: str
    point: str
    nth: int = 1

    @property
    def told(self) -> Mapping[str, str]:
        return {self.variable: f"{self.point}:{self.nth}"}


@dataclass(eq=False)
class Member:
    """A place that always has a process."""

    role: str
    process: subprocess.Popen[bytes]
    trap: Trap | None = None
    killed: bool = False
    frozen_until: float | None = None
    began: float = field(default_factory=time.monotonic)

    @property
    def stopped(self) -> bool:
        """Whether a signal holds it."""
        try:
            return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        except FileNotFoundError:
            return False


class Fleet:
    """The members, the traps that wait for them, and what has come of both."""

    def __init__(self, there: Whole, nap: float, crew: Mapping[str, int]) -> None:
        """``nap`` is how long the frozen are left so."""
        self.there, self._nap, self.crew = there, nap, crew
        self.members: list[Member] = []
        self.traps: dict[str, deque[Trap]] = {role: deque() for role in crew}
        self.sprung: Counter[tuple[str, str]] = Counter()
        self.slept: Counter[tuple[str, str]] = Counter()
        self.restarts: Counter[str] = Counter()
        self.alone: Counter[str] = Counter()
        """Who ended by itself with an error, and what it said last."""
        self.ending = False

    def begin(self) -> None:
        for role, count in self.crew.items():
            for _ in range(count):
                self.add(role)

    def add(self, role: str) -> Member:
        """One more."""
        trap = self._next(role)
        member = Member(role, self._start(role, trap), trap)
        self.members.append(member)
        return member

    def _next(self, role: str) -> Trap | None:
        """Where a process that starts now is to end. Of a role only one at a time goes to a point: others may then make
        room for it."""
        if self.ending or not self.traps[role] or any(one.trap is not None for one in self.of(role)):
            return None
        return self.traps[role].popleft()

    def remove(self, member: Member) -> None:
        """Told to end, as an operator does."""
        self.members.remove(member)
        member.process.send_signal(signal.SIGCONT)
        member.process.terminate()
        self._leave(member)

    def _start(self, role: str, trap: Trap | None) -> subprocess.Popen[bytes]:
        starts: dict[str, Callable[..., subprocess.Popen[bytes]]] = {
            RELAY: self.there.relay, PLANNER: self.there.planner, VIEWS: self.there.projections, API: self.there.api,
        }
        told = trap.told if trap else {}
        return starts.get(role, partial(self.there.worker, role))(**told)

    def of(self, role: str) -> list[Member]:
        return [member for member in self.members if member.role == role]

    def alive(self) -> list[Member]:
        """Whom something may befall."""
        return [one for one in self.members if one.frozen_until is None and one.process.poll() is None]

    def kill(self, member: Member) -> None:
        member.killed = True
        member.process.kill()

    def freeze(self, member: Member) -> None:
        member.frozen_until = time.monotonic() + self._nap
        member.process.send_signal(signal.SIGSTOP)

    def look(self) -> None:
        """Start who has ended, wake who has slept, and see who sleeps."""
        now = time.monotonic()
        for member in list(self.members):
            if member.process.poll() is not None:
                if now > member.began + _SOON or member.killed or member.trap:
                    self._again(member)
            elif member.frozen_until is not None:
                if now > member.frozen_until:
                    member.frozen_until = None
                    member.process.send_signal(signal.SIGCONT)
            elif member.trap is not None and member.trap.variable == "LOTONE_STOP_AT" and member.stopped:
                self.slept[member.role, member.trap.point] += 1
                member.trap, member.frozen_until = None, now + self._nap

    def _again(self, member: Member) -> None:
        self._leave(member)
        trap = member.trap
        if trap is not None and member.process.returncode == -signal.SIGKILL and not member.killed:
            self.sprung[trap.role, trap.point] += 1
        elif trap is not None:
            self.traps[member.role].appendleft(trap)  # something else came before it
        self.restarts[member.role] += 1
        member.trap = None
        member.trap = self._next(member.role)
        member.process, member.killed, member.frozen_until = self._start(member.role, member.trap), False, None
        member.began = time.monotonic()

    def _leave(self, member: Member) -> None:
        code = self._ended(member, 60)
        if code == -signal.SIGABRT:
            raise AssertionError(f"{member.role} doesn't end: {self.there.log(member.process)[-6000:]}")
        if code not in (0, -signal.SIGKILL):
            lines = self.there.log(member.process).strip().splitlines()
            said = lines[-1].partition(" ")[2] if lines else ""  # without its moment
            self.alone[f"{member.role}, {code}: {said[:120]}"] += 1

    def waiting(self) -> list[Trap]:
        """Traps into which nobody has gone yet."""
        armed = [one.trap for one in self.members if one.trap is not None]
        return [*armed, *(trap for waiting in self.traps.values() for trap in waiting)]

    def disarm(self) -> None:
        """From here on nobody ends any more: who would is replaced."""
        self.ending = True
        for member in self.members:
            if member.trap is not None:
                member.killed, member.trap = True, None
                member.process.kill()

    def end(self) -> list[str]:
        """All are told to end; who doesn't end well is told of."""
        odd: list[str] = []
        for member in self.members:
            member.process.terminate()
        for member in self.members:
            code = self._ended(member, 40)
            if code:
                said = self.there.log(member.process)[-4000:]
                odd.append(f"{member.role} was told to end and ended with {code}: {said}")
        return odd

    def _ended(self, member: Member, seconds: float) -> int:
        """How it ended; who hasn't by then says where it stands (PYTHONFAULTHANDLER), and ends by that. Who was told to
        before it had said a word was still reading its modules: it ended by the signal, and well."""
        try:
            code = member.process.wait(seconds)
        except subprocess.TimeoutExpired:
            member.process.send_signal(signal.SIGABRT)
            return member.process.wait(seconds)
        return 0 if code == -signal.SIGTERM and not self.there.log(member.process).strip() else code
