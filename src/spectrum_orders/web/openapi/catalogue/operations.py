"""The description of every route about products, recipe sets, assets and print files."""

from __future__ import annotations

from spectrum_orders.errors import (
    Ambiguous,
    BadRequest,
    Conflict,
    Internal,
    Invalid,
    NotFound,
    NotJson,
    RequestTimeout,
    SealBroken,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from spectrum_orders.web.openapi.catalogue import examples
from spectrum_orders.web.openapi.operation import (
    JSON,
    JSON_SCHEMA,
    OCTETS,
    PDF,
    PROBLEM,
    ZIP,
    Answer,
    Body,
    Example,
    Operation,
)

CATALOGUE, ARTWORK = "Products and recipe sets", "Print files"

_PUTTING = (NotJson, BadRequest, RequestTimeout, TooLarge, UnsupportedMediaType, Invalid, Unavailable)
_UPLOADING = (BadRequest, RequestTimeout, TooLarge, UnsupportedMediaType, Invalid, Unavailable)
_MAKING = (BadRequest, NotFound, Ambiguous, Invalid, SealBroken, Internal, Unavailable)

_BYTES = Body(OCTETS, {"type": "string", "description": "The file's bytes, whatever it is."})
_KNOWN = Answer(304, "Nothing has changed since the answer with that `ETag`.", headers=("ETag",))


def _put(example: Example, first: str, *, dry_run: bool = True, made: bool = True) -> tuple[Answer, ...]:
    """The answers to a document that was put."""
    same = (Example("same", "The same as before", examples.SAME),)
    foreseen = (Example("dryRun", "Of a dry run", examples.FORESEEN),) if dry_run else ()
    stored = Answer(
        200,
        "It is stored, or was already (`changed: false`)."
        + (" Of a dry run: what would happen." if dry_run else ""),
        (Body(JSON, "Put", (*(() if made else (example,)), *same, *foreseen)),),
        headers=("ETag",),
    )
    new = Answer(201, first, (Body(JSON, "Put", (example,)),), headers=("ETag",))
    return (stored, new) if made else (stored,)


def _finished_or_not(path: str) -> dict[int, Body]:
    """The errors of a route whose files have to be made first."""
    return {
        422: Body(
            PROBLEM,
            "Unprintable",
            (Example("unprintable", "Preflight refuses a file", examples.unprintable(path)),),
        ),
        503: Body(PROBLEM, "Pending", (Example("pending", "Still being made", examples.pending(path)),)),
    }


_FILE = "/api/recipesets/{readableId}/files/{area}"
_ZIP = "/api/webtoprint/{recipeSetReadableId}"
_SHEET = "/{clientHandle}/specification/{recipeSetReadableId}/pdf"

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/api/products"): Operation(
        id="listProducts",
        tag=CATALOGUE,
        summary="List the products",
        description="Every product of this client, by handle.",
        parameters=("ifNoneMatch",),
        answers=(
            Answer(
                200,
                "The list.",
                (Body(JSON, "ProductList", (Example("list", "One product", examples.LISTED),)),),
                headers=("ETag",),
            ),
            _KNOWN,
        ),
        errors=(Unavailable,),
    ),
    ("PUT", "/api/products/{handle}"): Operation(
        id="putProduct",
        tag=CATALOGUE,
        summary="Put a product",
        description="A product is what can be printed on: its print areas with their sizes, inks and file "
        "formats. Put again with other words it becomes a new version; recipe sets keep the version that "
        "they were put with, so put those again that are to follow.\n\n"
        "The schema alone is at `/schemas/product.json`.",
        parameters=("handle", "dryRun"),
        request=(
            Body(
                JSON,
                "Product",
                (
                    Example("mug", "A mug with a white plate", examples.PRODUCT),
                    Example("poster", "A poster as TIFF", examples.PLAIN_PRODUCT),
                ),
            ),
        ),
        answers=_put(Example("new", "A new product", examples.PUT_PRODUCT), "The product is new and stored."),
        errors=_PUTTING,
        replies={
            422: Body(
                PROBLEM,
                "Error",
                (Example("invalid", "Two problems at once", examples.invalid("/api/products/{handle}")),),
            )
        },
    ),
    ("GET", "/api/products/{handle}"): Operation(
        id="readProduct",
        tag=CATALOGUE,
        summary="Read a product",
        description="The document with every default written out; it can be put again as it is.",
        parameters=("handle", "ifNoneMatch"),
        answers=(
            Answer(200, "The product.", (Body(JSON, "Product"),), headers=("ETag", "Spectrum-Version")),
            _KNOWN,
        ),
        errors=(NotFound, Unavailable),
    ),
    ("PUT", "/api/recipesets/{readableId}"): Operation(
        id="putRecipeSet",
        tag=CATALOGUE,
        summary="Put a recipe set",
        description="A recipe set is what one customer designed: recipes that fill the print areas of "
        "products with layers, or with finished print files. Products and assets that it names have to be "
        "there. It is bound to the products as they stand now.\n\n"
        "An order's line is bound to the version that stands when the order is acknowledged. Lines that "
        "wait for this recipe set are made as soon as it comes; `frozen` names open ones that stay on an "
        "earlier version, and how they take this one.\n\n"
        "Texts and pictures are personal: they are sealed before they are stored. The schema alone is at "
        "`/schemas/recipe-set.json`.",
        parameters=("readableId", "dryRun"),
        request=(
            Body(
                JSON,
                "RecipeSet",
                (
                    Example("text", "A name on a colour", examples.TEXTS),
                    Example("picture", "An uploaded picture", examples.PICTURES),
                    Example("finished", "A finished print file", examples.FINISHED),
                ),
            ),
        ),
        answers=_put(
            Example("new", "A line had waited for it", examples.PUT_RECIPE_SET),
            "The recipe set is new and stored.",
        ),
        errors=(*_PUTTING, SealBroken),
        replies={
            422: Body(
                PROBLEM,
                "Error",
                (
                    Example(
                        "unknown",
                        "It names what is not there",
                        examples.unknown_parts("/api/recipesets/{readableId}"),
                    ),
                ),
            )
        },
    ),
    ("GET", "/api/recipesets/{readableId}"): Operation(
        id="readRecipeSet",
        tag=CATALOGUE,
        summary="Read a recipe set",
        description="The document as it was put last, with every default written out. It holds a person's "
        "texts: each reading is recorded in the journal before it is answered.",
        parameters=("readableId", "ifNoneMatch"),
        answers=(
            Answer(200, "The recipe set.", (Body(JSON, "RecipeSet"),), headers=("ETag", "Spectrum-Version")),
            _KNOWN,
        ),
        errors=(NotFound, SealBroken, Unavailable),
    ),
    ("PUT", _FILE): Operation(
        id="putPrintFile",
        tag=CATALOGUE,
        summary="Put a finished print file",
        description="The body is the file, not a form. It takes the place of what fills the area now; the "
        "recipe set then has a new version. The file has to be of the area's format, and preflight judges "
        "it like every other.",
        parameters=("readableId", "area", "product"),
        request=(_BYTES,),
        answers=_put(
            Example("stored", "The area has a file now", {**examples.PUT_RECIPE_SET, "woken": 2}),
            "",
            dry_run=False,
            made=False,
        ),
        errors=(*_UPLOADING, NotFound, Conflict, SealBroken),
        replies={
            409: Body(
                PROBLEM,
                "Error",
                (Example("ambiguous", "Two products have this area", examples.ambiguous(_FILE)),),
            )
        },
    ),
    ("POST", "/api/assets"): Operation(
        id="addAsset",
        tag=CATALOGUE,
        summary="Upload an asset",
        description="A picture, font, colour profile or finished print file. The body is the file, not a "
        "form; it is read as a stream and stored sealed, under the SHA-256 of its bytes. What it is is "
        "found out from the bytes, whatever `Content-Type` says: PNG, JPEG, TIFF, WebP, SVG, PDF, DXF, DST, "
        "TrueType or OpenType, ICC. What is of no known kind, damaged, or grows beyond measure when it is "
        "opened is refused.",
        request=(_BYTES,),
        answers=(
            Answer(
                200,
                "The same bytes were there already.",
                (Body(JSON, "Asset", (Example("there", "A picture", examples.ASSET),)),),
                headers=("Location",),
            ),
            Answer(
                201,
                "They are stored.",
                (Body(JSON, "Asset", (Example("new", "A picture", examples.ASSET),)),),
                headers=("Location",),
            ),
        ),
        errors=_UPLOADING,
    ),
    ("GET", "/api/assets/{sha256}"): Operation(
        id="readAsset",
        tag=CATALOGUE,
        summary="Ask what is known about an asset",
        description="Whether these bytes were uploaded, and what was found out about them. The bytes are "
        "not given out again.",
        parameters=("sha256", "ifNoneMatch"),
        answers=(
            Answer(
                200,
                "It is there.",
                (Body(JSON, "Asset", (Example("asset", "A picture", examples.ASSET),)),),
                headers=("ETag",),
            ),
            _KNOWN,
        ),
        errors=(NotFound, Unavailable),
    ),
    ("GET", "/schemas/product.json"): Operation(
        id="readProductSchema",
        tag=CATALOGUE,
        summary="Read the schema of products",
        description="JSON Schema 2020-12 of the body of `PUT /api/products/{handle}`, complete in itself.",
        answers=(Answer(200, "The schema.", (Body(JSON_SCHEMA, {"type": "object"}),)),),
    ),
    ("GET", "/schemas/recipe-set.json"): Operation(
        id="readRecipeSetSchema",
        tag=CATALOGUE,
        summary="Read the schema of recipe sets",
        description="JSON Schema 2020-12 of the body of `PUT /api/recipesets/{readableId}`, complete in "
        "itself.",
        answers=(Answer(200, "The schema.", (Body(JSON_SCHEMA, {"type": "object"}),)),),
    ),
    ("GET", _ZIP): Operation(
        id="readPrintFiles",
        tag=ARTWORK,
        summary="Fetch the print files of a recipe set",
        description="A 200 is always a ZIP with at least one file. It is flat and holds print files only; "
        "their names end in the print area (`ABCD1234_front.pdf`). The first request for them starts their "
        "making and waits for it, up to `wait` seconds; files that are not there by then are a 503 with "
        "`state: pending`.\n\n"
        "The version is that of the newest order with this recipe set; without an order, the one that was "
        "put last. A factory gets those of lines that are routed to it, unless they are cancelled or on "
        "hold. Each "
        "fetching is recorded in the journal.\n\n"
        "How things stand is told without the bytes to `HEAD`, and to an `Accept` that names "
        "`application/json` and neither `*/*` nor a ZIP type; neither waits unless `wait` says so.",
        parameters=("recipeSetReadableId", "client", "wait"),
        answers=(
            Answer(
                200,
                "The files.",
                (
                    Body(ZIP, {"type": "string", "format": "binary"}),
                    Body(JSON, "PrintStatus", (Example("ready", "Asked for in JSON", examples.STATUS),)),
                ),
                headers=("Content-Disposition",),
            ),
        ),
        errors=_MAKING,
        replies=_finished_or_not(_ZIP),
    ),
    ("GET", _SHEET): Operation(
        id="readSpecification",
        tag=ARTWORK,
        summary="Fetch the specification sheet",
        description="One PDF that shows a person at the press what goes where: a picture of every print "
        "area with its size, inks and texts spelled out, and SKU, quantity and order of the newest order "
        "with this recipe set. Waits like the print files. Each fetching is recorded in the journal.",
        parameters=("clientHandle", "recipeSetReadableId", "wait"),
        answers=(
            Answer(
                200,
                "The sheet.",
                (Body(PDF, {"type": "string", "format": "binary"}),),
                headers=("Content-Disposition",),
            ),
        ),
        errors=_MAKING,
        replies=_finished_or_not(_SHEET),
    ),
}
"""(method, path) -> what is said about it."""
