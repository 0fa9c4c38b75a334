"""`python -m spectrum_orders.cli` is the `spectrum` command."""

from __future__ import annotations

from spectrum_orders.cli import main

if __name__ == "__main__":
    main()
