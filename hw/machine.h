/*
 * hw/machine.h - a whole PC, as front ends, tests and labs see it
 *
 * A machine is made from a configuration, runs until something ends it, and is
 * freed.  Several can exist in one process.  Strings and callbacks of the
 * configuration must stay valid as long as the machine.
 *
 * Time is the machine's own.  The outside reaches it through one door,
 * machine_input(), which is called from struct machine_host's poll() only: at
 * an instruction boundary.  Nothing the host does otherwise (polling, hashing,
 * dumping, tracing) changes what the guest sees.
 */
#ifndef HW_MACHINE_H
#define HW_MACHINE_H

#include <stdio.h>

#include "base/log.h"
#include "base/types.h"
#include "cpu/cpu.h"
#include "cpu/engine.h"

#define MACHINE_RAM_MIN		((uint64_t)1 << 20)
#define MACHINE_RAM_MAX		((uint64_t)256 << 30)
#define MACHINE_MAX_CPUS	8
#define MACHINE_IDE_DISKS	4	/* disk[0..]: hda..hdd */
#define MACHINE_VIRTIO_DISKS	6	/* behind them: vda..vdf */
#define MACHINE_FLOPPIES	2	/* behind them: fda, fdb */
#define MACHINE_FLOPPY0		(MACHINE_IDE_DISKS + MACHINE_VIRTIO_DISKS)
#define MACHINE_DISKS		(MACHINE_FLOPPY0 + MACHINE_FLOPPIES)
#define MACHINE_SERIALS		2
#define MACHINE_NICS		4
#define MACHINE_FRAME_MIN	14u	/* of Ethernet, without check sequence */
#define MACHINE_FRAME_MAX	16384u
#define MACHINE_HASH_EVERY	50000000u

struct machine;

enum machine_end {
	END_NONE,
	END_POWEROFF,
	END_RESET,		/* with no_reboot */
	END_TRIPLE_FAULT,	/* with no_reboot */
	END_LIMIT,		/* limit_cycles reached */
	END_TIMEOUT,		/* timeout reached */
	END_DEBUG_EXIT,		/* machine_exit_status() has the status */
	END_STOPPED,		/* machine_stop(); may go on */
	END_DEBUG,		/* a debugger's brk hook; may go on */
	END_HOST_ERROR,
	END_WATCHDOG		/* for tapes: it resets, or is END_RESET */
};

enum machine_timing { TIMING_FLAT, TIMING_NONE };
enum machine_pace { PACE_AUTO, PACE_MAX, PACE_REAL };
enum machine_vga { VGA_STD, VGA_NONE };
enum machine_nic_model { NIC_E1000, NIC_VIRTIO, NIC_MODELS };

struct machine_disk {
	const char	*file;		/* NULL: nothing, or an empty CD drive */
	bool		present;
	bool		cd;
	bool		readonly;
	bool		snapshot;	/* writes are thrown away */
	const char	*format;	/* NULL: by its contents */
};

/* Where bytes the guest sends go. */
struct machine_out {
	bool		present;	/* the port exists */
	void		(*byte)(void *arg, uint8_t byte);	/* may be NULL */
	void		*arg;
};

/* A network card, and where the frames go that the guest sends. */
struct machine_nic {
	bool		present;
	enum machine_nic_model model;
	uint8_t		mac[6];
	void		(*out)(void *arg, const uint8_t *frame, size_t n); /* may be NULL */
	/* Hears of each frame the card took, also in a replay; may be NULL. */
	void		(*in)(void *arg, const uint8_t *frame, size_t n);
	void		*arg;
};

/* What guest software says through labdev; each may be NULL. */
struct machine_lab {
	void		(*mark)(void *arg, uint32_t phase);
	void		(*value)(void *arg, uint32_t key, uint64_t value);
	void		(*text)(void *arg, const char *text);
	void		*arg;
};

/* The numbers of labdev's counters; they never change their meaning. */
enum machine_counter {
	COUNTER_INSNS, COUNTER_CYCLES, COUNTER_EXCEPTIONS, COUNTER_PAGE_FAULTS,
	COUNTER_INTERRUPTS, COUNTER_TLB_MISSES, COUNTER_WALK_REFS,
	COUNTER_WALK_REFS_CHARGED, COUNTER_CR3_LOADS, COUNTER_PORT_READS,
	COUNTER_PORT_WRITES, COUNTER_IDLE_CYCLES, COUNTERS
};

/* The world outside, called between instructions. */
struct machine_host {
	/*
	 * Takes input, hands it to machine_input(), may call machine_stop().
	 * May sleep up to wait nanoseconds for input, then it returns as soon
	 * as there is some.
	 */
	void		(*poll)(void *arg, struct machine *m, uint64_t wait);
	/* Somebody may answer: idle time follows the host's (PACE_AUTO). */
	bool		(*attended)(void *arg);
	void		*arg;
};

struct machine_config {
	uint64_t		ram;		/* bytes */
	unsigned		cpus;		/* 1..MACHINE_MAX_CPUS */
	const char		*cpu;		/* -cpu; NULL: default model */
	bool			reference;	/* engine */
	unsigned		fast_tlb;	/* entries, 0 off */
	struct engine_config	engine;
	enum machine_timing	timing;
	enum machine_vga	vga;
	enum machine_pace	pace;
	uint64_t		seed;
	int64_t			rtc_base;	/* seconds since 1970 */
	uint64_t		limit_cycles;	/* 0: none */
	uint64_t		timeout_ms;	/* host time; 0: none */
	bool			no_reboot;
	bool			nographic;	/* firmware's screen to COM1 */
	const char		*bios;		/* NULL: SeaBIOS, searched for */
	const char		*kernel, *initrd, *append;
	const char		*boot;		/* letters of a, c, d, n; NULL: cd */
	const char		*boot_once;	/* up to the first reset; NULL: boot */
	bool			boot_menu;
	struct machine_disk	disk[MACHINE_DISKS];
	/* machine_freeze_disks() comes before the first instruction: images are
	 * opened read-only, and others may use them too. */
	bool			disks_frozen;
	struct machine_out	serial[MACHINE_SERIALS];
	struct machine_nic	nic[MACHINE_NICS];
	struct machine_out	console;	/* of virtio */
	bool			balloon;	/* of virtio */
	struct machine_out	debugcon;	/* ports E9h and 402h */
	bool			debugcon_one;	/* only debugcon_port */
	uint16_t		debugcon_port;
	bool			debug_exit;
	uint16_t		debug_exit_port, debug_exit_size;
	bool			testdev, pci_testdev;
	bool			hpet;
	bool			acpi_s3;	/* the DSDT offers suspend to RAM */
	bool			ib700;		/* watchdog */
	struct machine_lab	lab;
	struct machine_host	host;
	/* Hash points, every MACHINE_HASH_EVERY cycles; NULL: none. */
	void			(*hash_point)(void *arg, const char *line);
	void			*hash_arg;
	/* Called when so many cycles have passed, again and again; 0: never. */
	uint64_t		stats_every;
	void			(*stats_point)(void *arg);
	void			*stats_arg;
	struct log		*log;		/* may be NULL */
};

struct machine_stats {
	uint64_t	cycles, insns;
	uint64_t	exceptions, page_faults, interrupts, soft_interrupts;
	uint64_t	syscalls, cr3_loads;
	uint64_t	pio_reads, pio_writes, halts, halt_cycles;
	uint64_t	tlb_miss[3];		/* read, write, execute */
	uint64_t	walks, refs, refs_charged;
	uint64_t	tlb_flushes, invlpg;
	uint64_t	resets;
	/* Of the host. */
	uint64_t	blocks_built, generic_steps, lookups;
	uint64_t	hash_ns;
};

enum machine_source {
	INPUT_SERIAL0, INPUT_SERIAL1, INPUT_KEY, INPUT_MOUSE, INPUT_POWER, INPUT_RESET,
	INPUT_NET0, INPUT_NET1, INPUT_NET2, INPUT_NET3,
	INPUT_BALLOON, INPUT_CONSOLE,
	INPUT_SOURCES
};

/* All fields as a plain `ringlab` has them: 128 MiB, flat timing, no disks. */
void	machine_config_init(struct machine_config *cfg);

/* NULL after one message on the log. */
struct machine *machine_new(const struct machine_config *cfg);
void	machine_free(struct machine *m);

/* Power-on or hard reset; time goes on. machine_new() has done it once. */
void	machine_reset(struct machine *m);

/* Runs until something ends it. */
enum machine_end machine_run(struct machine *m);
/* machine_run() returns END_STOPPED at the next boundary. */
void	machine_stop(struct machine *m);
/* After END_DEBUG_EXIT: (v << 1) | 1. */
uint32_t machine_exit_status(const struct machine *m);

/*
 * The door: n bytes of payload arrive now.  Serial ports: bytes; INPUT_KEY: HID
 * usage, down; INPUT_MOUSE: dx, dy, dz, buttons; the buttons INPUT_POWER and
 * INPUT_RESET: one byte of no meaning; network cards: one Ethernet frame, without
 * check sequence, or one byte, whether the cable is plugged in; the balloon: MiB
 * that are left to the guest, 4 bytes; the console: bytes.  Returns how many
 * bytes were taken; the rest is the host's to offer again.  A frame is taken whole
 * or, when the card has no room for it now, not at all.
 */
size_t	machine_input(struct machine *m, enum machine_source source,
	    const void *payload, size_t n);

/* Bytes of RAM that the guest has not put into its balloon; false: it has none. */
bool	machine_balloon(const struct machine *m, uint64_t *ram);

/* What was sent may be answered: polls again before much time has passed. */
void	machine_poll_soon(struct machine *m);

/* Position and state. "hash TIMELINE CYCLE VCPU HEX32" without a newline. */
#define MACHINE_HASH_LINE	96
void	machine_hash_line(struct machine *m, char out[MACHINE_HASH_LINE]);
/* JSON; false when writing failed. */
bool	machine_dump_state(struct machine *m, FILE *out);

uint64_t machine_cycles(const struct machine *m);
/* The time of those outside, in cycles too: it goes on where the machine goes back. */
uint64_t machine_outside(const struct machine *m);
/* With several processors: a debugger stopped one where the machine as a whole is at
 * no boundary.  It takes no input there. */
bool	machine_in_slice(const struct machine *m);
void	machine_get_stats(const struct machine *m, struct machine_stats *s);
/* Bytes of guest memory that the host holds now. */
uint64_t machine_ram_resident(struct machine *m);
/* 0 for a number that is no counter. */
uint64_t machine_counter(const struct machine *m, uint32_t n);
unsigned machine_cpus(const struct machine *m);
struct cpu *machine_cpu(struct machine *m, unsigned i);
/* Installs hooks in every processor (NULL: none); t must outlive their use. */
void	machine_set_trace(struct machine *m, struct cpu_trace *t);
/* A debugger for every processor (NULL: none); again after a change of the pages it
 * watches.  Another one forgets decoded code, as d->stops may differ from what it
 * was made for.  Not from inside a hook. */
void	machine_set_debugger(struct machine *m, struct cpu_debugger *d);
/* Screen in text mode, for tests and the monitor. */
bool	machine_screen_text(struct machine *m,
	    void (*row)(void *arg, unsigned y, const char *text), void *arg);

/*
 * The screen as pixels.  Begin with zeroes; each call brings it up to date and
 * says which rows changed since the last one ([first, end), none when equal).
 * Without a picture, or without a graphics card, it is black.
 */
#define MACHINE_SCREEN_WIDTH	640u	/* of nothing */
#define MACHINE_SCREEN_HEIGHT	480u

struct machine_look;

struct machine_screen {
	uint32_t		width, height;
	uint32_t		*pixels;	/* row by row, 00RRGGBBh */
	uint32_t		first, end;
	/* Of the looker: nobody but the guest writes to its memory, so that a
	 * frame buffer is as it was when no instruction was executed. */
	bool			guest_only;
	struct machine_look	*look;
};

/* False when memory is short: no picture then. */
bool	machine_screen(struct machine *m, struct machine_screen *s) MUST_CHECK;
/* While there is the machine. */
void	machine_screen_free(struct machine_screen *s);

/* Lists for a person, a line at a time (hw/machine_info.c): what answers in memory
 * and at ports, PCI functions, drives and their images. */
void	machine_print_mtree(struct machine *m, void (*line)(void *arg, const char *text),
	    void *arg);
void	machine_print_pci(struct machine *m, void (*line)(void *arg, const char *text),
	    void *arg);
/* The interrupt controllers (hw/machine_intr_info.c). */
void	machine_print_pic(struct machine *m, void (*line)(void *arg, const char *text),
	    void *arg);
void	machine_print_ioapic(struct machine *m, void (*line)(void *arg, const char *text),
	    void *arg);
void	machine_print_lapic(struct machine *m, unsigned cpu,
	    void (*line)(void *arg, const char *text), void *arg);
/* What a person calls drive number unit: hda.., vda.., fda... */
void	machine_disk_name(unsigned unit, char name[4]);
void	machine_print_block(struct machine *m, void (*line)(void *arg, const char *text),
	    void *arg);

#endif
