# hw/objs.mk - objects of libringlab.a, one per line:
#
#	hw_objs += hw/NAME.o
#
# and flags of single objects: hw/NAME.o: obj_cflags = ...

hw_objs += hw/bus.o
hw_objs += hw/pci.o
hw_objs += hw/i440fx.o
hw_objs += hw/piix3.o
hw_objs += hw/piix4_pm.o
hw_objs += hw/piix_ide.o
hw_objs += hw/i8259.o
hw_objs += hw/i8254.o
hw_objs += hw/mc146818.o
hw_objs += hw/uart16550.o
hw_objs += hw/lapic.o
hw_objs += hw/ioapic.o
hw_objs += hw/fw_cfg.o
hw_objs += hw/i8237.o
hw_objs += hw/port92.o
hw_objs += hw/debugcon.o
hw_objs += hw/isa_debug_exit.o
hw_objs += hw/pc_testdev.o
hw_objs += hw/labdev.o
hw_objs += hw/ps2.o
hw_objs += hw/ps2_keys.o
hw_objs += hw/i8042.o
hw_objs += hw/blob.o
hw_objs += hw/aml.o
hw_objs += hw/acpi_tables.o
hw_objs += hw/smbios.o
hw_objs += hw/loader.o
hw_objs += hw/loader_linux.o
hw_objs += hw/loader_multiboot.o
hw_objs += hw/ide.o
hw_objs += hw/ata.o
hw_objs += hw/atapi.o
hw_objs += hw/blockfile.o
hw_objs += hw/vga.o

# The board and the machine.
hw_objs += hw/machine.o
hw_objs += hw/machine_describe.o
hw_objs += hw/machine_dump.o
hw_objs += hw/machine_hash.o
hw_objs += hw/machine_info.o
hw_objs += hw/machine_pace.o
hw_objs += hw/machine_slice.o
hw_objs += hw/machine_state.o
hw_objs += hw/pc.o
hw_objs += hw/pc_disk.o
hw_objs += hw/pc_files.o
hw_objs += hw/pc_fw.o
hw_objs += hw/pc_irq.o
hw_objs += hw/pc_mem.o
hw_objs += hw/pc_serial.o
hw_objs += hw/pc_vga.o
