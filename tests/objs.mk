# tests/objs.mk - objects of tests/run besides the runner itself

test_objs += tests/unit/runner_selftest.o
test_objs += tests/unit/f80_test.o
test_objs += tests/unit/x87_test.o
