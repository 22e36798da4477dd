"""Compile the shipped model for browsers and put the module where it travels in the wheel.

    .venv/bin/python scripts/ship_page.py     or `make page`; writes src/gutskin/page/shipped/

Ten seconds; nothing is written where the module is of this model already.
"""

from gutskin.model.compiled import load_model
from gutskin.page.compiled import compiled_here
from gutskin.page.shipped import SHIPPED, ship, wrong_with


def main():
    """Look, compile, write."""
    model = load_model()
    if not wrong_with(model):
        print(f"page: {SHIPPED.name}/ is of this model ({model.content_hash})")
        return
    ship(model, compiled_here(model))
    print(f"page: {SHIPPED.name}/ is now of model {model.content_hash}")


if __name__ == "__main__":
    main()
