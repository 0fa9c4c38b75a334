"""Recipe and product in, print-ready files out: no database, no network, no clock."""
