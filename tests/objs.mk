# tests/objs.mk - objects of tests/run besides the runner itself

test_objs += tests/unit/runner_selftest.o
test_objs += tests/unit/decode_test.o
test_objs += tests/unit/ssei_test.o
test_objs += tests/unit/evheap_test.o
test_objs += tests/unit/mmu_access_test.o
test_objs += tests/unit/mmu_fast_test.o
test_objs += tests/unit/mmu_stale_test.o
test_objs += tests/unit/mmu_tlb_test.o
test_objs += tests/unit/mmu_walk_test.o
test_objs += tests/unit/paging_model.o
test_objs += tests/unit/physmem_test.o
test_objs += tests/unit/snap_test.o
test_objs += tests/unit/f80_test.o
test_objs += tests/unit/x87_test.o
test_objs += tests/unit/engine_test.o
test_objs += tests/unit/chip_rig.o
test_objs += tests/unit/devices_test.o
test_objs += tests/unit/pio_test.o
test_objs += tests/unit/pci_test.o
test_objs += tests/unit/i440fx_test.o
test_objs += tests/unit/piix4_pm_test.o
test_objs += tests/unit/lapic_test.o
test_objs += tests/unit/ioapic_test.o
test_objs += tests/unit/fw_cfg_test.o
test_objs += tests/unit/acpi_test.o
test_objs += tests/unit/loader_test.o
