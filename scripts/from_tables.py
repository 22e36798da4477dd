"""Numbers of the pages that are read or counted from the tables of the biology."""

from gutskin.model.compiled import load_model
from gutskin.trials import routes

# place: (parameters whose turnover is told together, in words)
TIMES = {
    "gut-wall": [
        (("k_gut_inflammation",), "inflammation"),
        (("k_mucus", "k_dendritic"), "mucus, dendritic tone"),
        (("k_tight_junction", "k_gut_treg", "k_iga"), "junctions, Treg, IgA"),
        (("k_gut_effector",), "effector cells"),
    ],
    "blood": [
        (("k_products",), "bacterial products"),
        (("k_blood_inflammation",), "inflammation"),
        (("k_blood_treg",), "Treg"),
        (("k_blood_t_cell",), "T cells"),
        (("k_plasma_cell",), "plasma cells"),
        (("k_tolerance",), "tolerance"),
        (("k_memory",), "memory"),
    ],
    "skin-immunity": [
        (("k_tslp",), "TSLP"),
        (("k_skin_mast",), "mast cells"),
        (("k_ox40l",), "OX40L"),
        (("k_skin_treg",), "Treg"),
        (("k_skin_t_cell",), "T cells"),
    ],
    "epidermis": [
        (("k_ph",), "pH"),
        (("k_lamellae",), "lipid sheets of the barrier"),
        (("k_buffer",), "buffer"),
        (("k_skin_junction",), "junctions"),
        (("k_lipid",), "lipids"),
        (("k_barrier", "k_filaggrin"), "barrier, filaggrin"),
    ],
    "surface": [
        (("k_peptides",), "peptides"),
        (("k_resident", "k_crowd_s_aureus"), "residents, *S. aureus*"),
    ],
    "itch": [
        (("k_itch",), "itch"),
        (("k_lesion_fast", "k_lesion_slow"), "lesion, fast and slow"),
        (("k_phage", "k_malassezia"), "phages, Malassezia"),
    ],
}
APART = ("k_lesion_fast", "k_phage")  # two of a kind that are told apart


def duration(rate):
    """A time constant in hours below a day, else in days, and its unit."""
    return (24.0 / rate, "h") if rate > 1.0 else (1.0 / rate, "d")


def times(place):
    """How fast the states of a place turn over."""
    values = load_model().values()
    told = []
    for names, what in TIMES[place]:
        found = sorted(duration(values[name]) for name in names)
        numbers = list(dict.fromkeys(f"{number:.0f}" for number, _ in found))
        joint = " and " if names[0] in APART else "-"
        told.append(f"{joint.join(numbers)} {found[0][1]} ({what})")
    return ", ".join(told)


def grades():
    """How many mechanisms have which evidence."""
    rows = load_model().tables.mechanisms.values()
    weak = [row for row in rows if row.text("grade") == "C"]
    across = [row for row in rows if row.text("route") in routes.ROUTES]
    both = [row for row in across if row in weak]
    return (
        f"{len(weak)} of the {len(rows)} mechanisms rest on animals, the laboratory, or human data "
        f"that disagree; of the {len(across)} between gut and skin {len(both)} do"
    )


def conduct(name):
    """A number of conduct.tsv."""
    return f"{load_model().tables.conduct[name].number('value'):g}"


def error(name):
    """The error of one record of an endpoint."""
    return f"{load_model().tables.endpoints[name].number('noise'):g}"


def route_replicates():
    """Of how many replicates the routes are closed."""
    return f"{routes.REPLICATES}"


def stances():
    """The parameters that the stances set apart, as a table."""
    lines = ["| parameter | evidence | article | what it is |", "| --- | --- | --- | --- |"]
    for row in load_model().tables.parameters.values():
        if row.text("claimed"):
            cells = (f"`{row.id}`", row.text("value"), row.text("claimed"), row.text("note"))
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
