# tests/objs.mk - objects of tests/run besides the runner itself

test_objs += tests/unit/runner_selftest.o
