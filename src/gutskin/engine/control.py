"""How the size of a step is chosen, and when a patient has failed: what all engines share."""

STAGES = 4  # accuracy, not stability, bounds the step of the gut-skin model
FLOOR = 0.1  # share of a state's typical size below which its error counts as absolute
FIRST_STEP = 0.01  # days; the control finds the right one from there
SMALLEST_STEP = 1e-9  # days; a patient that needs a smaller one has failed
MOST_STEPS = 20_000  # between two jumps or requested times
SAFETY, LEAST_FACTOR, MOST_FACTOR = 0.9, 0.1, 5.0
NO_NUMBER = 1e9  # size of an error that is no number
END = 1.0 - 1e-9  # a step that reaches this share of what is left goes to the end
LEAST_RTOL = {"double": 1e-10, "single": 1e-4}  # below it rounding drives the step size
