"""The names of the model, from its tables and fragments alone: known before anything is compiled.

A file of a user is checked against these names at once; the model itself takes seconds to load.
"""

from __future__ import annotations

from functools import cache

from gutskin.model.biology import Biology
from gutskin.model.names import Vocabulary, unchecked_vocabulary
from gutskin.model.overlay_check import refuse_faulty


@cache
def vocabulary(biology: Biology) -> Vocabulary:
    """The names of a biology.

    Raises
    ------
    InputError
        For tables or fragments that cannot be read.

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> names = vocabulary(shipped_biology())
    >>> "scorad" in names.assigned, "gut_treg" in names.states, "Yesilova2012" in names.references
    (True, True, True)
    """
    refuse_faulty(biology)
    return unchecked_vocabulary(biology)
