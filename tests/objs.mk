# tests/objs.mk - objects of tests/run besides the runner itself

test_objs += tests/unit/runner_selftest.o
test_objs += tests/unit/f80_test.o
