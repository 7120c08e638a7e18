"""Small files of every kind that notes show, made here: pictures of one colour, and what only has the name of a picture."""

from __future__ import annotations

import struct
import zlib


def png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes(colour) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PAGE = b"<!doctype html><script>document.title = 'run'</script>"
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="20" onload="run()">'
    b"<script>run()</script><style>rect { fill: rgb(0, 160, 0) } @import url(https://example.com/a.css);</style>"
    b'<style>text { font-size: 8px }</style><rect width="40" height="20" fill="rgb(0,160,0)" onclick="run()"/>'
    b'<a xlink:href="javascript:run()"><text y="10">svg</text></a><image href="https://example.com/track.png"/>'
    b'<use href="#own"/><foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://example.com/"/></foreignObject>'
    b'<animate attributeName="href" to="javascript:run()"/><rect style="background: url(https://example.com/b.png)"/></svg>'
)
