"""A password and a message leave over TLS to a server that can prove its name, or not at all."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import sqlalchemy as sa

from spectrum_orders import config
from spectrum_orders.config import Settings
from spectrum_orders.delivery import mail
from spectrum_orders.delivery.mail import MailFailed
from spectrum_orders.domain.endpoint import PARKED, Health
from spectrum_orders.store import endpoints, queue
from spectrum_orders.store.schema import outbox
from tests.delivery.telling import subscribed
from tests.delivery.working import until, working
from tests.harness.place import Place
from tests.harness.post_office import HOST, NAME, PASSWORD, PostOffice
from tests.harness.receiver import Authority
from tests.harness.told import LOOPBACK

TLS = ("smtp", "smtp+starttls", "smtps")
TO = "orders@shop.example"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def trusted(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this machine trusts."""
    file = tmp_path / "trusted.pem"
    file.write_text(authority.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return authority


def offering(scheme: str, authority: Authority, *, refusing: bool = False) -> PostOffice:
    """A server as somebody expects it who gives a URL with this scheme."""
    if scheme == "smtps":
        return PostOffice(tls=authority.context, refusing=refusing)
    return PostOffice(starttls=authority.context, refusing=refusing)


def settings(url: str) -> Settings:
    return config.load({"SPECTRUM_SMTP_URL": url, "SPECTRUM_MAIL_FROM": "spectrum@house.example"})


def send(url: str) -> None:
    mail.send(settings(url), TO, "Parked", "Nothing is lost.", "whk_1.0")


@pytest.mark.parametrize("scheme", TLS)
def test_a_message_arrives_over_tls(scheme: str, trusted: Authority) -> None:
    with offering(scheme, trusted) as office:
        send(office.url(scheme))
        send(office.url(scheme, login=False))
    first, second = office.taken
    assert (first.tls, first.login) == (True, NAME)
    assert (second.tls, second.login) == (True, None)
    assert b"Nothing is lost." in first.content


@pytest.mark.parametrize("scheme", TLS)
def test_a_server_that_cannot_prove_its_name_gets_nothing(
    scheme: str, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with offering(scheme, authority) as office, pytest.raises(MailFailed, match="SSLCertVerificationError"):
        send(office.url(scheme))
    other = Authority(tmp_path, host="other.example")
    (tmp_path / "other.pem").write_text(other.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other.pem"))
    # Trusted, and somebody else.
    with offering(scheme, other) as stranger, pytest.raises(MailFailed, match="SSLCertVerificationError"):
        send(stranger.url(scheme))
    for one in (office, stranger):
        assert (one.taken, one.logins) == ([], 0)


def test_what_asks_for_tls_is_not_sent_without_it() -> None:
    with PostOffice() as office:
        for url in (
            office.url("smtp"),
            office.url("smtp+starttls"),
            office.url("smtp+starttls", login=False),
        ):
            with pytest.raises(MailFailed, match="without it"):
                send(url)
        with pytest.raises(MailFailed):
            send(office.url("smtps"))
        assert (office.taken, office.logins) == ([], 0)
        # Who asks for nothing, and has nothing to hide, is served as mail servers do.
        send(office.url("smtp", login=False))
        assert [one.tls for one in office.taken] == [False]


@pytest.mark.parametrize("scheme", TLS)
def test_no_error_and_no_log_repeats_a_password(
    scheme: str,
    trusted: Authority,
    database: Place,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The server itself repeats it."""
    with (
        offering(scheme, trusted, refusing=True) as office,
        subscribed(database) as subscriber,
        caplog.at_level(logging.DEBUG),
    ):
        endpoint, _ = subscriber.register(f"https://{HOST}/hook", contact=TO)
        with subscriber.runtime.ledger.write() as tx:
            endpoints.note_health(tx, endpoint, Health(PARKED, failing_since=1, paused_until=1 << 62))
            row = queue.row(
                subscriber.owner_id, tx.ids.take(), 0, queue.TELL, 1, lane=queue.WORK, subject=endpoint.id
            )
            queue.add(tx, [row])

        def reason() -> str | None:
            query = sa.select(outbox.c.reason).where(outbox.c.kind == queue.TELL)
            with subscriber.runtime.database.read() as connection:
                return connection.execute(query).scalar()

        with working(database, 1, **LOOPBACK, SPECTRUM_SMTP_URL=office.url(scheme)):
            until(lambda: reason() == MailFailed.code, "that it was not taken")
        with pytest.raises(MailFailed) as caught:
            send(office.url(scheme))
    assert office.logins >= 2
    # What the server itself logs is not ours.
    ours = [one.getMessage() for one in caplog.records if one.name != "mail.log"]
    said = "".join((*capfd.readouterr(), *ours, repr(caught.value), str(caught.value)))
    assert "work failed" in said
    assert PASSWORD not in said
    assert caught.value.__cause__ is None
