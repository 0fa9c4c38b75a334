"""Whoever operates the server can do for a client or a partner all that it can do itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.delivery.telling import subscribed
from tests.delivery.working import until, working
from tests.harness.place import Place, spectrum
from tests.harness.receiver import Receiver, answer
from tests.harness.told import LOOPBACK, sequences, verified


def call(place: Place, *words: str, check: bool = True) -> Any:
    done = spectrum({**place.settings, **LOOPBACK}, *words, "--json", cwd=place.data_dir, check=check)
    return json.loads(done.stdout)


def test_a_webhook_from_its_registration_to_its_end(database: Place) -> None:
    with subscribed(database) as one, Receiver() as receiver:
        (client,) = call(database, "client", "list")
        owner = ("--client", client["handle"])
        assert call(database, "event", "list", *owner)["events"] == []
        made = call(database, "webhook", "add", *owner, receiver.url, "--type", "line.held", "--note", "own")
        name = made["id"]
        assert [each["id"] for each in call(database, "webhook", "list", *owner)] == [name]

        assert call(database, "webhook", "test", name)["delivered"] is True
        verified(receiver.posted.pop(), made["secret"])
        receiver.answers = [answer(503, b"later")]
        failed = call(database, "webhook", "test", name, check=False)
        assert (failed["delivered"], failed["status"], failed["answer"]) == (False, 503, "later")
        receiver.posted.clear()

        new = call(database, "webhook", "rotate", name)["secret"]
        with working(database, 1, **LOOPBACK):
            one.happen(2)
            until(lambda: len(receiver.posted) == 2, "webhooks")
            until(lambda: one.owed() == 0, "their end")
            for posted in receiver.posted:
                verified(posted, new, made["secret"])
            log = call(database, "webhook", "log", name, "--state", "sent")
            assert [(each["sequence"], each["log"][0]["status"]) for each in log] == [(1, 200), (2, 200)]
            listed = call(database, "event", "list", *owner, "--after", "1")
            assert [each["sequence"] for each in listed["events"]] == [2]
            assert call(database, "webhook", "replay", name, "--sequence", "1")["replayed"] == 1
            assert call(database, "webhook", "replay", name, "--buried")["replayed"] == 0
            until(lambda: len(receiver.posted) == 3, "one again")

            assert call(database, "webhook", "pause", name)["state"] == "disabled"
            one.happen()
            # Who is owed an event is decided when it comes into the feed.
            until(lambda: call(database, "event", "list", *owner, "--after", "2")["events"] != [], "the feed")
            assert call(database, "webhook", "resume", name)["state"] == "active"
        assert sorted(sequences(receiver)) == [1, 1, 2]
        shown = call(database, "webhook", "show", name)
        assert (shown["client"], shown["url"], shown["types"]) == (
            client["handle"],
            receiver.url,
            ["line.held"],
        )
        assert "whsec_" not in json.dumps(shown)
        assert call(database, "webhook", "remove", name)["removed"] is True
        assert call(database, "webhook", "list") == []


def test_a_contact_without_a_server_for_mail_is_warned_of_and_found_by_the_doctor(database: Place) -> None:
    def mail(**settings: str) -> dict[str, str]:
        done = spectrum(
            {**database.settings, "SPECTRUM_DELIVER": "off", **settings},
            *("doctor", "--json"),
            cwd=database.data_dir,
            check=False,
        )
        checks: dict[str, dict[str, str]] = {one["name"]: one for one in json.loads(done.stdout)["checks"]}
        return checks["mail"]

    spectrum(database.settings, "client", "create", "shop", cwd=database.data_dir)
    assert mail()["state"] == "ok"
    add = ("webhook", "add", "--client", "shop", "https://8.8.8.8/", "--contact", "orders@shop.example")
    made = call(database, *add)
    assert [one["code"] for one in made["warnings"]] == ["contact-not-told"]
    said = spectrum(database.settings, *add, cwd=database.data_dir)
    assert "the contact will not be told" in " ".join(said.stderr.split())
    told = mail()
    assert told["state"] == "warn"
    assert made["id"] in told["message"]
    assert "SPECTRUM_SMTP_URL" in told["advice"]
    assert mail(SPECTRUM_SMTP_URL="smtp://127.0.0.1:2525")["state"] == "ok"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("webhook", "add", "https://8.8.8.8/"), "--client HANDLE or --partner HANDLE"),
        (("webhook", "add", "--client", "nobody", "https://8.8.8.8/"), "no client with the handle"),
        (("webhook", "add", "--client", "nobody", "ftp://8.8.8.8/"), "begins with none of"),
        (("webhook", "show", "whk_0000000000000"), "spectrum webhook list"),
        (("webhook", "replay", "whk_0000000000000"), "--buried"),
        (("event", "list"), "--client HANDLE or --partner HANDLE"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    database: Place, words: tuple[str, ...], said: str
) -> None:
    done = spectrum(database.settings, *words, cwd=database.data_dir, check=False)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
