"""A TLS connection that one thread reads while another writes."""

from __future__ import annotations

import select
import socket
import ssl
import threading

__all__ = ["TlsWire"]

PATIENCE_MS = 1000
READABLE, WRITABLE = select.POLLIN, select.POLLOUT


class TlsWire:
    """The part of a socket that a box needs, over a connection that is shared by two threads.

    OpenSSL takes one call at a time on a connection, so each is made under a lock and none of
    them waits: waiting is for the socket below, where both threads may do it.
    """

    def __init__(self, connection: ssl.SSLSocket) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._one_call = threading.Lock()
        self._shut = False

    def sendall(self, data: bytes | memoryview) -> None:
        """Write all of it; raises `OSError` once the connection has ended."""
        left = memoryview(data)
        while left:
            try:
                with self._one_call:
                    sent = self._connection.send(left)
            except ssl.SSLWantWriteError:
                self._wait(WRITABLE)
            except ssl.SSLWantReadError:
                self._wait(READABLE)
            else:
                left = left[sent:]

    def recv(self, most: int) -> bytes:
        """The next bytes, empty at the end."""
        while not self._shut:
            try:
                with self._one_call:
                    return self._connection.recv(most)
            except ssl.SSLWantReadError:
                self._wait(READABLE)
            except ssl.SSLWantWriteError:
                self._wait(WRITABLE)
        return b""

    def shutdown(self, how: int) -> None:
        """End it both ways at once: whoever waits is woken."""
        self._shut = True
        # The method of SSLSocket would let a reader see what comes as if it were plain.
        socket.socket.shutdown(self._connection, how)

    def close(self) -> None:
        """Let go of the connection."""
        self._shut = True
        with self._one_call:  # a call under way would go on with a descriptor of somebody else's
            self._connection.close()

    def _wait(self, event: int) -> None:
        poll = select.poll()
        with self._one_call:
            if self._shut:
                raise OSError("the connection was closed")
            poll.register(self._connection, event)
        poll.poll(PATIENCE_MS)
