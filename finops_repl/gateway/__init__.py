"""The one door to AWS: identify a call, decide, record it, hand it to the upstream.

`Gateway.handle` is the function behind three doors: the sandbox's tunnel, the in-process hook
(`inprocess.session`) and the loopback HTTP port (`loopback.LoopbackDoor`). What stands behind it
is an `Upstream`: the simulated organisation, or the user's own account.
"""
