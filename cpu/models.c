/*
 * cpu/models.c - processor models and the -cpu argument
 *
 * All models follow AMD's rules; "pentium" and "486" are subsets to show what
 * software of their time could count on.
 */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/cpuid.h"

/* Features as of a 486, a Pentium, the default and everything. */
#define FEATS_486(X) X(FPU)

#define FEATS_PENTIUM(X) \
	FEATS_486(X) | X(VME) | X(DE) | X(PSE) | X(TSC) | X(MSR) | X(MCE) | X(CX8) | X(APIC) | \
	X(MMX)

/* Nothing is executed speculatively here, and these tell the guest so: without
 * them a kernel pays for retpolines and safe returns that protect nothing. */
#define FEATS_SPECULATION(X) \
	X(SSBNO) | X(BTCNO) | X(LFENCESER) | X(AUTOIBRS) | X(SRSONO)

#define FEATS_DEFAULT(X) \
	FEATS_PENTIUM(X) | X(PAE) | X(SEP) | X(MTRR) | X(PGE) | X(MCA) | X(CMOV) | X(PAT) | \
	X(PSE36) | X(CLFLUSH) | X(FXSR) | X(SSE) | X(SSE2) | X(SSE3) | X(PCLMULQDQ) | \
	X(SSSE3) | X(CX16) | X(PCID) | X(SSE41) | X(SSE42) | X(X2APIC) | X(POPCNT) | \
	X(TSCDEADLINE) | X(AES) | X(XSAVE) | X(RDRAND) | X(HYPERVISOR) | X(FSGSBASE) | \
	X(SMEP) | X(INVPCID) | X(RDSEED) | X(SMAP) | X(UMIP) | X(LAHF) | X(PREFETCHW) | \
	X(SYSCALL) | X(NX) | X(PDPE1GB) | X(RDTSCP) | X(LM) | X(INVTSC) | FEATS_SPECULATION(X) | \
	FEATS_SVM(X)

/* What virtualization has when +svm is given; one by one they can be left out. */
#define FEATS_SVM(X) \
	X(NPT) | X(LBRV) | X(SVMLOCK) | X(NRIPSAVE) | X(TSCSCALE) | X(VMCBCLEAN) | \
	X(FLUSHBYASID) | X(DECODEASSISTS) | X(PAUSEFILTER) | X(PFTHRESHOLD) | X(VGIF)

/* MONITOR is left to +monitor: MWAIT goes on at once, and a kernel that idles
 * with it never halts. */
#define FEATS_MAX(X) \
	FEATS_DEFAULT(X) | X(MOVBE) | X(ERMS) | X(ADX) | X(CLFLUSHOPT) | X(CLWB) | X(RDPID) | \
	X(FSRM) | X(XSAVEOPT) | X(SVM)

/* What the x87 remembers would have the CPL in its selectors (docs/pg.md). */
#define FEATS_PG(X) \
	FEATS_DEFAULT(X) | X(ZEROFCSFDS)

#define FEAT_BIT(f, word) (FEAT_##f / 64 == (word) ? BIT(FEAT_##f % 64) : 0)
#define FEAT_BIT0(f)	FEAT_BIT(f, 0)
#define FEAT_BIT1(f)	FEAT_BIT(f, 1)
#define FEAT_SET(list)	{ .w = { list(FEAT_BIT0), list(FEAT_BIT1) } }
static_assert(ARRAY_SIZE(((struct feat_set *)0)->w) == 2, "FEAT_SET has two words");

static const struct cpu_model model_ringlab64 = {
	.name = "ringlab64",
	.description = "x86-64-v2 with SMEP, SMAP, PCID, UMIP (default; also qemu64)",
	.vendor = "AuthenticAMD",
	.brand = "ringlab virtual processor",
	.family = 0x17, .model = 0x31, .stepping = 0,
	.phys_bits = 40, .virt_bits = 48,
	.max_leaf = 0xd, .max_ext_leaf = 0x80000021,
	.features = FEAT_SET(FEATS_DEFAULT)
};

static const struct cpu_model model_max = {
	.name = "max",
	.description = "everything ringlab implements",
	.vendor = "AuthenticAMD",
	.brand = "ringlab virtual processor (max)",
	.family = 0x17, .model = 0x31, .stepping = 0,
	.phys_bits = 48, .virt_bits = 48,
	.max_leaf = 0xd, .max_ext_leaf = 0x80000021,
	.features = FEAT_SET(FEATS_MAX)
};

static const struct cpu_model model_pg = {
	.name = "pg",
	.description = "ringlab64 on which every sensitive instruction traps outside ring 0",
	.vendor = "AuthenticAMD",
	.brand = "ringlab virtual processor (pg)",
	.family = 0x17, .model = 0x31, .stepping = 0,
	.phys_bits = 40, .virt_bits = 48,
	.max_leaf = 0xd, .max_ext_leaf = 0x80000021,
	.features = FEAT_SET(FEATS_PG),
	.traps_sensitive = true
};

static const struct cpu_model model_pentium = {
	.name = "pentium",
	.description = "32 bits: MMX, 4 MiB pages, time-stamp counter",
	.vendor = "GenuineIntel",
	.brand = "",
	.family = 5, .model = 4, .stepping = 3,
	.phys_bits = 32, .virt_bits = 32,
	.max_leaf = 1, .max_ext_leaf = 0,
	.features = FEAT_SET(FEATS_PENTIUM)
};

static const struct cpu_model model_486 = {
	.name = "486",
	.description = "32 bits: FPU and nothing else",
	.vendor = "AuthenticAMD",
	.brand = "",
	.family = 4, .model = 8, .stepping = 4,
	.phys_bits = 32, .virt_bits = 32,
	.max_leaf = 1, .max_ext_leaf = 0,
	.features = FEAT_SET(FEATS_486)
};

const struct cpu_model *const cpu_models[] = {
	&model_ringlab64, &model_max, &model_pg, &model_pentium, &model_486, NULL
};

static const struct {
	const char			*name;
	const struct cpu_model		*model;
} model_aliases[] = {
	{ "qemu64", &model_ringlab64 },
	{ "default", &model_ringlab64 },
	{ "kvm64", &model_ringlab64 },
	{ "Opteron_G1", &model_ringlab64 },
	{ "i486", &model_486 },
	{ "i586", &model_pentium }
};

static const char *const feature_names[FEAT_COUNT] = {
#define FEATURE(id, name, leaf, sub, reg, bit) [FEAT_##id] = name,
#include "cpu/features.def"
#undef FEATURE
};

/* A feature goes when one it builds on is missing.  In this order one pass
 * is enough. */
static const struct { uint8_t feat, needs; } dependencies[] = {
	{ FEAT_MMX, FEAT_FPU }, { FEAT_FXSR, FEAT_FPU }, { FEAT_SSE, FEAT_FXSR },
	{ FEAT_SSE2, FEAT_SSE }, { FEAT_SSE3, FEAT_SSE2 }, { FEAT_SSSE3, FEAT_SSE3 },
	{ FEAT_SSE41, FEAT_SSSE3 }, { FEAT_SSE42, FEAT_SSE41 }, { FEAT_AES, FEAT_SSE2 },
	{ FEAT_PCLMULQDQ, FEAT_SSE2 }, { FEAT_XSAVE, FEAT_FXSR }, { FEAT_XSAVEOPT, FEAT_XSAVE },
	{ FEAT_PSE36, FEAT_PSE }, { FEAT_MCA, FEAT_MCE }, { FEAT_X2APIC, FEAT_APIC },
	{ FEAT_TSCDEADLINE, FEAT_APIC }, { FEAT_TSCDEADLINE, FEAT_TSC },
	{ FEAT_RDTSCP, FEAT_TSC }, { FEAT_INVTSC, FEAT_TSC }, { FEAT_NX, FEAT_PAE },
	{ FEAT_LM, FEAT_PAE }, { FEAT_LM, FEAT_MSR }, { FEAT_LM, FEAT_SYSCALL },
	{ FEAT_LM, FEAT_SSE2 }, { FEAT_PDPE1GB, FEAT_LM }, { FEAT_CX16, FEAT_LM },
	{ FEAT_PCID, FEAT_LM }, { FEAT_INVPCID, FEAT_PCID }, { FEAT_FSGSBASE, FEAT_LM },
	{ FEAT_LAHF, FEAT_LM }, { FEAT_SVM, FEAT_LM }, { FEAT_NPT, FEAT_SVM },
	{ FEAT_LBRV, FEAT_SVM }, { FEAT_SVMLOCK, FEAT_SVM }, { FEAT_NRIPSAVE, FEAT_SVM },
	{ FEAT_TSCSCALE, FEAT_SVM }, { FEAT_VMCBCLEAN, FEAT_SVM },
	{ FEAT_FLUSHBYASID, FEAT_SVM }, { FEAT_DECODEASSISTS, FEAT_SVM },
	{ FEAT_PAUSEFILTER, FEAT_SVM }, { FEAT_PFTHRESHOLD, FEAT_PAUSEFILTER },
	{ FEAT_VGIF, FEAT_SVM }
};

/* Named in features.def because the instruction table needs them. */
static const uint8_t not_implemented[] = { FEAT_CR8LEGACY, FEAT_FFXSR };

/* ---- names ---- */

#define NAME_MAX_LEN	32

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edit distance of two short names. */
static unsigned
distance(const char *a, size_t na, const char *b)
{
	size_t nb = strlen(b);
	unsigned row[NAME_MAX_LEN + 1];

	if (na > NAME_MAX_LEN || nb > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (size_t j = 0; j <= nb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1,
			    diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[nb];
}

struct nearest {
	const char	*name;
	unsigned	distance;
};

static void
nearest_try(struct nearest *best, const char *s, size_t n, const char *name)
{
	unsigned d = distance(s, n, name);

	if (d < best->distance) {
		best->distance = d;
		best->name = name;
	}
}

static bool
unknown_name(const char *what, const char *s, size_t n, const struct nearest *best, char *msg,
    size_t msg_size)
{
	snprintf(msg, msg_size, "unknown processor %s '%.*s' (did you mean '%s'?)", what,
	    (int)n, s, best->name);
	return false;
}

static bool
same(const char *s, size_t n, const char *name)
{
	return strlen(name) == n && !memcmp(s, name, n);
}

static bool
model_find(const char *s, size_t n, const struct cpu_model **model, char *msg, size_t msg_size)
{
	struct nearest best = { "", ~0u };

	for (unsigned i = 0; cpu_models[i]; i++) {
		*model = cpu_models[i];
		if (same(s, n, (*model)->name))
			return true;
		nearest_try(&best, s, n, (*model)->name);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(model_aliases); i++) {
		*model = model_aliases[i].model;
		if (same(s, n, model_aliases[i].name))
			return true;
		nearest_try(&best, s, n, model_aliases[i].name);
	}
	return unknown_name("model", s, n, &best, msg, msg_size);
}

static bool
feature_find(const char *s, size_t n, unsigned *feat, char *msg, size_t msg_size)
{
	struct nearest best = { "", ~0u };

	for (*feat = 1; *feat < FEAT_COUNT; ++*feat) {
		if (same(s, n, feature_names[*feat]))
			return true;
		nearest_try(&best, s, n, feature_names[*feat]);
	}
	return unknown_name("feature", s, n, &best, msg, msg_size);
}

/* ---- the argument ---- */

static void
feature_set(struct feat_set *f, unsigned feat, bool on)
{
	f->w[feat / 64] = bits_put(f->w[feat / 64], feat % 64, 1, on);
}

static bool
feature_implemented(unsigned feat)
{
	for (unsigned i = 0; i < ARRAY_SIZE(not_implemented); i++) {
		if (not_implemented[i] == feat)
			return false;
	}
	return true;
}

static bool
ends_with(const char *s, size_t n, const char *tail)
{
	size_t t = strlen(tail);

	return n > t && !memcmp(s + n - t, tail, t);
}

/* +name, -name, name=on, name=off */
static bool
feature_parse(const char *s, size_t n, struct feat_set *f, char *msg, size_t msg_size)
{
	bool on = true;
	unsigned feat;

	if (n > 7 && !memcmp(s, "vendor=", 7)) {
		if (same(s + 7, n - 7, "AuthenticAMD"))
			return true;
		snprintf(msg, msg_size, "'%.*s': these processors are AuthenticAMD", (int)n, s);
		return false;
	}
	if (n && (*s == '+' || *s == '-')) {
		on = *s == '+';
		s++;
		n--;
	} else if (ends_with(s, n, "=on")) {
		n -= 3;
	} else if (ends_with(s, n, "=off")) {
		on = false;
		n -= 4;
	} else {
		snprintf(msg, msg_size,
		    "'%.*s' is not +feature, -feature, feature=on or feature=off", (int)n, s);
		return false;
	}
	if (!feature_find(s, n, &feat, msg, msg_size))
		return false;
	if (on && !feature_implemented(feat)) {
		snprintf(msg, msg_size, "processor feature '%.*s' is not implemented", (int)n, s);
		return false;
	}
	feature_set(f, feat, on);
	return true;
}

static void
drop_dependents(struct feat_set *f)
{
	for (unsigned i = 0; i < ARRAY_SIZE(dependencies); i++) {
		if (!feat_has(f, dependencies[i].needs))
			feature_set(f, dependencies[i].feat, false);
	}
}

bool
cpu_model_parse(const char *spec, const struct cpu_model **model, struct feat_set *features,
    char *msg, size_t n)
{
	size_t len;

	if (!spec)
		spec = cpu_models[0]->name;
	len = strcspn(spec, ",");
	if (!model_find(spec, len, model, msg, n))
		return false;
	*features = (*model)->features;
	for (spec += len; *spec; spec += len) {
		len = strcspn(++spec, ",");
		if (!feature_parse(spec, len, features, msg, n))
			return false;
	}
	drop_dependents(features);
	return true;
}
