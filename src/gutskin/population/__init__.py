"""Virtual patients: who they are, and the random streams they are drawn from."""
