"""Compile the shipped model, for Python and for browsers, and put both where the wheel takes them.

    .venv/bin/python scripts/ship_page.py     or `make page`

Writes src/gutskin/model/shipped/ and src/gutskin/page/shipped/.

Ten seconds; nothing is written where the module is of this model already.
"""

from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model, make_equations
from gutskin.model.fragments import read_source
from gutskin.model.shipped_equations import origin_of, ship_equations, shipped_equations
from gutskin.model.tables import read_tables
from gutskin.page.compiled import compiled_here
from gutskin.page.shipped import SHIPPED, ship, wrong_with


def main():
    """Look, compile, write."""
    tables, source = read_tables(shipped_biology()), read_source(shipped_biology())
    origin = origin_of(source, tables)
    equations = make_equations(source, tables)
    if shipped_equations(origin) != equations:
        ship_equations(origin, equations)
        print("equations: model/shipped/ is now of these fragments")
    model = load_model()
    if not wrong_with(model):
        print(f"page: {SHIPPED.name}/ is of this model ({model.content_hash})")
        return
    ship(model, compiled_here(model))
    print(f"page: {SHIPPED.name}/ is now of model {model.content_hash}")


if __name__ == "__main__":
    main()
