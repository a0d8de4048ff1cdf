"""`make bench`: what starting, asking and running cost here; medians and ratios of one run.

Every comparison is interleaved and nothing is asserted: figures of speed belong to a machine.
"""
