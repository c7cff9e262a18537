/*
 * ui/net_options.c - what -nic says
 */
#include <stdlib.h>
#include <string.h>

#include "hw/machine_state.h"
#include "ui/net.h"
#include "ui/options.h"

static const char *const kinds[] = { "none", "user", "stream", "replay", NULL };

#define KINDS	"there are none, user, stream and replay"

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

/* As qemu, whole seconds have a name of their own. */
static bool
stream_reconnect(struct net_options *o, const char *key, const char *value, uint32_t unit)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (end == value || *end || *value == '-' || n > UINT32_MAX / unit)
		return option_bad(key, value, "is no time");
	o->reconnect_ms = (uint32_t)n * unit;
	return true;
}

static bool
stream_property(struct net_options *o, const char *key, const char *value, bool *known)
{
	if (!strcmp(key, "server"))
		return nic_flag("-nic server", value, &o->server);
	if (!strcmp(key, "reconnect-ms"))
		return stream_reconnect(o, "-nic reconnect-ms", value, 1);
	if (!strcmp(key, "reconnect"))
		return stream_reconnect(o, "-nic reconnect", value, 1000);
	if (!strcmp(key, "addr.type"))
		o->address = value;
	else if (!strcmp(key, "addr.path"))
		o->at.path = value;
	else if (!strcmp(key, "addr.host"))
		o->at.host = value;
	else if (!strcmp(key, "addr.port"))
		o->at.port = value;
	else
		*known = false;
	return true;
}

/* Whether the address is one, and nothing of the other kind was said. */
static bool
stream_complete(const struct net_options *o)
{
	const char *type = o->address;

	if (!type)
		return option_bad("-nic", "stream", "needs addr.type=unix or addr.type=inet");
	if (strcmp(type, "unix") && strcmp(type, "inet"))
		return option_bad("-nic addr.type", type, "there are unix and inet");
	if (!strcmp(type, "unix")) {
		if (!o->at.path || o->at.host || o->at.port)
			return option_bad("-nic addr.type", type, "needs addr.path, and no more");
	} else if (!o->at.port || o->at.path) {
		return option_bad("-nic addr.type", type, "needs addr.port, may have addr.host");
	}
	if (o->server && o->reconnect_ms)
		return option_bad("-nic", "reconnect", "is for server=off");
	return true;
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
	} else if (!strcmp(key, "tftp")) {
		o->tftp = value;
	} else if (!strcmp(key, "bootfile")) {
		o->bootfile = value;
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
	if (!strcmp(key, "pcap")) {
		o->pcap = value;
		return true;
	}
	if (o->kind == NET_REPLAY)
		return option_bad("-nic replay", key, "only pcap= can be said: the rest is in the "
		    "journal");
	if (!strcmp(key, "model"))
		return nic_model(nic, value);
	if (!strcmp(key, "mac"))
		return nic_mac(nic, value);
	if (!strcmp(key, "id")) {
		o->id = value;
		return true;
	}
	if (o->kind == NET_USER)
		ok = user_property(o, key, value, &known);
	else
		ok = stream_property(o, key, value, &known);
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
	return kinds[i] || option_bad("-nic", name, KINDS);
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
		return option_bad("-nic", "", KINDS);
	if (!nic_kind(o, key))
		return false;
	while (option_next(&arg, &key, &value))
		if (o->kind == NET_NONE)
			return option_bad("-nic none", key, "nothing can be said about it");
		else if (!nic_property(o, nic, key, value))
			return false;
	nic->present = o->kind == NET_USER || o->kind == NET_STREAM;
	return o->kind != NET_STREAM || stream_complete(o);
}
