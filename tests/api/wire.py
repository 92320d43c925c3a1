# SPDX-License-Identifier: Apache-2.0
"""Bytes as they are, to a server of tests/lib/hygie_server.py. Start at raw."""
import re
import socket
import ssl


def raw(server, data, wait=3):
    """Send bytes on a plain connection; everything that comes until the server closes or `wait` seconds pass without a byte: (bytes, closed)."""
    with socket.create_connection(("127.0.0.1", server.http_port), 5) as s:
        s.settimeout(wait)
        got = b""
        try:
            s.sendall(data)
            while piece := s.recv(65536):
                got += piece
            return got, True
        except (ConnectionResetError, BrokenPipeError):
            return got, True
        except socket.timeout:
            return got, False


def tls(server, minimum=None, maximum=None):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if minimum:
        context.minimum_version = minimum
    if maximum:
        context.maximum_version = maximum
    return context.wrap_socket(socket.create_connection(("127.0.0.1", server.port), 5), server_hostname="localhost")


def statuses(answer):
    return [int(s) for s in re.findall(rb"^HTTP/1\.1 (\d{3})", answer, re.M)]
