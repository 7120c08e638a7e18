"""Patterns of English and Chinese wording around a link, for lane ``type``: text between cue and target, negation, limits."""

from __future__ import annotations

import re
from typing import Final

HAN: Final = re.compile(r"[\u3400-\u9fff]")
DETERMINERS: Final = frozenset(
    "a an the its their this these each every any some all one two several many other another".split()
)
BETWEEN_EN: Final = re.compile(
    r"[.,;:!?()—]|\b(?:to|by|of|for|with|in|on|from|as|is|are|was|be|been|that|which|and|or|than|at|not|become|becomes|lets?|"
    r"has|have|into|only|it|they|when|where|if|how|what|whether|there|here|\w+ly)\b",
    re.IGNORECASE,
)
"""Words at which the range of an English cue ends."""
BETWEEN_ZH: Final = re.compile(
    r"(?:了|着|一[个种次份]|多个|若干|这[些个种]|那[些个]|该|其|各|每个|所有|任何|另一[个种]|同一[个份]?|某[个种]"
    r"|[^，。；：、]{1,6}的)+"
)
"""Text that can separate a Chinese cue from its target without being part of another word."""
NOUN_ZH: Final = re.compile(r"[^，。；：、的了着和与及或在是为由被把将对从到不]{1,5}")
LIST_ZH: Final = re.compile(r"(?:[^，。；：、的了是在]{2,8}、)*[^，。；：、的了是在]{2,8}(?:、|和|与|以及|及|或)")
LIST_EN: Final = re.compile(
    r"(?:(?:an? |the )?[\w-]+(?: [\w-]+){0,2}, )*(?:an? |the )?[\w-]+(?: [\w-]+){0,2},? (?:and|or)(?: an?| the)?", re.IGNORECASE
)
LISTED_EN: Final = re.compile(r",|\b(?:and|or)\b", re.IGNORECASE)
"""Separators of a list."""
BASE_FORM: Final = re.compile(r"(?!unlike$|using$|rather$|calls$)(?:[a-z]*[^s]|outputs|reads|uses(?= of)|provides?d?)(?<!ing)")
"""Cues that can also be nouns."""
BEFORE_BASE: Final = re.compile(
    r"\b(?:can|could|may|might|must|will|would|should|to|they|we|which|that|and|cannot|also|always|often)\s+$", re.IGNORECASE
)
"""Words before such a cue that make it a verb."""
MODIFIES_EN: Final = re.compile(
    r"^(?:['\u2019]s\b|[- ](?!(?:that|which|who|whose|for|of|in|to|with|and|or|where|when|while|by|on|as|is|are|was|has|have|"
    r"can|may|must|at|"
    r"from|into|if|so|but|than|through|over|under|between|before|after|because|since|until|without|within|per|via|not|only|"
    r"using|run|runs|does|do|will|should|whenever)\b)[a-z])",
    re.IGNORECASE,
)
"""Nouns after the target that the target modifies."""
MODIFIES_ZH: Final = re.compile(
    r"^(?:的|[\u3400-\u9fff](?<![，。与和或及等来以时则就并且在为是将把被对而也后前中上下内使可能不让从由，]))"
)
NEGATION: Final = re.compile(
    r"(?:\b(?:not|never|no|cannot|without|neither|nor|don't|doesn't|isn't|aren't)\b|n't\b"
    r"|\bwhether\b|[是能可]否"
    r"|不(?!同|等|仅|只|变|可)|没有|无需|无须|未|并非|勿|绝不|毋须)[^，,。；;]{0,12}$",
    re.IGNORECASE,
)
PRONOUN: Final = re.compile(r"^\W*(?:it|this|they|these|its|them|such)\b|^\W*(?:它们?|其|该|这|此|本)", re.IGNORECASE)
DEFINES: Final = re.compile(r"^\s*[a-z]{2}(?:-[A-Za-z]+)?:\s")
"""A definition in the front matter, whose subject is the concept."""
SUBJECTLESS: Final = re.compile(
    r"[\s\W]*(?:(?:\w+ly|also|then|thus|often|only|even|both|can|may|must|will|should|that|which|to|and|or|is|are|but|so)\s+)*"
    r"|[\s\W]*(?:并且?|也|还|再|先|可以?|能够?|会|来|以|都|只|又|则|就|即|从而|用来|用以|必须|通常|往往|一般|主要|直接|由此|因而|进而|同时|不断)*\s*",
    re.IGNORECASE,
)
"""Words between the start of a clause and its verb if the subject is that of the previous clause."""
CLAUSE: Final = re.compile(
    r"[,;:，；：、—]|\b(?:which|that|while|whereas|but|and|so|because|since|if|when|where)\b"
    r"|而|但|因此|所以|因为|如果|当|并且?"
)
BORDER: Final = re.compile(
    r"(?<=[.!?])[\"')\]]*\s+(?=[^a-z])|[。！？]|\n\s*\n|\n\s*(?:[-*+]|\d+[.)]|#{1,6}|\||>)\s*|\n---\s*\n|[：:]\s*\n"
)
"""Sentence boundaries in a file."""
SHOWN: Final = re.compile(r"!?\[\[([^\]|]*?)(?:\|([^\]]*))?\]\]|!?\[([^\]]*)\]\([^)]*\)|[*_`]{1,3}")
