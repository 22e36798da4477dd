"""Words that people write for what a file calls otherwise; a message suggests the file's word."""

from __future__ import annotations

SYNONYMS: dict[str, tuple[str, ...]] = {
    "probiotic": ("bacteria", "lactobacillus", "microbes", "strain", "strains", "supplement",
                  "synbiotic"),
    "maternal_probiotic": ("maternal", "mother", "mothers", "pregnancy"),
    "emollient": ("balm", "cream", "lotion", "moisturiser", "moisturizer", "ointment", "skin_care"),
    "topical_steroid": ("corticosteroid", "cortisone", "cream", "hydrocortisone", "steroid",
                        "steroids", "tcs"),
    "topical": ("calcineurin", "cream", "ointment", "pimecrolimus", "tacrolimus"),
    "antibiotic": ("amoxicillin", "antibacterial", "antibiotics", "penicillin"),
    "fibre": ("diet", "fiber", "food", "prebiotic"),
    "inulin": ("fos", "gos", "prebiotic"),
    "lactulose": ("prebiotic",),
    "washing": ("bath", "bathing", "shower", "soap"),
    "wash": ("bath", "bathing", "shower", "soap"),
    "bleach_bath": ("bath", "bleach"),
    "drug": ("antibody", "biologic", "biological", "biologics", "drugs", "injection", "jak",
             "medication", "medicine", "tablet"),
    "dupilumab": ("dupixent",),
    "food_early": ("allergen_food", "egg", "food", "peanut", "weaning"),
    "food_on_skin": ("food", "peanut"),
    "elimination_diet": ("avoidance", "diet", "egg_free", "food", "milk_free"),
    "allergen": ("avoidance", "dander", "dust", "mattress_covers", "mite", "mites"),
    "pollen": ("grass", "hay_fever"),
    "primary": ("primary_endpoint", "primary_outcome"),
    "endpoints": ("outcomes", "secondary", "secondary_endpoints"),
    "eligibility": ("criteria", "exclusion", "inclusion"),
    "randomisation": ("allocation", "randomization"),
    "crossover": ("cross_over",),
    "responders": ("randomised_withdrawal", "withdrawal"),
    "population": ("populations",),
    "cons_transplant": ("bacteria", "cons", "staphylococci", "transplant"),
}  # fmt: skip
"""A word of our files -> what others call it."""


def also_called(name: str) -> list[str]:
    """The words of our files that somebody may have meant by another, in the order of the table.

    >>> also_called("Drugs"), also_called("cream"), also_called("washing")
    (['drug'], ['emollient', 'topical_steroid', 'topical'], [])
    """
    asked = name.strip().casefold().replace(" ", "_").replace("-", "_")
    return [ours for ours, others in SYNONYMS.items() if asked in others]
