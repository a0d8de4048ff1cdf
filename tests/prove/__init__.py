"""Each defence switched off in turn, in a copy of the tree: a test that stays green is no proof.

`python -m tests.prove` takes them all, `python -m tests.prove WORD...` those named with a word.
"""
