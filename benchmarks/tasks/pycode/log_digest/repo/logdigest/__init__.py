"""Digests the access log of a web server."""

from logdigest.digest import Digest, digest, render
from logdigest.reader import chunk_size, read_lines
from logdigest.routes import RouteTable

__all__ = ["Digest", "RouteTable", "chunk_size", "digest", "read_lines", "render"]
