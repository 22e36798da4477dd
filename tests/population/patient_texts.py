"""Pieces of patient files, with places for numbers."""

DOSE = """
[[doses]]
kind = "{}"
"""
HOLD = """
[[holds]]
parameter = "{}"
start_day = {}
end_day = {}
value = {}
"""
COURSE = """
[[courses]]
parameter = "{}"
days = {}
values = {}
"""
PULSE = """
[[pulses]]
state = "{}"
day = {}
add = {}
"""
INJECTED = (
    DOSE.format("dupilumab") + "loading_mg = {}\ndose_mg = {}\nevery_days = {}\nstart_day = {}\n"
)
