"""The step-size controller: its constants, and when a patient has failed; shared by all engines."""

STAGES = 4  # accuracy, not stability, bounds the step of the gut-skin model
MOST_STAGES = 8  # in a chain of more the rounding of the first ones grows
FLOOR = 0.1  # share of a state's typical size below which its error counts as absolute
INITIAL_STEP = 0.01  # days; the control finds the right one from there
MIN_STEP = 1e-9  # days; a patient that needs a smaller one has failed
MAX_STEPS = 20_000  # between two jumps or requested times
SAFETY, MIN_FACTOR, MAX_FACTOR = 0.9, 0.1, 5.0
NAN_ERROR = 1e9  # error norm that stands for NaN or infinity
END = 1.0 - 1e-9  # a step that reaches this share of what is left goes to the end
MIN_RTOL = {"double": 1e-10, "single": 1e-4}  # below it rounding drives the step size
