/*
 * hw/pci_testdev.h - pci-testdev, for programs that test or time accesses
 */
#ifndef HW_PCI_TESTDEV_H
#define HW_PCI_TESTDEV_H

#include "base/device.h"
#include "hw/pci.h"

struct pci_testdev;

struct pci_testdev *pci_testdev_new(void);
struct pci_dev *pci_testdev_pci(struct pci_testdev *t);

extern const struct device_class pci_testdev_class;

#endif
