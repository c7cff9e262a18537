/*
 * ui/pcap.h - frames in a file for wireshark and its like
 */
#ifndef UI_PCAP_H
#define UI_PCAP_H

#include "base/types.h"

struct pcap;

/* NULL after a message about option. */
struct pcap *pcap_open(const char *option, const char *path);
/* At ns, in nanoseconds; p may be NULL. */
void	pcap_frame(struct pcap *p, uint64_t ns, const uint8_t *frame, size_t len);
/* False after a message: not all could be written. */
bool	pcap_close(struct pcap *p);

#endif
