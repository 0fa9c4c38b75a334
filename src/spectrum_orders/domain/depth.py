"""How deep JSON nests, found out without decoding it."""

from __future__ import annotations

import re

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
# Possessive, and a text without its end is a token too: see the same in ``envelope``.


def deeper_than(body: bytes, most: int) -> bool:
    """Whether arrays and objects of ``body`` stand in each other more than ``most`` deep."""
    if body.count(b"[") + body.count(b"{") <= most:
        return False
    depth = 0
    for found in _TOKEN.finditer(body):
        mark = found.group()
        if mark in (b"[", b"{"):
            depth += 1
            if depth > most:
                return True
        elif mark in (b"]", b"}"):
            depth -= 1
    return False
