"""Orders are amended: whole, or not at all.

What runs fix can't be taken back: after a line's run is frozen, its options, plant and personalisation stay, and no
schedule goes below what is frozen or delivered. Days, priorities and destination may change at any time, and more may
be ordered. The bill of a line whose options and plant stay is the one that it was accepted with.
"""

from decimal import Decimal

import msgspec

from events.decision import Decided, Outcome
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import ZERO, AcceptedLine, Called, LineAmendment, configuration_of
from events.values import plain
from services.order.accepting import accepted, accepted_schedules, as_ordered, not_too_many, twice
from services.order.office import Office
from services.order.order import Line, Schedule, choices, key, pieces, told_again


def amend(office: Office, body: m.AmendOrder) -> Outcome:
    """All that is wrong with it is said at once."""
    desk, order = office.desk, office.order
    priority = order.priority if body.priority is None else body.priority
    _check_numbers(office, body)
    lines: dict[int, AcceptedLine] = {}
    gone: dict[int, dict[int, Decimal]] = {}
    for index, number in enumerate(body.cancel):
        gone |= _call_off(office, f"cancel.{index}", number)
    for index, change in enumerate(body.change):
        lines |= _change(office, f"change.{index}", change, priority, gone)
    for index, line in enumerate(body.add):
        new = accepted(desk, f"add.{index}", line, priority)
        lines |= {} if new is None else {line.line: new}
    desk.known()
    if desk.problems:
        return office.refuse(f.AmendmentRefused, desk.problems)
    _follow_priority(office, lines, body, priority)
    not_too_many(desk, "add" if body.add else "change" if body.change else "priority", lines.values())
    if desk.problems:
        return office.refuse(f.AmendmentRefused, desk.problems)
    return _amended(office, body, priority, lines, gone)


def _amended(
    office: Office, body: m.AmendOrder, priority: int, lines: dict[int, AcceptedLine],
    gone: dict[int, dict[int, Decimal]],
) -> Decided:
    order = office.order
    destination = order.destination if body.destination is None else body.destination
    for number, schedules in gone.items():
        called_off(office, number, schedules, None)
    same = (order.priority, order.destination) == (priority, destination)
    if lines or gone or body.ship_to is not None or not same:
        office.add(f.OrderAmended(
            number=office.number, lines=tuple(lines[number] for number in sorted(lines)), cancelled=body.cancel,
            priority=priority, destination=destination, ship_to=body.ship_to,
        ))
    office.end()
    return office.decided


def called_off(office: Office, number: int, schedules: dict[int, Decimal], reason: str | None) -> None:
    """So much of a line isn't wanted any more."""
    line = office.order.lines[number]
    called = tuple(Called(schedule=schedule, amount=amount) for schedule, amount in sorted(schedules.items()) if amount)
    if called:
        office.add(f.OrderLineCancelled(
            number=office.number, line=number, part=line.part, unit=line.unit, schedules=called, reason=reason,
        ))


def _check_numbers(office: Office, body: m.AmendOrder) -> None:
    desk, known = office.desk, office.order.lines
    twice(desk, "add", "line", (line.line for line in body.add))
    twice(desk, "change", "line", (line.line for line in body.change))
    for index, line in enumerate(body.add):
        if line.line in known:
            desk.wrong(f"add.{index}.line", f"line {line.line} is there already", "a free line number, or a change")
    gone = set(body.cancel)
    for index, change in enumerate(body.change):
        if change.line in gone:
            desk.wrong(f"change.{index}.line", f"line {change.line} is called off here, too", "either of the two")


def _line(office: Office, field: str, number: int) -> Line | None:
    line = office.order.lines.get(number)
    if line is None:
        names = ", ".join(str(one) for one in sorted(office.order.lines)[:20])
        office.desk.wrong(field, f"the order has no line {number}", f"one of {names}, or add it")
    return line


def _call_off(office: Office, field: str, number: int) -> dict[int, dict[int, Decimal]]:
    """What is open of a whole line, unless something of it is frozen."""
    line = _line(office, field, number)
    if line is None:
        return {}
    for schedule in sorted(line.schedules):
        _check_frozen(office, field, number, schedule)
    found = {schedule: office.book.open(number, schedule) for schedule in sorted(line.schedules)}
    if not any(found.values()):
        office.desk.wrong(field, f"nothing of line {number} is open", "a line of which something is to come")
    return {number: found}


def _check_frozen(office: Office, field: str, number: int, schedule: int) -> None:
    frozen = office.book.frozen(number, schedule)
    if frozen > office.book.came(number, schedule):
        unit = office.order.lines[number].unit
        problem = f"{plain(frozen)} {unit} of line {number}, schedule {schedule}, are frozen in {_runs(office, number)}"
        office.desk.wrong(field, problem, "cancel it by CancelOrder: what is frozen is then built all the same")


def _runs(office: Office, number: int) -> str:
    return ", ".join(f"run {run}" for run, one in sorted(office.book.fixed.items()) if one.line == number)


def _change(
    office: Office, field: str, change: LineAmendment, priority: int, gone: dict[int, dict[int, Decimal]]
) -> dict[int, AcceptedLine]:
    """The line as it is to be, if it is different; what is withdrawn of it goes to ``gone``."""
    line = _line(office, f"{field}.line", change.line)
    if line is None:
        return {}
    if not any(one.amount for one in line.schedules.values()):
        office.desk.wrong(f"{field}.line", f"line {change.line} is called off", "add it under another number")
        return {}
    wanted = line.copy()
    withdrawn = _withdrawn(office, field, change, wanted)
    _reconfigure(office, field, change, wanted)
    _reschedule(office, field, change, wanted)
    own = change.priority is not None
    wanted.priority = change.priority if change.priority is not None else priority if not line.own else line.priority
    wanted.own = line.own or own
    if change.personalisation is not None:
        secret = change.personalisation
        wanted.personalisation = (secret.person, secret.value, secret.box)
    if withdrawn:
        gone[change.line] = withdrawn
    return {} if wanted == line and change.personalisation is None else {change.line: told_again(change.line, wanted)}


def _withdrawn(office: Office, field: str, change: LineAmendment, wanted: Line) -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    for index, schedule in enumerate(change.withdraw):
        where, known = f"{field}.withdraw.{index}", wanted.schedules.get(schedule)
        if known is None or not office.book.open(change.line, schedule):
            office.desk.wrong(where, f"nothing of schedule {schedule} is open", "a schedule with something to come")
            continue
        if schedule in (one.schedule for one in change.schedules):
            office.desk.wrong(where, f"schedule {schedule} is changed here, too", "either of the two")
        _check_frozen(office, where, change.line, schedule)
        found[schedule] = office.book.open(change.line, schedule)
        known.amount -= found[schedule]
        known.told = None
    return found


def _reschedule(office: Office, field: str, change: LineAmendment, wanted: Line) -> None:
    """Other quantities and days, schedule by schedule. A day that stays is never too early."""
    desk, book = office.desk, office.book
    part, site = desk.reference.part(wanted.part), desk.reference.site(wanted.site)
    assert part is not None, "the part of an accepted line is known"
    if site is None:  # another one, of which the configuration says what is wrong
        return
    before = len(desk.problems)
    found = accepted_schedules(desk, f"{field}.schedules", part, site, change.schedules)
    _forgive(office, field, change, wanted, before)
    for one in found:
        known = wanted.schedules.get(one.schedule)
        least = max(book.frozen(change.line, one.schedule), book.came(change.line, one.schedule))
        if one.amount < least:
            index = next(n for n, told in enumerate(change.schedules) if told.schedule == one.schedule)
            runs = _runs(office, change.line)
            why = f"are frozen in {runs} or delivered" if runs else "are delivered"
            problem = f"{plain(least)} {wanted.unit} of line {change.line}, schedule {one.schedule}, {why}"
            desk.wrong(f"{field}.schedules.{index}.quantity", problem, f"at least {plain(least)} {wanted.unit}")
        told = None if one.told is None else (one.told.amount, one.told.unit)
        cancelled = known.cancelled if known else ZERO
        wanted.schedules[one.schedule] = Schedule(one.amount, one.wanted, told, cancelled)


def _forgive(office: Office, field: str, change: LineAmendment, wanted: Line, before: int) -> None:
    """A day that was accepted before isn't wrong for having passed."""
    kept_days = {
        f"{field}.schedules.{index}.wanted" for index, one in enumerate(change.schedules)
        if one.schedule in wanted.schedules and wanted.schedules[one.schedule].wanted == one.wanted
    }
    problems = office.desk.problems
    problems[before:] = [one for one in problems[before:] if one.field not in kept_days]


def _reconfigure(office: Office, field: str, change: LineAmendment, wanted: Line) -> None:
    """Other options, or another plant: the bill is taken anew. Not after the freeze."""
    desk = office.desk
    options = wanted.options if change.options is None else tuple((one.option, one.choice) for one in change.options)
    site = wanted.site if change.site is None else change.site
    differs = {
        "options": options != wanted.options, "site": site != wanted.site,
        "personalisation": change.personalisation is not None,
    }
    fixed = _fixed(office, change.line)
    if fixed:
        for name in (name for name, differ in differs.items() if differ):
            desk.wrong(f"{field}.{name}", f"line {change.line} is fixed: {fixed}", "leave it out, or add a line")
    elif differs["options"] or differs["site"]:
        wanted.options, wanted.site = options, site
        part = desk.reference.part(wanted.part)
        assert part is not None, "the part of an accepted line is known"
        if desk.site(f"{field}.site", site) is None:
            return
        components = as_ordered(desk, field, part, wanted.revision, choices(options), site)
        if components is not None:
            wanted.components = pieces(components)
            wanted.configuration = configuration_of(part.id, wanted.revision, components)


def _fixed(office: Office, number: int) -> str | None:
    """Why a line's configuration can't change any more."""
    if office.book.frozen(number):
        return f"{_runs(office, number)} is frozen"
    line = office.order.lines[number]
    if any(office.book.delivered.get(key(number, schedule)) for schedule in line.schedules):
        return "some of it is delivered"
    return None


def _follow_priority(office: Office, lines: dict[int, AcceptedLine], body: m.AmendOrder, priority: int) -> None:
    """Lines without a priority of their own follow the order's."""
    gone = set(body.cancel)
    for number, line in office.order.lines.items():
        wanted = any(one.amount for one in line.schedules.values()) and number not in gone
        if number not in lines and wanted and not line.own and line.priority != priority:
            lines[number] = told_again(number, msgspec.structs.replace(line, priority=priority))
