"""What to know before the first request, in the order in which it is needed."""

from __future__ import annotations

from spectrum_orders.domain.envelope import MOST_ORDERS
from spectrum_orders.domain.fields import MOST_LINES, MOST_PAIRS

TAGS = {
    "Sending orders": "Three routes take orders. They answer alike; they differ in what one order must hold.",
    "Reading back": "What was acknowledged, and the proof of it. A client sees its own orders and nobody "
    "else's.",
    "Exceptions": "What does not move, and what to do about it.",
    "Finding orders": "What factories poll, and what people look for.",
    "Moving orders": "What happens to an order after it was acknowledged.",
    "Packages": "For factories: what they were sent, and what they say of it.",
    "Products and recipe sets": "What can be made, and what a customer designed for it.",
    "Print files": "What goes to the press, made on demand and kept for reprints.",
    "Privacy": "What a person may ask for: everything that is held, and to be forgotten.",
    "Events and webhooks": "To be told instead of asking: a feed that can be read from any place, and signed "
    "messages to your own address.",
    "Running": "For those who operate the server, and for the machines that watch it. No token is needed.",
    "Reference": "This description, for programs and for people.",
}

SECTIONS: dict[str, str] = {
    "First request": """
An order goes in, and a receipt comes out. A **200 is sent only when the order is on disk**:
written, synced, and safe from a crash of the server a moment later.

The base URL is that of the deployment. One deployment is one environment (`production`, `staging`,
`test`), named in every answer by the header `Spectrum-Environment`. Every path is served with and
without a trailing slash, without a redirect.
""",
    "Tokens": """
Every route under `/api` needs a token, and so does the specification sheet, in one of three headers:

- `SPECTRUM_API_TOKEN: spk_…`, the documented one
- `Spectrum-Api-Token: spk_…`, because common reverse proxies drop header names with underscores
- `Authorization: Bearer spk_…`, for clients that know only this

If several are sent, the first of this list counts. A token belongs to one client and one
environment and has scopes: `acknowledge` sends orders, products, recipe sets and files, `read` reads
them back. A revoked token is refused within a second.
""",
    "Values": f"""
- **Dates** are ISO 8601 with 0 to 9 fraction digits, with `Z`, an offset, or a date alone. Without
  an offset they are read in the client's time zone, with a warning. The text is kept as it was
  sent.
- **Quantities** are whole numbers from 1 to 1 000 000, as a number or as a text of digits. They are
  answered as numbers.
- **Words** such as `priority` come in any case, or as their number.
- **Null and empty text** count as not sent, and so does `"skuQuantities": []`.
- **White space** around a recipe set id or a `sku` is taken away, with a warning.
- **Two members with one name** in one object: the last counts; of an order
  that is a warning, `repeated-member`.
- **Unknown members** of an order, a product or a factory's word are never an error. They are named in
  `warnings` and not stored. Where an order is moved otherwise or a person is meant, one is a 422 with
  `unknown-member`, because without it more would be done than was wanted; in an entry of `lineItems`
  that names its line it is a warning.
- One order holds up to {MOST_LINES} lines, one line up to {MOST_PAIRS} SKUs.
- Bodies are JSON in UTF-8. A byte order mark and a charset parameter are accepted.
""",
    "Idempotency": """
Sending the same order twice never makes two: a purchase order number is acknowledged once per
client, and the second time is a 409 that says whether the two are `identical`.

With the header `Idempotency-Key` a repeat of the same request is answered **byte for byte** as the
first time, with `Idempotency-Replayed: true`. Successes and duplicates are remembered, for at least
30 days; failures are not, so that an honest retry is never blocked. A key belongs to path, query and
body together: with any of them changed it is a 422. A 207 is kept like a 200 and replayed with its
refusals; what was refused needs a new key once it is mended. A repeat that arrives while the first
is still running waits for it, up to 5 seconds by default, and is then told to come back (503).
""",
    "Dry run": """
With `?dryRun=true` the writing routes answer exactly what would happen, warnings and conflicts
included, and store nothing. The answer has `dryRun: true` and no receipt. An
`Idempotency-Key` is ignored. Of an order, `foreseen` says for each line which partner would make it
and by which rule, what artwork there is, and which files would be made. Uploads have no dry run.
""",
    "Many orders": f"""
Send an array, or an object with `orders`. Each order stands alone: a bad one never blocks a good
one. The answer is 200 when all were taken, otherwise **207**, and has one result for each order, in
the request's order, with the `httpStatus` that it would have had alone. A purchase order number
twice in one request: the first is taken, the second is a 409 result. Pointers in a result point into
that single order: `/orderDate`, not `/orders/3/orderDate`. An empty list is a 200 with nothing in it.

One JSON request holds up to {MOST_ORDERS} orders and 16 MiB, both by default.

For more, stream: `Content-Type: application/x-ndjson`, one order a line. Results come back as they
are committed, one a line, under status 200; the last line has the counts and says whether the
stream was read to its end. **Check that last line**: a stream without it was cut off, and may
simply be sent again. Streams take no `Idempotency-Key`.
""",
    "Errors": """
Every error is `application/problem+json` (RFC 9457). `code` says what kind it is, `retryable`
whether the same request may succeed later, and `detail` what happened this time. An order, product
or recipe set that cannot be taken lists **every** problem at once in `errors`, each with a JSON
Pointer into the request. Older clients find the sentence in `error` as well.

No error holds a personal value, and none a stack trace. The request's id is in `instance` and in
the header `X-Request-Id`; the operator finds it in the log.
""",
    "Limits": """
The operator may limit requests for each token and route. Then every answer of a token's route
carries `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds), and beyond the
limit the answer is 429 with `Retry-After` (403 where the operator chose so for older clients). A
request with many orders counts once.

When more waits for the disk than is healthy, the answer is 503 with `Retry-After`. Send the same
again: nothing doubles.
""",
}
"""Title -> text, in the little of Markdown that ``web.reference`` renders."""


def text() -> str:
    """The guide as one text with a heading for each section."""
    return "\n\n".join(f"## {title}\n\n{section.strip()}" for title, section in SECTIONS.items())
