"""The exported SBML for libRoadRunner, which writes assigned quantities out wherever they are read.

Acidity is read by all that grows in the colon, so that its written-out formulas would need minutes
and gigabytes to compile. Here what follows from it runs after its formula at once (`RATE`) instead
of being it: late by 1e-6 days, and everything else is the document as it is exported. None of it
hangs on a dose, so that nothing jumps in the examples; where a drawn hold makes it jump, the
moment after is compared.
"""

import libsbml

RUNNING = (
    "widening", "acid_profile", "proton_proximal", "proton_distal",
    "niche_bifidobacteria", "niche_bacteroides", "niche_butyrate_producers", "niche_lactate_users",
    "strain_induction",
)  # fmt: skip
RATE = 1e6  # per day


def relaxed(text, start):
    """The document with the quantities of `RUNNING` as parameters that follow their formulas.

    Parameters
    ----------
    start : id -> its value on day 0
    """
    document = libsbml.readSBMLFromString(text)
    model = document.getModel()
    for name in RUNNING:
        formula = model.getAssignmentRuleByVariable(name).getMath().deepCopy()
        model.removeRuleByVariable(name)
        model.getParameter(name).setValue(float(start[name]))
        follows = model.createRateRule()
        follows.setVariable(name)
        shown = libsbml.formulaToL3String(formula)
        follows.setMath(libsbml.parseL3Formula(f"{RATE:g} * ({shown} - {name})"))
    return libsbml.writeSBMLToString(document)
