"""Draw the gut-skin axis of the README from mechanisms.tsv: places, arrows, evidence grades.

    .venv/bin/python scripts/draw_axis.py            write docs/images/axis.svg
    .venv/bin/python scripts/draw_axis.py --check    fail if the picture differs from the table
    .venv/bin/python scripts/draw_axis.py --demo out/six-strain-children/report.html

The last one takes the first figure of a trial's report into docs/images/demo.svg.
A mechanism is a dot; its colour is its grade. Where it begins and ends follows from the fragment
that holds the two quantities. Only the standard library is used.
"""

import csv
import re
import sys
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIOLOGY = ROOT / "src" / "gutskin" / "biology"
IMAGES = ROOT / "docs" / "images"

# fragment -> place in the picture
FRAGMENTS = {
    "gut_lumen": "lumen",
    "gut_strains": "lumen",
    "gut_mucosa": "wall",
    "circulation": "blood",
    "treatments": "outside",
    "skin_immune": "immune",
    "skin_site_immune": "immune",
    "epidermis": "epidermis",
    "skin_surface": "surface",
    "itch": "itch",
    "scores": "itch",
    "airway": "airway",
}
# what stands in another fragment than the place where it lives, or in none
ELSEWHERE = {
    "age": "outside",
    "allergen": "outside",
    "environment": "outside",
    "skin_malassezia": "surface",
    "skin_phage": "surface",
}
# place -> title, what it holds, left, top, width, height
BOXES = {
    "outside": (
        "Outside",
        "food, doses, drugs, care, allergen, age",
        (30, 20, 1180, 54),
    ),
    "lumen": ("Gut lumen", "flora, dosed strains, acids", (60, 150, 210, 104)),
    "wall": ("Gut wall", "mucus, tight junctions, Treg", (60, 376, 210, 104)),
    "airway": ("Airway", "nasal inflammation", (420, 150, 190, 84)),
    "blood": ("Blood", "Treg, Th2 memory, IgE, tone", (420, 376, 190, 104)),
    "surface": ("Skin surface", "S. aureus, CoNS, Malassezia", (760, 150, 210, 86)),
    "epidermis": ("Epidermis", "barrier, filaggrin, lipids, pH", (760, 298, 210, 86)),
    "immune": ("Skin immunity", "T cells, cytokines, mast cells", (760, 446, 210, 104)),
    "itch": ("Itch and score", "itch, lesion, SCORAD", (1050, 298, 160, 86)),
}
# (from, to) -> the line, where its dots begin, and how many stand in a row
ROUTES = {
    ("outside", "lumen"): ("M150,74 V146", (176, 112), 5),
    ("outside", "wall"): ("M42,74 V428 H56", (66, 112), 1),
    ("outside", "airway"): ("M515,74 V146", (540, 112), 5),
    ("outside", "immune"): ("M668,74 V490 H756", (618, 112), 4),
    ("outside", "epidermis"): ("M728,74 V326 H756", (752, 112), 4),
    ("outside", "itch"): ("M1150,74 V294", (1176, 112), 4),
    ("lumen", "wall"): ("M130,254 V372", (156, 306), 4),
    ("wall", "lumen"): ("M106,376 V258", (94, 312), 1),
    ("lumen", "blood"): ("M270,210 C380,210 470,270 480,372", (302, 194), 4),
    ("wall", "blood"): ("M270,410 H416", (320, 398), 6),
    ("blood", "wall"): ("M420,446 H274", (340, 462), 6),
    ("blood", "epidermis"): ("M560,376 C590,330 650,352 756,352", (620, 336), 4),
    ("blood", "immune"): ("M610,420 C650,420 660,516 756,516", (606, 500), 4),
    ("immune", "blood"): ("M760,538 H560 V484", (600, 554), 6),
    ("immune", "wall"): ("M800,550 C800,620 165,620 165,484", (500, 610), 6),
    ("immune", "epidermis"): ("M830,446 V388", (796, 408), 2),
    ("epidermis", "immune"): ("M900,384 V442", (924, 414), 4),
    ("epidermis", "surface"): ("M830,298 V240", (800, 270), 2),
    ("surface", "epidermis"): ("M900,236 V294", (924, 268), 4),
    ("surface", "immune"): ("M970,180 C1026,220 1026,450 974,480", (966, 258), 2),
    ("immune", "surface"): ("M970,500 C1060,470 1050,180 974,166", (1052, 410), 2),
    ("surface", "itch"): ("M970,160 H1110 V294", (1120, 200), 2),
    ("itch", "surface"): ("M1080,298 V150 H974", (1000, 138), 4),
    ("itch", "epidermis"): ("M1050,346 H974", (992, 362), 2),
    ("immune", "itch"): ("M970,524 H1110 V388", (1040, 511), 6),
    ("itch", "immune"): ("M1166,384 V542 H974", (1188, 470), 1),
}
GRADES = {
    "A": ("#1a7f4b", "human experiment or consistent meta-analysis with a size"),
    "B": ("#e0a100", "human observation or small trial"),
    "C": ("#c8553d", "animal, laboratory, or human data that disagree"),
}
TO_SKIN, TO_GUT, INSIDE = "#0b7285", "#8a4fbe", "#66727f"
GUT, SKIN = {"lumen", "wall"}, {"surface", "epidermis", "immune", "itch"}
RADIUS, PITCH = 4.6, 12.0


def read(table):
    """Give the rows of a tab-separated table of the biology."""
    with open(str(BIOLOGY / table), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def places():
    """Give the place of every id: states and rules by fragment, inputs and covariates outside."""
    found = {}
    for path in sorted(BIOLOGY.glob("*.ant")):
        text = re.sub(r"//.*", "", path.read_text(encoding="utf-8")).replace("_SITE", "")
        names = re.findall(r"^\s*(\w+)\s*:=", text, flags=re.M)
        names += re.findall(r"(\w+) in \w+", text)
        found.update((name, FRAGMENTS[path.stem]) for name in names)
    for row in read("parameters.tsv"):
        if row["role"] in ("input", "covariate"):
            found.setdefault(row["id"], "outside")
    found.update(ELSEWHERE)
    return found


def place_of(name, known):
    """Give the place of a name of mechanisms.tsv: an id, or the beginning of one."""
    if name in known:
        return known[name]
    for start in ("ln_" + name, name):
        begun = {place for other, place in known.items() if other.startswith(start + "_")}
        begun |= {known[start]} if start in known else set()
        if len(begun) == 1:
            return begun.pop()
    raise SystemExit(f"draw_axis: {name!r} has no place; see ELSEWHERE.")


def arrows():
    """Give (from, to) -> rows of mechanisms.tsv, and place -> rows that stay inside."""
    known, between, inside = places(), {}, {}
    for row in read("mechanisms.tsv"):
        begin, end = place_of(row["from"], known), place_of(row["to"], known)
        if begin == end:
            inside.setdefault(begin, []).append(row)
        else:
            between.setdefault((begin, end), []).append(row)
    for pair in between:
        if pair not in ROUTES:
            raise SystemExit("draw_axis: no line from {} to {}; see ROUTES.".format(*pair))
    return between, inside


def colour_of(pair):
    """Give the colour of an arrow: towards the skin, towards the gut, or within one organ."""
    begin, end = pair
    if (begin in GUT and end == "blood") or (begin == "blood" and end in SKIN):
        return TO_SKIN
    if end in GUT | {"blood"} and begin in SKIN | {"blood"}:
        return TO_GUT
    return INSIDE


def dots(rows, left, top, columns):
    """Draw the mechanisms of one arrow or box, strongest evidence first."""
    drawn = []
    for place, row in enumerate(sorted(rows, key=lambda row: (row["grade"], row["id"]))):
        x, y = left + PITCH * (place % columns), top + PITCH * (place // columns)
        words = escape("{id} {statement} (grade {grade})".format(**row))
        drawn.append(
            '<circle cx="{:g}" cy="{:g}" r="{}" fill="{}"><title>{}</title></circle>'.format(
                x, y, RADIUS, GRADES[row["grade"]][0], words
            )
        )
    return drawn


def box(place, rows):
    """Draw one place with its name, what it holds, and the mechanisms inside it."""
    title, holds, (left, top, width, height) = BOXES[place]
    organ = "gut" if place in GUT else "skin" if place in SKIN else "other"
    drawn = [
        f'<rect class="{organ}" x="{left}" y="{top}" width="{width}" height="{height}" rx="8"/>',
        f'<text class="title" x="{left + 12}" y="{top + 24}">{title}</text>',
        f'<text class="holds" x="{left + 12}" y="{top + 42}">{holds}</text>',
    ]
    return drawn + dots(rows, left + 17, top + 60, 14)


def picture():
    """Give the picture as SVG text."""
    between, inside = arrows()
    count = sum(map(len, between.values())) + sum(map(len, inside.values()))
    drawn = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1240 690" role="img" '
        'aria-labelledby="axis-title axis-desc" font-family="Helvetica, Arial, sans-serif">',
        '<title id="axis-title">The gut-skin axis of the model</title>',
        '<desc id="axis-desc">{} mechanisms between nine places. {}.</desc>'.format(
            count, "; ".join(f"{a} to {b}: {len(r)}" for (a, b), r in between.items())
        ),
        "<style>rect.gut{fill:#fdf3e7;stroke:#d9b48a} rect.skin{fill:#fceff0;stroke:#d9a3a8} "
        "rect.other{fill:#f2f5f8;stroke:#b6c2cd} .title{font-size:17px;font-weight:600;"
        "fill:#1f2933} .holds{font-size:12.5px;fill:#5b6773} .key{font-size:13px;fill:#1f2933} "
        ".count{font-size:13px;font-weight:600;fill:#1f2933;text-anchor:end} "
        ".line{fill:none;stroke-width:2}</style>",
        '<rect width="1240" height="690" fill="#ffffff"/>',
    ]
    for name, colour in (("skin", TO_SKIN), ("gut", TO_GUT), ("in", INSIDE)):
        drawn.append(
            f'<marker id="{name}" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="6" '
            f'markerHeight="6" orient="auto"><path d="M0,0 L10,5 L0,10 z" fill="{colour}"/>'
            "</marker>"
        )
    heads = {TO_SKIN: "skin", TO_GUT: "gut", INSIDE: "in"}
    for pair in sorted(between):
        line, _, _ = ROUTES[pair]
        colour = colour_of(pair)
        drawn.append(
            f'<path class="line" d="{line}" stroke="{colour}" marker-end="url(#{heads[colour]})"/>'
        )
    for place in BOXES:
        drawn += box(place, inside.get(place, []))
    for pair in sorted(between):
        _, (left, top), columns = ROUTES[pair]
        drawn.append(
            f'<text class="count" x="{left - 9}" y="{top + 4.5}">{len(between[pair])}</text>'
        )
        drawn += dots(between[pair], left, top, columns)
    drawn += key(count)
    return "\n".join([*drawn, "</svg>"]) + "\n"


def key(count):
    """Draw what dots and colours mean."""
    drawn, left = [], 44
    for grade, (colour, means) in GRADES.items():
        drawn.append(f'<circle cx="{left}" cy="646" r="{RADIUS}" fill="{colour}"/>')
        words = f"{grade}: {means}"
        drawn.append(f'<text class="key" x="{left + 10}" y="650">{words}</text>')
        left += 44 + 6.35 * len(words)
    left = 36
    for colour, words in (
        (TO_SKIN, "from gut to skin"),
        (TO_GUT, "from skin to gut"),
        (INSIDE, "within an organ, or from outside"),
    ):
        drawn.append(
            f'<path class="line" d="M{left},672 h24" stroke="{colour}"/>'
            + f'<text class="key" x="{left + 32}" y="676">{words}</text>'
        )
        left += 70 + 6.6 * len(words)
    words = f"a dot is one of {count} mechanisms"
    drawn.append(f'<text class="key" x="{left}" y="676">{words}</text>')
    return drawn


def demo(report):
    """Take the first figure out of a trial's report, as a picture that stands alone."""
    page = Path(report).read_text(encoding="utf-8")
    start = page.index("<svg", page.index("<figure>"))
    svg = page[start : page.index("</svg>", start) + len("</svg>")]
    wide, high = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups()
    svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    ground = f'<rect width="{wide}" height="{high}" fill="#ffffff"/>'
    return svg.replace("</desc>", "</desc>" + ground, 1) + "\n"


def main(words):
    """Draw, or compare what is drawn with the table."""
    target = IMAGES / "axis.svg"
    if words[:1] == ["--demo"] and len(words) == 2:
        (IMAGES / "demo.svg").write_text(demo(words[1]), encoding="utf-8")
    elif words == ["--check"]:
        if not target.exists() or target.read_text(encoding="utf-8") != picture():
            raise SystemExit("docs/images/axis.svg differs; run scripts/draw_axis.py")
    elif not words:
        IMAGES.mkdir(parents=True, exist_ok=True)
        target.write_text(picture(), encoding="utf-8")
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
