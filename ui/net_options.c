/*
 * ui/net_options.c - what -nic says
 */
#include <string.h>

#include "hw/machine_state.h"
#include "ui/net.h"
#include "ui/options.h"

static const char *const kinds[] = { "none", "user", NULL };

static bool
nic_model(struct machine_nic *nic, const char *value)
{
	static const char *const models[] = { "e1000", "virtio-net-pci", NULL };
	/* Also qemu's other names of the same chips. */
	static const struct {
		const char		*name;
		enum machine_nic_model	model;
	} known[] = {
		{ "e1000", NIC_E1000 }, { "e1000-82540em", NIC_E1000 },
		{ "virtio-net-pci", NIC_VIRTIO }, { "virtio", NIC_VIRTIO },
	};
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(value, known[i].name))
			continue;
		nic->model = known[i].model;
		return true;
	}
	return option_unknown("network card", value, models);
}

static bool
nic_mac(struct machine_nic *nic, const char *value)
{
	if (!machine_parse_mac(value, nic->mac))
		return option_bad("-nic mac", value, "not like 52:54:00:12:34:56");
	if (nic->mac[0] & 1)
		return option_bad("-nic mac", value, "is a group's address, not a card's");
	return true;
}

static bool
nic_flag(const char *key, const char *value, bool *v)
{
	return option_on_off(value, v) || option_bad(key, value, "is neither on nor off");
}

static bool
user_property(struct net_options *o, const char *key, const char *value, bool *known)
{
	if (!strcmp(key, "hostfwd")) {
		if (o->forwards == NET_FORWARDS)
			return option_bad("-nic hostfwd", value, "so many are enough");
		o->forward[o->forwards++] = value;
	} else if (!strcmp(key, "hostname")) {
		o->hostname = value;
	} else if (!strcmp(key, "restrict")) {
		return nic_flag("-nic restrict", value, &o->restricted);
	} else {
		*known = false;
	}
	return true;
}

static bool
nic_property(struct net_options *o, struct machine_nic *nic, const char *key,
    const char *value)
{
	bool known = true, ok;

	if (!value)
		return option_bad("-nic", key, "needs a value");
	if (!strcmp(key, "model"))
		return nic_model(nic, value);
	if (!strcmp(key, "mac"))
		return nic_mac(nic, value);
	if (!strcmp(key, "id"))
		return true;
	if (!strcmp(key, "pcap")) {
		o->pcap = value;
		return true;
	}
	ok = user_property(o, key, value, &known);
	return known ? ok : option_bad("-nic", key, "is no property of this kind of network");
}

static bool
nic_kind(struct net_options *o, const char *name)
{
	unsigned i;

	for (i = 0; kinds[i]; i++)
		if (!strcmp(name, kinds[i]))
			break;
	o->kind = (enum net_kind)i;
	return kinds[i] || option_bad("-nic", name, "there are none and user");
}

bool
net_options_parse(struct net_options *o, struct machine_nic *nic, unsigned i, char *arg)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };
	char *key, *value;

	memset(o, 0, sizeof(*o));
	memset(nic, 0, sizeof(*nic));
	memcpy(nic->mac, mac, sizeof(mac));
	nic->mac[5] = (uint8_t)(mac[5] + i);
	if (!option_next(&arg, &key, &value) || value)
		return option_bad("-nic", "", "there are none and user");
	if (!nic_kind(o, key))
		return false;
	while (option_next(&arg, &key, &value))
		if (o->kind == NET_NONE)
			return option_bad("-nic none", key, "nothing can be said about it");
		else if (!nic_property(o, nic, key, value))
			return false;
	nic->present = o->kind != NET_NONE;
	return true;
}
