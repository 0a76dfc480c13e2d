"""The crowd of a rehearsal, a Locust user an entrant: `python -m contest.management.measuring.arriving PLAN`.

A process of its own, which knows no Django: Locust replaces the sockets of its process, and may run on another machine
than the platform. It writes down each acknowledgement that a phone has got, and how long everything took.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, TextIO

import gevent
from locust import FastHttpUser, task
from locust.env import Environment
from locust.exception import StopUser

from contest.management.measuring.phone import PATIENCE, Phone, Reply, Unexpected, pause

READING, ANSWERING = (0.5, 2.0), (0.3, 1.5)  # seconds on a page, and at a question: a sitting of minutes in half of one
PASSING = {0, 429, 500, 502, 503, 504}  # what a page tries again; 0 is no answer
MOST_TRIES = 40  # of one request, before an entrant gives up
QUESTIONS = 20


class Crowd:
    """What the entrants of one plan share."""

    def __init__(self, plan: dict[str, Any], log: TextIO) -> None:
        """Nobody has arrived."""
        self.plan, self.log = plan, log
        self.numbers = count()
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()  # answers that no entrant should see, by what they are

    def note(self, **acknowledged: Any) -> None:
        """The phone was told so."""
        self.log.write(json.dumps(acknowledged) + "\n")


class Entrant(FastHttpUser):
    """One entrant from the slip to the standings, once."""

    abstract = True
    crowd: Crowd
    connection_timeout = network_timeout = PATIENCE
    max_retries = 0
    insecure = False  # certificates are looked at

    @task
    def visit(self) -> None:
        """Arrive in time, and go all the way."""
        crowd, number = self.crowd, next(self.crowd.numbers)
        who = crowd.plan["entrants"][number]
        self.rng, self.step = Random(who["user"]), ""  # noqa: S311  (choices, not secrets)
        self.client.client.cookiejar = None  # the phone has its own
        gevent.sleep(max(0.0, crowd.plan["begins_at"] + who["at"] - time.time()))
        crowd.counts["arrived"] += 1
        try:
            self.go(who)
        except Unexpected as trouble:
            late = time.time() > crowd.plan["closes_at"]
            crowd.counts["too_late" if late else "gave_up"] += 1
            if not late:
                crowd.refused[str(trouble)[:200]] += 1
        raise StopUser

    def go(self, who: dict[str, Any]) -> None:
        """From the slip to the standings."""
        plan = self.crowd.plan
        phone = Phone(self.send, plan["slug"], plan["order"], origin=plan["host"])
        for step, act in (
            ("slip", lambda: phone.open_slip(who["token"])),
            ("sign in", lambda: phone.sign_in(who["token"])),
            ("home", phone.home),
            ("round", phone.round),
            ("start", phone.start),
        ):
            self.step = step
            act()
            self.think(READING)
        self.crowd.counts["started"] += 1
        is_open = self.answer(phone, who)
        if is_open and not who["forgets"]:
            self.hand_in(phone)
        if who["forgets"]:
            return
        self.step = "result"
        phone.result()
        self.wait_for_score(phone)
        self.step = "standings"
        phone.standings()

    def answer(self, phone: Phone, who: dict[str, Any]) -> bool:
        """The questions one after the other, each saved as soon as it is chosen; False when the time was over."""
        self.step = "save"
        for place in self.rng.sample(range(1, QUESTIONS + 1), self.crowd.plan["saves"]):
            self.think(ANSWERING)
            chosen = [self.rng.randrange(1, 5)]
            reply = phone.save({str(place): chosen})
            if reply.status != 200:
                raise Unexpected(f"save: {reply.status} {reply.body[:200]!r}")
            told = json.loads(reply.body)
            self.crowd.note(
                kind="save", attempt=phone.attempt, lease=phone.lease, sequence=phone.sequence, counted=told["counted"],
                choices={str(place - 1): [chosen[0] - 1]},
            )  # fmt: skip
            self.crowd.counts["acknowledged"] += 1
            if told["closed"]:
                return False
        return True

    def hand_in(self, phone: Phone) -> None:
        """Handed in with a prediction, and a receipt is there."""
        self.think(ANSWERING)
        self.step = "hand in"
        prediction = str(self.rng.randrange(1, 100_000))
        reply = phone.hand_in(prediction=prediction)
        told = json.loads(reply.body)
        if reply.status == 409 and told.get("code") == "late":
            return
        if reply.status != 200:
            raise Unexpected(f"hand in: {reply.status} {reply.body[:200]!r}")
        self.crowd.note(
            kind="hand in", attempt=phone.attempt, lease=phone.lease, sequence=phone.sequence, counted=True,
            choices={"p": prediction}, receipt=told["receipt"],
        )  # fmt: skip
        self.crowd.counts["acknowledged"] += 1
        self.crowd.counts["handed_in"] += 1

    def wait_for_score(self, phone: Phone) -> None:
        """The score stands, asked for as the result page does; how long that took is a step of its own."""
        begun = time.perf_counter()
        while True:
            self.step = "score"
            if phone.is_graded():
                break
            if time.perf_counter() - begun > 120:
                raise Unexpected("two minutes after the hand-in there is no score")
            gevent.sleep(0.75 + self.rng.random() / 2)
        self.environment.events.request.fire(
            request_type="", name="hand-in to score", response_time=(time.perf_counter() - begun) * 1000,
            response_length=0, exception=None, context={}, response=None,
        )  # fmt: skip

    def think(self, span: tuple[float, float]) -> None:
        """The person reads."""
        gevent.sleep(self.rng.uniform(*span) * self.crowd.plan["think"])

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        """What the server says in the end: what passes is tried again as the page does, with growing jitter."""
        failed = 0
        while True:
            sent = self.client.request(
                method,
                path,
                name=self.step,
                data=(body or b"").decode(),
                headers=headers,
                allow_redirects=False,
                catch_response=True,
            )
            with sent as answer:
                status, found = answer.status_code, answer.headers or {}
                text = answer.content or b""
                if status not in PASSING:
                    answer.success()
                else:
                    answer.failure(str(answer.error or status) if status == 0 else f"status {status}")
            if status not in PASSING:
                pairs = [(name.lower(), value) for name, value in found.items()]
                cookies = tuple(value for name, value in pairs if name == "set-cookie")
                return Reply(status, dict(pairs), text, cookies)
            self.crowd.counts["retries"] += 1
            failed += 1
            if failed > MOST_TRIES:
                raise Unexpected(f"{self.step}: {status} after {failed} tries")
            after = 0.0
            with suppress(ValueError, TypeError):
                after = float(found.get("retry-after", 0))
            gevent.sleep(pause(self.rng, failed, after))


def main(place: str) -> None:
    """Everyone of the plan has come and gone; the figures are in its file, and on the way one line a second tells."""
    plan = json.loads(Path(place).read_text())
    with Path(plan["acknowledged"]).open("w") as log:
        crowd = Crowd(plan, log)
        entrant = type("Crowded", (Entrant,), {"crowd": crowd, "abstract": False, "host": plan["host"]})
        environment = Environment(user_classes=[entrant], host=plan["host"])
        runner = environment.create_local_runner()
        runner.start(len(plan["entrants"]), spawn_rate=len(plan["entrants"]))
        begun = time.time()
        while runner.user_count or crowd.counts["arrived"] < len(plan["entrants"]):
            gevent.sleep(1)
            log.flush()
            tell(crowd, environment)
    figures = {
        "steps": steps(environment),
        "counts": dict(crowd.counts),
        "refused": dict(crowd.refused.most_common(20)),
        "seconds": round(time.time() - begun, 1),
    }
    Path(plan["figures"]).write_text(json.dumps(figures, indent=1))
    runner.quit()


def tell(crowd: Crowd, environment: Environment) -> None:
    """How far it is, for whoever reads the output."""
    total = environment.stats.total
    told = {**crowd.counts, "requests": total.num_requests, "failures": total.num_failures}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def steps(environment: Environment) -> dict[str, dict[str, float]]:
    """Times of each step in ms, in the order in which an entrant takes them."""
    return {
        entry.name: {
            "requests": entry.num_requests,
            "failures": entry.num_failures,
            "p50": entry.get_response_time_percentile(0.5) or 0,
            "p95": entry.get_response_time_percentile(0.95) or 0,
            "p99": entry.get_response_time_percentile(0.99) or 0,
            "most": entry.max_response_time,
        }
        for entry in sorted(environment.stats.entries.values(), key=lambda entry: entry.start_time)
    }


if __name__ == "__main__":
    main(sys.argv[1])
