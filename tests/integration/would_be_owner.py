"""A process that owns inventory's first shard and appends to it: ``python -m … DSN NAME APPENDS FACTS``.

Each append is a batch of that many facts in the stream NAME, with an offset, an event taken and a refusal. It prints
what it has done, and ends with how it was stopped.
"""

import sys

from infra.errors import Fenced, Transient
from infra.ledger.postgres import PostgresLedger
from tests.history import Owner, a_rejection
from tests.integration.processes import say


def main(dsn: str, name: str, appends: int, facts: int) -> str:
    with PostgresLedger(dsn) as ledger:
        try:
            owner = Owner(ledger, name=name)
            say("claimed")
            for turn in range(1, appends + 1):
                batch = owner.batch(*[name] * facts)
                batch.offsets = {"intake": owner.claim.offsets["intake"] + turn}
                batch.rejected = [a_rejection()]
                ledger.append([batch])
                owner.appended(batch)
                say("appended")
        except Fenced:
            return "fenced"
        except Transient:
            return "transient"
    return "done"


if __name__ == "__main__":
    say(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
