"""Names, notes and annotation of the model's SBML, all of them from the tables.

A name is what a reader calls a thing. Notes say where a number comes from: its prior and the rows
of evidence behind it; of a reaction or rule, which mechanism it is. Annotation links things to
public vocabularies (`identifiers.tsv`), roles to the Systems Biology Ontology (`sbo.tsv`), and
statements to the publications behind them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import libsbml

from gutskin.media import in_sbml, in_xml
from gutskin.model.evidence import Evidence, load_evidence
from gutskin.model.fragments import SITE
from gutskin.model.model import Model
from gutskin.model.quantities import in_words, quantity
from gutskin.model.rows import Row

RESOLVER = "https://identifiers.org/"
THE_MODEL = "model"  # the row of identifiers.tsv that speaks of the whole
QUALIFIERS = {
    "is": libsbml.BQB_IS,
    "is_version_of": libsbml.BQB_IS_VERSION_OF,
    "has_part": libsbml.BQB_HAS_PART,
    "is_property_of": libsbml.BQB_IS_PROPERTY_OF,
    "has_taxon": libsbml.BQB_HAS_TAXON,
    "has_property": libsbml.BQB_HAS_PROPERTY,
}
PER_DAY = "1/day"
_DOI = re.compile(r"doi:(10\.\d{4,9}/[^\s;,]+)", re.IGNORECASE)
_PMID = re.compile(r"pmid:\s*(\d+)", re.IGNORECASE)


def describe(target: libsbml.Model, model: Model) -> None:
    """Name, explain and annotate everything in the SBML of a model; `target` is changed."""
    _Describer(target, model).everything()


def write_notes(element: libsbml.SBase, lines: Iterable[str]) -> None:
    """Paragraphs of plain text as the notes of an element."""
    text = "".join(f"<p>{in_xml(in_sbml(line))}</p>" for line in lines)
    if text:
        element.setNotes(f'<body xmlns="http://www.w3.org/1999/xhtml">{text}</body>')


class _Describer:
    def __init__(self, target: libsbml.Model, model: Model) -> None:
        self.target, self.model = target, model
        self.evidence: Mapping[str, Evidence] = load_evidence(model.biology)
        self.terms = {row.id: row.text("term") for row in model.biology.table("sbo.tsv").values()}
        self.known = model.biology.table("identifiers.tsv")
        self.mechanisms = _mechanisms_of(model)

    def everything(self) -> None:
        """All elements, those with ids by their ids."""
        target = self.target
        self._identify(target, self.known.get(THE_MODEL))
        for compartment in target.getListOfCompartments():
            compartment.setName(compartment.getId())
            self._identify(compartment, self._identifiers(compartment.getId()))
        for species in target.getListOfSpecies():
            self._state(species)
        for parameter in target.getListOfParameters():
            self._parameter(parameter)
        for reaction in target.getListOfReactions():
            self._reaction(reaction)
        for function in target.getListOfFunctionDefinitions():
            self._function(function)

    def _parameter(self, parameter: libsbml.Parameter) -> None:
        key = parameter.getId()
        row = self.model.tables.parameters.get(key)
        if key in self.model.state_ids:
            self._state(parameter)
            return
        rate = row is not None and row.text("unit") == PER_DAY and row.text("role") != "input"
        parameter.setSBOTerm(self.terms["rate" if rate else "parameter"])
        if row is None:
            if key in self.model.equations and self.model.equations[key].reaction:
                parameter.setName(self._name_of_reaction(key))
            elif not parameter.isSetName():
                parameter.setName(in_sbml(in_words(self.model, key)[0]))
            self._explain(parameter, self.mechanisms.get(key, ()))
            return
        says = quantity(self.model, key).says
        parameter.setName(in_sbml(re.split(r"[;:]", says)[0].strip() or key.replace("_", " ")))
        rows = [self.evidence[one] for one in row.items("evidence") if one in self.evidence]
        write_notes(parameter, (*_of_parameter(row, says), *map(_of_evidence, rows)))
        self._link(parameter, libsbml.BQB_IS_DESCRIBED_BY, _publications(rows))

    def _state(self, element: libsbml.SBase) -> None:
        """A state: a species, or a parameter where it is no matter."""
        element.setName(in_sbml(in_words(self.model, element.getId())[0]))
        self._identify(element, self._identifiers(element.getId()))

    def _name_of_reaction(self, key: str) -> str:
        """Its id in words, which no other has, and the titles of its mechanisms."""
        titles = "; ".join(row.text("statement") for row in self.mechanisms.get(key, ()))
        words = key.replace("_", " ")
        return in_sbml(f"{words}: {titles}" if titles else words)

    def _reaction(self, reaction: libsbml.Reaction) -> None:
        key = reaction.getId()
        reaction.setName(self._name_of_reaction(key))
        sides = reaction.getNumReactants() > 0, reaction.getNumProducts() > 0
        kind = {(False, True): "making", (True, False): "removing"}.get(sides, "turning")
        reaction.setSBOTerm(self.terms[kind])
        reaction.getKineticLaw().setSBOTerm(self.terms["kinetic_law"])
        for role, side in (
            ("reactant", reaction.getListOfReactants()),
            ("product", reaction.getListOfProducts()),
            ("modifier", reaction.getListOfModifiers()),
        ):
            for one in side:
                one.setSBOTerm(self.terms[role])
        self._explain(reaction, self.mechanisms.get(key, ()))

    def _function(self, function: libsbml.FunctionDefinition) -> None:
        """A formula as a function of what it shares (`sbml_functions`)."""
        words = function.getId().replace("_", " ")
        function.setName(in_sbml(f"{words} what its formula reads"))
        function.setSBOTerm(self.terms["function"])

    def _explain(self, element: libsbml.SBase, mechanisms: Sequence[Row]) -> None:
        """Which mechanisms an element is a part of, and what backs them."""
        ids = dict.fromkeys(one for row in mechanisms for one in row.items("evidence"))
        rows = [self.evidence[one] for one in ids if one in self.evidence]
        write_notes(element, (*map(_of_mechanism, mechanisms), *map(_of_evidence, rows)))
        self._link(element, libsbml.BQB_IS_DESCRIBED_BY, _publications(rows))

    def _identify(self, element: libsbml.SBase, row: Row | None) -> None:
        """What an element is in public vocabularies; nothing where no row is sure of it."""
        if row is None:
            return
        if row.text("sbo"):
            element.setSBOTerm(row.text("sbo"))
        for column, qualifier in QUALIFIERS.items():
            self._link(element, qualifier, row.items(column))

    def _identifiers(self, key: str) -> Row | None:
        for site in self.model.source.sites:
            if key.endswith(f"_{site}"):
                return self.known.get(key.removesuffix(site) + SITE)
        return self.known.get(key)

    def _link(self, element: libsbml.SBase, qualifier: int, names: Sequence[str]) -> None:
        """Link an element to entries of public collections, written `collection:id`."""
        if not names:
            return
        if not element.isSetMetaId():
            element.setMetaId(f"meta_{element.getId()}")
        term = libsbml.CVTerm(libsbml.BIOLOGICAL_QUALIFIER)
        term.setBiologicalQualifierType(qualifier)
        for name in names:
            term.addResource(RESOLVER + name)
        element.addCVTerm(term)


def _mechanisms_of(model: Model) -> Mapping[str, tuple[Row, ...]]:
    """Id of a reaction or rule -> the mechanisms that it is a part of."""
    found: dict[str, tuple[Row, ...]] = {}
    for row in model.tables.mechanisms.values():
        for name in row.items("rules_and_reactions"):
            sites = model.source.sites if SITE in name else ("",)
            for one in (name.replace(SITE, site) for site in sites):
                found[one] = (*found.get(one, ()), row)
    return found


def _of_parameter(row: Row, says: str) -> Iterator[str]:
    """What the tables say of a number: what it is, its prior, its role."""
    if says:
        yield f"{says}."
    unit = "" if row.text("unit") == "1" else f" {row.text('unit')}"
    value = f"Value: {row.text('value')}{unit}"
    claimed = row.text("claimed")
    yield value + (f"; as claimed (article stance): {claimed}." if claimed else ".")
    if row.text("low"):
        yield (
            f"Prior: {row.text('distribution')}, 95% between {row.text('low')} and "
            f"{row.text('high')}{unit}."
        )
    if row.text("between_patient_cv"):
        yield f"Spread between patients: coefficient of variation {row.text('between_patient_cv')}."
    grade = f"; grade of the evidence: {row.text('grade')}" if row.text("grade") else ""
    yield f"Role: {row.text('role')}{grade}."


def _of_mechanism(row: Row) -> str:
    grade = f"grade {row.text('grade')}, switch {row.text('switch')}"
    return f"{row.id}: {row.text('statement')} ({row.text('route')}; {grade})."


def _of_evidence(one: Evidence) -> str:
    return f"Evidence {one.id}: {one.source or 'source not known'} ({one.seen_in})."


def _publications(rows: Iterable[Evidence]) -> tuple[str, ...]:
    """The publications behind rows of evidence, each once, as entries of doi or pubmed."""
    found: dict[str, None] = {}
    for one in rows:
        if match := _DOI.search(one.source):
            found[f"doi:{match[1].rstrip('.')}"] = None
        elif match := _PMID.search(one.source):
            found[f"pubmed:{match[1]}"] = None
    return tuple(found)
