"""One question for every operation that the simulated account offers."""
