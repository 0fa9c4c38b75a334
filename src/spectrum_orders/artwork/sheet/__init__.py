"""The specification sheet: one PDF that tells a person at a press what goes where.

``base.make_sheet`` makes it once for each version of a recipe set; ``stamp.stamp`` puts one order's facts
on it, without loading what the first needs.
"""
