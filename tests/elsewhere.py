"""The exported SBML in libRoadRunner, an independent simulator, at tight tolerances."""

import roadrunner


def in_libroadrunner(sbml, ids):
    """A simulator that has read a document and reports time and these ids."""
    roadrunner.Config.setValue(roadrunner.Config.LLVM_BACKEND, roadrunner.Config.LLJIT)
    roadrunner.Config.setValue(roadrunner.Config.LLJIT_OPTIMIZATION_LEVEL, 0)  # compiles sooner
    # nobody asks it for other start values than those of the document: a third is not compiled
    roadrunner.Config.setValue(roadrunner.Config.LOADSBMLOPTIONS_MUTABLE_INITIAL_CONDITIONS, False)
    simulator = roadrunner.RoadRunner(sbml)
    simulator.integrator.relative_tolerance = 1e-9
    simulator.integrator.absolute_tolerance = 1e-12
    simulator.integrator.maximum_num_steps = 100_000
    simulator.selections = ["time", *ids]
    return simulator
