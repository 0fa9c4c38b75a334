"""Logs: one line for each event, and neither a person nor a secret on any of them."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders import ids, log
from spectrum_orders.domain import personal

PERSONAL = (*personal.ORDER_FIELDS, *personal.LINE_FIELDS, *personal.ADDRESS_FIELDS)


@pytest.fixture(scope="module", autouse=True)
def _logging_is_afterwards_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, raises = root.handlers[:], root.level, logging.raiseExceptions
    yield
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:], logging.raiseExceptions = handlers, raises
    root.setLevel(level)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What this process logs from here on, as JSON."""
    written = io.StringIO()
    log.configure(level="info", format="json", environment="staging", stream=written)
    yield written
    log.clear()


def snake(name: str) -> str:
    """`emailAddress` as `email_address`."""
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_when_how_serious_what_where_and_who(stream: io.StringIO) -> None:
    log.get().info("the disk is full", path="/srv")
    (line,) = lines(stream)
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert line["timestamp"].endswith("Z")
    assert line["level"] == "info"
    assert line["event"] == "the disk is full"
    assert line["environment"] == "staging"
    assert line["pid"] == os.getpid()
    assert line["path"] == "/srv"


def test_what_is_bound_at_the_edge_is_on_every_line_until_it_is_cleared(stream: io.StringIO) -> None:
    log.bind(request_id="req_1", client="shop")
    log.get().info("one")
    logging.getLogger("uvicorn.error").warning("two")
    log.clear()
    log.get().info("three")
    one, two, three = lines(stream)
    assert one["request_id"] == two["request_id"] == "req_1"
    assert one["client"] == two["client"] == "shop"
    assert "request_id" not in three


def test_what_is_less_serious_than_the_level_is_not_written(stream: io.StringIO) -> None:
    log.get().debug("small")
    logging.getLogger("sqlalchemy.engine").info("SELECT 1")
    logging.getLogger("alembic").warning("large")
    assert [line["event"] for line in lines(stream)] == ["large"]


@pytest.mark.parametrize("name", PERSONAL)
@pytest.mark.parametrize("spell", [str, str.upper, snake])
def test_a_member_that_holds_a_person_is_hidden_however_it_is_spelled_and_however_deep(
    stream: io.StringIO, name: str, spell: Any
) -> None:
    log.get().warning("refused", **{spell(name): "Canary"}, order={"lines": [{spell(name): {"x": "Canary"}}]})
    assert "Canary" not in stream.getvalue()
    assert lines(stream)[0][spell(name)] == log.HIDDEN


def test_a_token_is_hidden_wherever_it_stands(stream: io.StringIO) -> None:
    token = ids.new_token("my-env")
    log.get().warning(
        f"unknown token {token}", header=f"Bearer {token}", also=[token], error=ValueError(token)
    )
    logging.getLogger("uvicorn.error").error("bad header %s", token)
    assert token[12:] not in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "connecting to postgresql://shop:canary@db.example:5432/orders",
        "connecting to postgresql://shop:can@canary@db.example:5432/orders",
        "connecting to postgresql://:canary@db.example/orders",
        "Authorization: Bearer canary",
        "mail to canary@shop.example bounced",
        "mail to first.canary+tag@shop.example bounced",
        "IntegrityError [SQL: INSERT INTO t] [parameters: ('canary', 1)]",
        "duplicate key\nDETAIL:  Key (name)=(canary) already exists.",
    ],
)
def test_what_hides_in_a_text_is_found(stream: io.StringIO, text: str) -> None:
    log.get().warning(text)
    logging.getLogger("sqlalchemy").warning(text)
    assert len(lines(stream)) == 2
    assert "canary" not in stream.getvalue()


def test_a_traceback_shows_where_but_no_local_variable(stream: io.StringIO) -> None:
    def failing() -> None:
        secret = "canary"
        raise RuntimeError(f"{len(secret)} is not enough for anna@shop.example")

    for logger in (log.get(), logging.getLogger("anything")):
        try:
            failing()
        except RuntimeError:
            logger.exception("it failed")
    for line in lines(stream):
        assert "in failing" in line["exception"]
        assert "RuntimeError: 6 is not enough for [hidden]" in line["exception"]
        assert "'canary'" not in line["exception"]


def test_bytes_are_only_counted(stream: io.StringIO) -> None:
    log.get().warning("refused", body=b"canary", members=[memoryview(b"canary")])
    assert "canary" not in stream.getvalue()
    assert lines(stream)[0]["body"] == "[6 bytes]"


def test_a_line_break_in_a_value_does_not_make_a_second_line(stream: io.StringIO) -> None:
    log.get().warning("one\ntwo", value='{"level": "error"}\n{"level": "error"}')
    assert len(stream.getvalue().splitlines()) == 1


def test_the_console_format_hides_the_same_things(stream: io.StringIO) -> None:
    written = io.StringIO()
    log.configure(level="info", format="console", environment="staging", stream=written)
    log.get().warning("refused", email_address="canary@shop.example")
    logging.getLogger("alembic").warning("to canary@shop.example")
    assert "refused" in written.getvalue()
    assert "canary" not in written.getvalue()


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.text(max_size=3).map(ValueError),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES)
def test_whatever_is_logged_becomes_one_line(value: Any) -> None:
    written = io.StringIO()
    log.configure(level="info", format="json", environment="staging", stream=written)
    log.get().warning("anything", value=value)
    (line,) = written.getvalue().splitlines()
    assert json.loads(line)["event"] == "anything"


@given(st.text(), st.sampled_from(PERSONAL))
def test_masking_twice_is_masking_once(text: str, name: str) -> None:
    once = log.mask({"message": f"{text} a@b.example", name: text, "deep": [text]})
    assert log.mask(once) == once
    assert once[name] == log.HIDDEN


def test_a_very_long_text_keeps_its_beginning_and_its_end() -> None:
    masked = log.mask_text("a" * 1_000_000 + "end")
    assert len(masked) < 30_000
    assert masked.startswith("aaa")
    assert masked.endswith("end")
