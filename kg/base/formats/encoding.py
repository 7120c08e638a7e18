"""Conversion to UTF-8 by byte order mark or XML declaration."""

from __future__ import annotations

import codecs
import re
from typing import Final

from kg.base.formats import FormatError

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_XML_ENCODING: Final = re.compile(rb"\A<\?xml[^>]*?\bencoding\s*=\s*[\"']([A-Za-z][\w.\-]*)[\"']")
_XML_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")


def convert_to_utf8(data: bytes, *, xml: bool = False) -> bytes:
    r"""Return the bytes in UTF-8 without a byte order mark; a mark gives UTF-16 and UTF-32, in XML also the declaration.

    Raises FormatError if the bytes aren't valid in that encoding.

    >>> convert_to_utf8("\ufeffab".encode("utf-16-le")), convert_to_utf8(b"\xef\xbb\xbfab")
    (b'ab', b'ab')
    >>> convert_to_utf8("\ufeff<?xml version='1.0' encoding='UTF-16'?><r/>".encode("utf-16-le"))
    b'<?xml version="1.0"?><r/>'
    """
    encoding = next((encoding for mark, encoding in _BOMS if data.startswith(mark)), "")
    if not encoding and xml and (m := _XML_ENCODING.match(data)):
        encoding = m[1].decode()
    if not encoding or encoding.lower().replace("_", "-") in ("utf-8", "utf8", "us-ascii", "ascii"):
        return data
    try:
        text = data.decode(encoding)
    except (LookupError, UnicodeDecodeError) as error:
        raise FormatError(str(error)) from None
    # Only XML begins like this, and its declaration names an encoding that the text no longer has.
    return _XML_DECLARATION.sub('<?xml version="1.0"?>', text).encode("utf-8", "replace")
