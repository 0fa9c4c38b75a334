"""Promise: a destination is read strictly, never holds a secret, and reads back as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.domain.destinations import Destination, parse
from spectrum_orders.errors import Invalid


@pytest.mark.parametrize(
    ("url", "destination"),
    [
        ("folder:///var/factory", Destination("folder", path="/var/factory")),
        ("folder:///var//factory/", Destination("folder", path="/var/factory")),
        ("folder:///two%20words%3F", Destination("folder", path="/two words?")),
        ("FOLDER:///Var", Destination("folder", path="/Var")),
        ("sftp://press@factory.example/in", Destination("sftp", "factory.example", 22, "press", "/in")),
        ("sftp://press@factory.example:2222", Destination("sftp", "factory.example", 2222, "press", "/")),
        ("sftp://press@factory.example/~/in/", Destination("sftp", "factory.example", 22, "press", "in")),
        ("sftp://press@factory.example/~", Destination("sftp", "factory.example", 22, "press", "")),
        ("sftp://press@[2001:db8::1]:22/in", Destination("sftp", "2001:db8::1", 22, "press", "/in")),
        ("sftp://a%40b@factory.example/in", Destination("sftp", "factory.example", 22, "a@b", "/in")),
        ("s3://press", Destination("s3", "press", options={"region": "us-east-1"})),
        ("s3://press/a/b/", Destination("s3", "press", path="a/b", options={"region": "us-east-1"})),
        (
            "s3://press/a?region=eu-central-1&endpoint=https://store.example:9000/",
            Destination(
                "s3",
                "press",
                path="a",
                options={"region": "eu-central-1", "endpoint": "https://store.example:9000"},
            ),
        ),
        ("https://Factory.Example/hook", Destination("https", "factory.example", 443, path="/hook")),
        ("https://factory.example", Destination("https", "factory.example", 443, path="/")),
        (
            "https://factory.example:8443/h%20k?line=7",
            Destination("https", "factory.example", 8443, path="/h%20k", query="line=7"),
        ),
        ("http://127.0.0.1:8080/hook", Destination("http", "127.0.0.1", 8080, path="/hook")),
    ],
)
def test_a_url_says_where_packages_go(url: str, destination: Destination) -> None:
    assert parse(url) == destination
    assert parse(str(destination)) == destination


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("", "begins with none"),
        ("factory.example", "begins with none"),
        ("ftp://factory.example/in", "begins with none"),
        ("file:///etc/passwd", "begins with none"),
        ("javascript:alert(1)", "begins with none"),
        ("folder://", "missing"),
        ("folder:///", "missing"),
        ("folder://host/var", "no host"),
        ("folder://me@/var", "no host"),
        ("folder:///var/../etc", ".."),
        ("folder:///var/%2e%2e/etc", ".."),
        ("folder:///var/./x", ".."),
        ("folder:///var?x=1", "no options"),
        ("folder:///var%", "percent"),
        ("folder:///var%zz", "percent"),
        ("folder:///var%00", "control"),
        ("folder:///var%ff", "UTF-8"),
        ("folder:///two words", "space"),
        ("folder:///größe", "ASCII"),
        ("folder:///var#x", "fragment"),
        ("folder:///var\\x", "backslash"),
        ("sftp://factory.example/in", "user"),
        ("sftp://press@/in", "host"),
        ("sftp://press@factory.example:0/in", "port"),
        ("sftp://press@factory.example:x/in", "port"),
        ("sftp://press@127.1/in", "number"),
        ("sftp://press@factory.example/in?x=1", "no options"),
        ("sftp://a%0ab@factory.example/in", "user"),
        ("s3://Press", "bucket"),
        ("s3://pr", "bucket"),
        ("s3://press..x", "bucket"),
        ("s3://key@press", "no user"),
        ("s3://press?region=EU", "region"),
        ("s3://press?region=", "no value"),
        ("s3://press?acl=public", "nothing else"),
        ("s3://press?region=a&region=b", "twice"),
        ("s3://press?endpoint=ftp://x", "endpoint"),
        ("s3://press?endpoint=https://user@x", "endpoint"),
        ("s3://press?endpoint=https://x/path", "endpoint"),
        ("s3://press?endpoint=https://0x7f.1", "number"),
        ("https://user@factory.example/", "user"),
        ("https://127.0.0.1.@factory.example/", "user"),
        ("https://factory.example:/", "port"),
        ("https://x" + "x" * 3000, "longer"),
    ],
)
def test_what_is_wrong_is_said(url: str, word: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(url)
    assert word in caught.value.message
    assert [one.pointer for one in caught.value.problems] == ["/url"] * len(caught.value.problems)


def test_every_problem_is_said_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        parse("sftp://press:word@0x7f.1:99999/a/../b?x=1")
    assert len(caught.value.problems) == 5


@pytest.mark.parametrize(
    "url",
    [
        "sftp://press:tr0ub4dor@factory.example/in",
        "sftp://press%3Atr0ub4dor@factory.example/in",
        "sftp://:tr0ub4dor@factory.example/in",
        "https://user:tr0ub4dor@factory.example/hook",
        "https://factory.example/hook?token=tr0ub4dor",
        "https://factory.example/hook?a=1&API_KEY=tr0ub4dor",
        "https://factory.example/hook?%74oken=tr0ub4dor",
        "https://factory.example/hook?X-Amz-Signature=tr0ub4dor",
        "s3://AKIA:tr0ub4dor@press/in",
        "s3://press/in?secret=tr0ub4dor",
        "s3://press?endpoint=https://me:tr0ub4dor@store.example",
    ],
)
def test_a_secret_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(url)
    assert "tr0ub4dor" not in f"{caught.value!r} {caught.value.message} {caught.value.problems}"


path_parts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=12
).filter(lambda part: part not in (".", "..", "~"))
paths = st.lists(path_parts, min_size=1, max_size=4).map("/".join)
hosts = st.sampled_from(["factory.example", "127.0.0.1", "2001:db8::1", "a"])
ports = st.integers(min_value=1, max_value=65535)
users = st.from_regex(r"[A-Za-z0-9_.@+-]{1,20}", fullmatch=True)


@given(
    st.one_of(
        paths.map(lambda path: Destination("folder", path=f"/{path}")),
        st.builds(lambda *args: Destination("sftp", *args), hosts, ports, users, paths.map("/{}".format)),
        st.builds(lambda *args: Destination("sftp", *args), hosts, ports, users, paths),
        st.builds(
            lambda path, region: Destination("s3", "press", path=path, options={"region": region}),
            paths,
            st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True),
        ),
    )
)
def test_what_is_shown_reads_back_the_same(destination: Destination) -> None:
    text = str(destination)
    assert text.isascii()
    assert parse(text) == destination


@given(st.text(max_size=60) | st.sampled_from(["folder", "sftp", "s3", "https", "http"]).flatmap(
    lambda scheme: st.text(st.sampled_from("ab.:/@?=&%~[]0-1\\ #"), max_size=30).map(lambda rest: f"{scheme}://{rest}")
))  # fmt: skip
def test_whatever_is_typed_is_read_or_explained_and_reading_is_stable(url: str) -> None:
    try:
        destination = parse(url)
    except Invalid as error:
        assert error.problems
        return
    assert parse(str(destination)) == destination
    assert ".." not in destination.path.split("/") or destination.scheme in ("https", "http")
