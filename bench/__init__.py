"""Speed and memory, measured beside their yardsticks in the same run: `make bench`.

Not shipped. docs/benchmarks.md says what is measured, how, and how to read it.
"""
