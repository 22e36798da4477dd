"""The page as one file: the compiled model, what it shows, its words, its code, and nothing else.

The modules of JavaScript are joined in the order in which they need each other; the same text
serves the page and its workers. The file's own policy lets it load nothing and run only this.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from gutskin.model.model import Model
from gutskin.page.compiled import compile_for_web
from gutskin.page.scene import scene_of

HERE = Path(__file__).parent
FIRST = ("app/app.js", "app/work.js")  # modules that the last lines of the code call
STYLES = ("page.css", "trial.css")
LANGUAGES = ("en", "nl")
GLOSSARY = (
    "scorad",
    "stance",
    "grade",
    "band",
    "treg",
    "th2",
    "butyrate",
    "cfu",
)  # order on the page
LAST = """
if (typeof document === "undefined") listen();
else open(document.getElementById("code").textContent);
"""

_IMPORT = re.compile(r'^import \{[^}]*\} from "(?P<path>[^"]+)";\n', re.M)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.M)
_NOTE = re.compile(r"^[ \t]*/\*\*.*?\*/[ \t]*\n?|^[ \t]*//[^\n]*\n", re.M | re.S)
_INDENT = re.compile(r"^[ \t]+", re.M)
_NAME = re.compile(r"\w+")
_DECLARED = re.compile(
    r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+|[\[{][^=]*[\]}](?= =))", re.M
)


def page(
    model: Model,
    waiting: Callable[[], None] = lambda: None,
    result: Mapping[str, Any] | None = None,
) -> str:
    """The page of a model, as one HTML document.

    Parameters
    ----------
    waiting : called before the model is compiled, which takes a while the first time
    result : of a trial that was run, from `trial_result_of`; it is shown
    """
    web = compile_for_web(model, waiting)
    style = "".join((HERE / name).read_text(encoding="utf-8") for name in STYLES)
    code = joined(FIRST) + LAST
    languages = {name: words_of(name) for name in LANGUAGES}
    loader = Environment(
        loader=FileSystemLoader(HERE), autoescape=False, keep_trailing_newline=True
    )
    return loader.get_template("page.html.j2").render(
        script_hash=_hash(code),
        style_hash=_hash(style),
        style=style,
        code=code,
        glossary=GLOSSARY,
        words=_inside_script(languages),
        module=_packed(web.module),
        layout=_packed(json.dumps(web.layout).encode()),
        scene=_packed(json.dumps({**scene_of(model), "result": result}).encode()),
    )


def words_of(language: str) -> dict[str, str]:
    """Every word of the page in a language: those of its files together.

    Raises
    ------
    ValueError
        If two files have the same key.
    """
    found: dict[str, str] = {}
    for path in sorted((HERE / "text").glob(f"*{language}.json")):
        more = json.loads(path.read_text(encoding="utf-8"))
        if twice := sorted(found.keys() & more.keys()):
            raise ValueError(f"{path.name} has words that another file has: {', '.join(twice)}.")
        found |= more
    return found


def joined(paths: Iterable[str]) -> str:
    """The text of modules and of all they import, each after what it needs, as one script.

    Raises
    ------
    ValueError
        If two modules declare the same name.
    """
    order: dict[Path, str] = {}

    def add(path: Path) -> None:
        if path in order:
            return
        text = path.read_text(encoding="utf-8")
        for match in _IMPORT.finditer(text):
            add((path.parent / match["path"]).resolve())
        order[path] = text

    for one in paths:
        add((HERE / one).resolve())
    declared: dict[str, Path] = {}
    for path, text in order.items():
        for name in (name for found in _DECLARED.findall(text) for name in _NAME.findall(found)):
            if name in declared:
                raise ValueError(f"{path.name} and {declared[name].name} both declare {name}.")
            declared[name] = path
    whole = "".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in order.values())
    return _INDENT.sub("", _NOTE.sub("", whole))  # what explains the code stays in its modules


def _inside_script(value: Any) -> str:
    """JSON that no HTML parser mistakes for the end of a script."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, mtime=0)).decode()


@cache
def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
