"""Mail: one message to one person, sent once, whatever the mail server does meanwhile."""

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, update

import config
from blog import clock, create_app, mail
from blog.db import db
from blog.jobs import Job, Worker
from blog.mail import Message, Unsendable, transports
from blog.mail.sending import TRANSPORT, deliver
from blog.mail.transports import Console, NotSent, Smtp
from tests.conftest import settings
from tests.mail.conftest import SENDER, MailServer
from tests.together import wait_until

ROOT = Path(__file__).resolve().parents[2]
HELLO = Message("ines@example.org", "Hello", "Some words.\n")


def write(make, message=HELLO):
    make.act(lambda: mail.send(message))


def waiting(make):
    def read():
        found = list(db.session.scalars(select(Job)))
        db.session.expunge_all()
        return found

    return make.read(read)


def let_time_pass(make):
    make.act(lambda: db.session.execute(update(Job).values(due_at=clock.now() - timedelta(seconds=1))) and None)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(transports, "STEP_SECONDS", 0.5)
    monkeypatch.setattr(transports, "TOTAL_SECONDS", 1.5)


# What arrives


def test_a_message_arrives_as_it_was_written(app, make, by_smtp):
    make.settings(title="The Bench")
    write(make, Message("ines@example.org", "Grüße, Ines", "Zeile eins.\n\nZeile zwei: „gut“.\n"))

    assert by_smtp.received == []
    assert Worker(app).work_off() == 1

    (message,) = by_smtp.received
    assert message["Subject"] == "Grüße, Ines"
    assert str(message["To"]) == "ines@example.org"
    assert str(message["From"]) == f"The Bench <{app.config['MAIL_FROM']}>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == "Zeile eins.\n\nZeile zwei: „gut“.\n"
    assert by_smtp.recipients == [["ines@example.org"]]
    assert waiting(make) == []


def test_a_message_may_have_html_beside_its_text(app, make, by_smtp):
    write(make, Message("ines@example.org", "Hello", "Words.", html="<p>Words.</p>"))

    Worker(app).work_off()

    (message,) = by_smtp.received
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_an_address_beyond_ascii_is_sent_to_its_domains_name_in_the_dns(app, make, by_smtp):
    write(make, Message("ines@bücher.example", "Hello", "Words."))

    Worker(app).work_off()

    assert by_smtp.recipients == [["ines@xn--bcher-kva.example"]]


def test_a_rolled_back_change_mails_nothing(app, make, by_smtp):
    def act():
        mail.send(HELLO)
        raise RuntimeError("after all not")

    with pytest.raises(RuntimeError, match="after all not"):
        make.act(act)

    assert Worker(app).work_off() == 0


def test_what_waits_to_be_sent_can_not_be_read_in_the_database(make, by_smtp):
    write(make, Message("ines@example.org", "Hello", "https://blog.example.org/reset/a-secret"))

    stored = json.dumps([job.payload for job in waiting(make)])

    assert "secret" not in stored
    assert "ines" not in stored


def test_a_message_that_was_written_under_another_key_says_so(app, make, by_smtp, monkeypatch):
    write(make)
    monkeypatch.setitem(app.config, "SECRET_KEY", "another key, as after a restored backup")

    Worker(app).work_off()

    assert "another SECRET_KEY" in waiting(make)[0].last_error


# One recipient, no further headers (attack 14)


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example\nBcc: c@d.example",
        "a@b.example, c@d.example",
        "a@b.example;c@d.example",
        "A <a@b.example>",
        "a@b.example c@d.example",
        "a@b.example\x00",
        "a@b@c.example",
        "@b.example",
        "a",
        "",
        "(x)a@b.example",
    ],
)
def test_a_message_has_one_recipient_or_none(address):
    with pytest.raises(Unsendable):
        Message(address, "Hello", "Words.")


@pytest.mark.parametrize("subject", ["Hello\r\nBcc: c@d.example", "Hello\nX: y", "Hello\rX: y", "Hello\x00"])
def test_a_subject_is_one_line(subject):
    with pytest.raises(Unsendable):
        Message("a@b.example", subject, "Words.")


def test_a_site_whose_name_is_full_of_signs_sends_under_that_name(app, make, by_smtp):
    title = 'Ink, "Paper" <evil@example.org> & Söhne'
    make.settings(title=title)
    write(make)

    Worker(app).work_off()

    (message,) = by_smtp.received
    (sender,) = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (title, app.config["MAIL_FROM"])
    assert by_smtp.recipients == [["ines@example.org"]]


# When the mail server misbehaves (R11)


@pytest.mark.parametrize("mishap", ["refused", "4xx", "5xx"])
def test_a_message_is_sent_once_when_the_server_is_itself_again(app, make, by_smtp, mishap):
    write(make)
    if mishap == "refused":
        by_smtp.stop()
    by_smtp.answer = {"4xx": "451 Try later", "5xx": "554 No"}.get(mishap, "250 OK")
    for _ in range(3):
        assert Worker(app).work_off() == 1
        let_time_pass(make)
    error = waiting(make)[0].last_error

    by_smtp.answer = "250 OK"
    if mishap == "refused":
        by_smtp.start()
    for _ in range(3):
        Worker(app).work_off()
        let_time_pass(make)

    assert len(by_smtp.received) == 1
    assert waiting(make) == []
    assert error.startswith("NotSent: 127.0.0.1")
    assert {"refused": "refused", "4xx": "451 Try later", "5xx": "554 No"}[mishap] in error


@pytest.mark.parametrize("mishap", ["silent", "dripping"])
def test_a_server_that_hangs_is_given_up_and_the_message_sent_later(
    app, make, by_smtp, silent_server, dripping_server, impatient, mishap
):
    good = app.extensions[TRANSPORT]
    app.extensions[TRANSPORT] = Smtp(
        f"smtp://127.0.0.1:{silent_server if mishap == 'silent' else dripping_server}", sender=SENDER
    )
    write(make)
    began = time.monotonic()

    Worker(app).work_off()
    seconds = time.monotonic() - began
    let_time_pass(make)
    app.extensions[TRANSPORT] = good
    Worker(app).work_off()

    assert seconds < 4
    assert len(by_smtp.received) == 1


def test_a_slow_server_gets_the_message_once(app, make, by_smtp, impatient):
    by_smtp.seconds = 0.3
    write(make)

    assert Worker(app).work_off() == 1

    assert len(by_smtp.received) == 1
    assert waiting(make) == []


def test_a_message_that_is_delivered_twice_is_the_same_message(app, make, by_smtp):
    write(make)
    (job,) = waiting(make)

    with app.app_context():
        for _ in range(2):  # as when its worker is killed after the server took it
            deliver(job.payload)

    first, second = by_smtp.received
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes() == second.as_bytes()


def test_two_messages_are_two(app, make, by_smtp):
    write(make)
    write(make)

    Worker(app).work_off()

    assert len({message["Message-ID"] for message in by_smtp.received}) == 2


# Encryption


def own_address():
    """An address of this machine that is not loopback, or None."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing
        return probe.getsockname()[0]
    return None


@pytest.fixture
def remote():
    """The address of this machine as others see it."""
    address = own_address()
    if not address or address.startswith("127."):
        pytest.skip("this machine has no address but loopback")
    return address


@pytest.fixture
def certificate(tmp_path, remote):
    """A certificate for `remote`, of an authority that nobody knows: its file and that of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, remote)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(remote))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, key_file = tmp_path / "cert.pem", tmp_path / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file, key_file


@pytest.fixture
def stranger(remote, certificate):
    """Makes mail servers that are not on this machine, as far as the blog can tell, and take any password."""
    made = []

    def make_server(*, tls):
        said = []

        def authenticate(_server, _session, _envelope, _mechanism, data):
            said.append((data.login, data.password))
            return AuthResult(success=True)

        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        options = {"tls_context": context} if tls else {"auth_require_tls": False}
        server = MailServer(remote, authenticator=authenticate, **options)
        server.said = said
        made.append(server)
        return server

    yield make_server
    for server in made:
        server.stop()


def test_a_server_far_away_without_starttls_hears_neither_password_nor_message(app, stranger):
    server = stranger(tls=False)

    with pytest.raises(NotSent, match="STARTTLS"):
        Smtp(f"smtp://user:secret@{server.host}:{server.port}", sender=SENDER).send(plain_message(app))

    assert server.said == []
    assert server.received == []


def test_a_server_whose_certificate_is_not_trusted_hears_neither(app, stranger):
    server = stranger(tls=True)

    with pytest.raises(NotSent, match="certificate"):
        Smtp(f"smtp://user:secret@{server.host}:{server.port}", sender=SENDER).send(plain_message(app))

    assert server.said == []
    assert server.received == []


def test_a_server_with_starttls_gets_password_and_message(app, stranger, certificate, monkeypatch):
    server = stranger(tls=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))

    Smtp(f"smtp://us%40er:sec%3Aret@{server.host}:{server.port}", sender=SENDER).send(plain_message(app))

    assert server.said == [(b"us@er", b"sec:ret")]
    assert len(server.received) == 1


def test_encryption_can_be_given_up_by_a_setting(app, stranger):
    server = stranger(tls=False)

    Smtp(f"smtp://{server.host}:{server.port}?starttls=no", sender=SENDER).send(plain_message(app))

    assert len(server.received) == 1


def plain_message(app):
    with app.app_context():
        return mail.messages.to_rfc5322(HELLO, sender=SENDER, name="Blog", message_id="<1@x.example>", at=clock.now())


def test_a_wrong_password_of_the_server_is_neither_kept_nor_logged(app, make, mail_server, caplog):
    mail_server.stop()
    refusing = MailServer(authenticator=lambda *_: AuthResult(success=False, handled=False), auth_require_tls=False)
    app.extensions[TRANSPORT], before = (
        Smtp(f"smtp://user:hunter2@127.0.0.1:{refusing.port}", sender=SENDER),
        app.extensions[TRANSPORT],
    )
    try:
        write(make)
        Worker(app).work_off()
    finally:
        app.extensions[TRANSPORT] = before
        refusing.stop()

    assert "535" in waiting(make)[0].last_error
    assert "hunter2" not in waiting(make)[0].last_error + caplog.text


# Which way


@pytest.mark.parametrize(
    ("environ", "transport"),
    [
        ({}, Console),
        ({"BASE_URL": "http://localhost:8000"}, Console),
        ({"BASE_URL": "https://blog.example.org"}, type(None)),
        ({"SMTP_URL": "smtp://mail.example.org"}, Smtp),
        ({"BASE_URL": "https://blog.example.org", "SMTP_URL": "smtps://mail.example.org"}, Smtp),
    ],
)
def test_mail_goes_by_smtp_or_to_the_terminal_or_nowhere(tmp_path, environ, transport):
    app = create_app(settings(INSTANCE_PATH=str(tmp_path), **environ))

    with app.app_context():
        assert mail.can_send() is (transport is not type(None))
    assert isinstance(app.extensions[TRANSPORT], transport)


def test_without_a_way_nothing_is_written_down(app, make, monkeypatch):
    monkeypatch.setitem(app.extensions, TRANSPORT, None)

    write(make)

    assert waiting(make) == []


def test_a_blog_on_this_machine_prints_its_mail(app, make, capsys):
    write(make, Message("ines@example.org", "Grüße", "Some words.\n"))

    Worker(app).work_off()

    assert "--- Mail to ines@example.org: Grüße\n\nSome words.\n---" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environ", "sender"),
    [
        ({"BASE_URL": "https://blog.example.org"}, "noreply@blog.example.org"),
        ({"BASE_URL": "https://bücher.example"}, "noreply@xn--bcher-kva.example"),
        ({}, "noreply@localhost"),
        ({"BASE_URL": "http://[::1]:8000"}, "noreply@localhost"),
        ({"BASE_URL": "https://blog.example.org", "MAIL_FROM": "ines@example.org"}, "ines@example.org"),
    ],
)
def test_mail_comes_from_the_site_unless_the_setting_says_otherwise(environ, sender):
    assert config.load(environ)["MAIL_FROM"] == sender


@pytest.mark.parametrize(
    "environ",
    [
        {"SMTP_URL": "mail.example.org"},
        {"SMTP_URL": "http://mail.example.org"},
        {"SMTP_URL": "smtp://"},
        {"SMTP_URL": "smtp://user:hunter2@mail.example.org:99999"},
        {"SMTP_URL": "smtp://user:hunter2@mail.example.org/path"},
        {"SMTP_URL": "smtp://user:hunter2@mail.example.org?starttls=no"},
        {"SMTP_URL": "smtp://user:hunter2@mail.example.org?tls=no"},
        {"MAIL_FROM": "Ines <ines@example.org>"},
        {"MAIL_FROM": "a@b.example\r\nBcc: c@d.example"},
        {"MAIL_FROM": "nobody"},
    ],
)
def test_a_wrong_setting_is_named_without_its_password(environ):
    with pytest.raises(config.SettingError, match=next(iter(environ))) as refusal:
        config.load(environ)

    assert "hunter2" not in str(refusal.value)


# Workers that die, workers side by side


class RunningWorker:
    """`flask worker` as a process of its own, beside the app of the test."""

    def __init__(self, app, port):
        url = app.config["SQLALCHEMY_DATABASE_URI"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "DATABASE_URL": url.replace("mysql+pymysql", "mysql"),
                "INSTANCE_PATH": app.config["INSTANCE_PATH"],
                "SECRET_KEY": app.config["SECRET_KEY"],
                "SMTP_URL": f"smtp://127.0.0.1:{port}",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self, number=signal.SIGTERM):
        """Tell it to stop; what it printed."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=30)[0]


def mail_jobs(make):
    return [job for job in waiting(make) if job.kind == "mail"]


@pytest.mark.slow
def test_a_message_whose_worker_was_killed_in_the_middle_is_sent_by_the_next(app, make, mail_server, silent_server):
    write(make)
    worker = RunningWorker(app, silent_server)
    wait_until(lambda: mail_jobs(make)[0].tries == 1)
    worker.end(signal.SIGKILL)

    second = RunningWorker(app, mail_server.port)
    time.sleep(2)  # it is not due yet
    early = len(mail_server.received)
    let_time_pass(make)
    wait_until(lambda: not mail_jobs(make))
    output = second.end()

    assert early == 0
    assert len(mail_server.received) == 1
    assert second.process.returncode == 0
    assert "Traceback" not in output


@pytest.mark.slow
def test_two_workers_at_once_send_each_message_once(app, make, mail_server):
    workers = [RunningWorker(app, mail_server.port) for _ in range(2)]
    try:
        for number in range(30):
            write(make, Message(f"person{number}@example.org", "Hello", "Words."))
        wait_until(lambda: not mail_jobs(make), seconds=40)
    finally:
        outputs = [worker.end() for worker in workers]

    assert sorted(mail_server.recipients) == sorted([f"person{number}@example.org"] for number in range(30))
    assert not any("Traceback" in output for output in outputs)
