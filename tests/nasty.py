"""Text that some medium would obey, lose or choke on; each label is one that a user may write."""

LABELS = {
    "brackets": "SCORAD [25,50] [abc] [/] [bold]mix[/bold]",
    "emoji code": "a :smile: b",
    "dollars": "cream $5 or $6 a tube",
    "mathematics": r"cost $\frac$ mix",
    "tags": "<script>alert(1)</script> & <b>",
    "quotes": "\"double\" 'single' `back`",
    "end of svg": '</text></svg> id="x" url(#a) xmlns="u" href="#b"',
    "entity": "&lt;not a tag&gt; &#0;",
    "braces": "{{ 7 * 7 }} {% if %} {0} %s %(x)d 100%",
    "backslashes": r"C:\new\table \x1b[31m \N{DASH}",
    "formula": "=cmd|' /C calc'!A0",
    "underscore": "_hidden from legends",
    "long": "a label that goes on for as long as a label may, until it has eighty characters.",
    "long word": "w" * 80,
    "right to left": "קרם לחות נגד placebo 5%",
    "emoji": "Käse 🧀 👩🏽‍🔬 mix",
    "combining": "Z\u0301\u0302\u0303\u0304 mix",
    "looks empty": "\u3164",
    "shell": "$(reboot); `reboot` && rm *",
    "tex": r"\input{x} _under ^up ~ #1 %",
    "percent": "50% w/w, 1%%",
    "comment": "--> <!-- ]]> <?xml",
}
REFUSED = {
    "control": "a\x01b",
    "escape": "a\x1b[2Jb",
    "null": "a\x00b",
    "delete": "a\x7fb",
    "next line": "a\x85b",
    "turned around": "a\u202eb",
    "isolate": "a\u2067b",
    "unseen": "a\u200bb",
    "byte order mark": "a\ufeffb",
    "no character": "a\uffffb",
}
PATHS = (
    "", " ", ".", "..", "../escaped", "a/b", "a\\b", "/root", "C:", "~root", "-rf", ".hidden", "a.",
    "con", "NUL", "com1.txt", "a?b", "a*b", 'a"b', "a|b", "=cmd", "n" * 300, "😀" * 60,
)  # fmt: skip
