/*
 * -cpu pg: does every sensitive instruction trap at CPL 3?
 *
 * Set-up: one instruction at CPL 3, each in a form that would be let through
 * elsewhere: I/O privilege level 3, gates of DPL 3, valid selectors.
 * Expected: #GP(0), rip at the instruction.
 * docs/pg.md, "The list".
 */
#include "pg.h"

static uint8_t buf[1024] __attribute__((aligned(64)));
static struct { uint32_t offset; uint16_t sel; } __attribute__((packed)) far_ptr = { 0, UDS };

/* Robin and Irvine, "Analysis of the Intel Pentium's Ability to Support a Secure
 * Virtual Machine Monitor", USENIX Security 2000. */
static void
robin_irvine(void)
{
	sensitive(PG_USER("sgdt %0", "m"(buf)), "SGDT");
	sensitive(PG_USER("sidt %0", "m"(buf)), "SIDT");
	sensitive(PG_USER("sldt %%eax"), "SLDT");
	sensitive(PG_USER("sldt %0", "m"(buf)), "SLDT to memory");
	sensitive(PG_USER("smsw %%eax"), "SMSW");
	sensitive(PG_USER("smsw %0", "m"(buf)), "SMSW to memory");
	sensitive(PG_USER("str %%eax"), "STR");
	sensitive(PG_USER("pushf"), "PUSHF");
	sensitive(PG_USER("popf"), "POPF");
	sensitive(PG_USER("pushfw"), "16-bit PUSHF");
	sensitive(PG_USER("popfw"), "16-bit POPF");
	sensitive(PG_USER("lar %%ecx, %%eax"), "LAR");
	sensitive(PG_USER("lsl %%ecx, %%eax"), "LSL");
	sensitive(PG_USER("verr %%cx"), "VERR");
	sensitive(PG_USER("verw %%cx"), "VERW");
	sensitive(PG_USER("push %%fs"), "PUSH FS");
	sensitive(PG_USER("push %%gs"), "PUSH GS");
	sensitive(PG_USER("pop %%fs"), "POP FS");
	sensitive(PG_USER("pop %%gs"), "POP GS");
	sensitive(PG_USER("mov %%cs, %%eax"), "MOV from CS");
	sensitive(PG_USER("mov %%ss, %%eax"), "MOV from SS");
	sensitive(PG_USER("mov %%ds, %0", "m"(buf)), "MOV from DS to memory");
	sensitive(PG_USER("mov %%fs, %%eax"), "MOV from FS");
	sensitive(PG_USER("mov %%ecx, %%ds"), "MOV to DS");
	sensitive(PG_USER("mov %%ecx, %%ss"), "MOV to SS");
	sensitive(PG_USER("mov %%ecx, %%gs"), "MOV to GS");
	sensitive(PG_USER("lcall *%0", "m"(far_ptr)), "far CALL");
	sensitive(PG_USER("ljmp *%0", "m"(far_ptr)), "far JMP");
	sensitive(PG_USER("lretl"), "far RET");
	sensitive(PG_USER("lretl $8"), "far RET n");
	sensitive(PG_USER("int $0x80"), "INT n");
	sensitive(PG_USER("int3"), "INT3");
	sensitive(PG_USER(".byte 0xf1"), "INT1");
	sensitive(PG_USER("iretl"), "IRET");
}

static void
other_registers(void)
{
	sensitive(PG_USER("lss %0, %%eax", "m"(far_ptr)), "LSS");
	sensitive(PG_USER("lfs %0, %%eax", "m"(far_ptr)), "LFS");
	sensitive(PG_USER("lgs %0, %%eax", "m"(far_ptr)), "LGS");
	sensitive(PG_USER("cli"), "CLI");
	sensitive(PG_USER("sti"), "STI");
	sensitive(PG_USER("inb $0x80, %%al"), "IN");
	sensitive(PG_USER("inl %%dx, %%eax"), "IN by DX");
	sensitive(PG_USER("outb %%al, $0x80"), "OUT");
	sensitive(PG_USER("outw %%ax, %%dx"), "OUT by DX");
	sensitive(PG_USER("insb"), "INS");
	sensitive(PG_USER("outsl"), "OUTS");
	sensitive(PG_USER("rep outsb"), "REP OUTS");
	sensitive(PG_USER("cpuid"), "CPUID");
	sensitive(PG_USER("rdtsc"), "RDTSC");
	sensitive(PG_USER("rdtscp"), "RDTSCP");
	sensitive(PG_USER("rdpmc"), "RDPMC");
	sensitive(PG_USER("fxsave %0", "m"(buf)), "FXSAVE");
	sensitive(PG_USER("fxrstor %0", "m"(buf)), "FXRSTOR");
	sensitive(PG_USER("xgetbv"), "XGETBV");
	sensitive(PG_USER("xsave %0", "m"(buf)), "XSAVE");
	sensitive(PG_USER("xrstor %0", "m"(buf)), "XRSTOR");
	sensitive(PG_USER("syscall"), "SYSCALL");
	sensitive(PG_USER("sysenter"), "SYSENTER");
}

/* Of level 0 on every processor, some of them with #UD. */
static void
privileged(void)
{
	sensitive(PG_USER("hlt"), "HLT");
	sensitive(PG_USER("clts"), "CLTS");
	sensitive(PG_USER("lmsw %%ax"), "LMSW");
	sensitive(PG_USER("lgdt %0", "m"(buf)), "LGDT");
	sensitive(PG_USER("lidt %0", "m"(buf)), "LIDT");
	sensitive(PG_USER("lldt %%ax"), "LLDT");
	sensitive(PG_USER("ltr %%ax"), "LTR");
	sensitive(PG_USER("invlpg %0", "m"(buf)), "INVLPG");
	sensitive(PG_USER("invd"), "INVD");
	sensitive(PG_USER("wbinvd"), "WBINVD");
	sensitive(PG_USER("rdmsr"), "RDMSR");
	sensitive(PG_USER("wrmsr"), "WRMSR");
	sensitive(PG_USER(".byte 0x0f, 0x07"), "SYSRET");
	sensitive(PG_USER(".byte 0x0f, 0x35"), "SYSEXIT");
	sensitive(PG_USER("xsetbv"), "XSETBV");
	sensitive(PG_USER("clac"), "CLAC");
	sensitive(PG_USER("stac"), "STAC");
#ifdef __x86_64__
	sensitive(PG_USER("mov %%cr0, %%rax"), "MOV from CR0");
	sensitive(PG_USER("mov %%rax, %%cr3"), "MOV to CR3");
	sensitive(PG_USER("mov %%rax, %%cr8"), "MOV to CR8");
	sensitive(PG_USER("mov %%dr7, %%rax"), "MOV from DR7");
	sensitive(PG_USER("mov %%rax, %%dr0"), "MOV to DR0");
#else
	sensitive(PG_USER("mov %%cr0, %%eax"), "MOV from CR0");
	sensitive(PG_USER("mov %%eax, %%cr3"), "MOV to CR3");
	sensitive(PG_USER("mov %%dr7, %%eax"), "MOV from DR7");
	sensitive(PG_USER("mov %%eax, %%dr0"), "MOV to DR0");
#endif
}

#ifdef __x86_64__
static void
of_this_mode(void)
{
	sensitive(PG_USER("swapgs"), "SWAPGS");
	sensitive(PG_USER("rdfsbase %%rax"), "RDFSBASE");
	sensitive(PG_USER("rdgsbase %%rax"), "RDGSBASE");
	sensitive(PG_USER("wrfsbase %%rax"), "WRFSBASE");
	sensitive(PG_USER("wrgsbase %%rax"), "WRGSBASE");
	sensitive(PG_USER("iretq"), "IRETQ");
	sensitive(PG_USER("sysretq"), "SYSRETQ");
	sensitive(PG_USER("lretq"), "far RET, 64-bit");
}
#else
static void
of_this_mode(void)
{
	sensitive(PG_USER("push %%es"), "PUSH ES");
	sensitive(PG_USER("push %%cs"), "PUSH CS");
	sensitive(PG_USER("push %%ss"), "PUSH SS");
	sensitive(PG_USER("push %%ds"), "PUSH DS");
	sensitive(PG_USER("pop %%es"), "POP ES");
	sensitive(PG_USER("pop %%ss"), "POP SS");
	sensitive(PG_USER("pop %%ds"), "POP DS");
	sensitive(PG_USER("les %0, %%eax", "m"(far_ptr)), "LES");
	sensitive(PG_USER("lds %0, %%eax", "m"(far_ptr)), "LDS");
	sensitive(PG_USER("lcall $0x1b, $0"), "far CALL to a constant");
	sensitive(PG_USER("ljmp $0x1b, $0"), "far JMP to a constant");
	sensitive(PG_USER("into"), "INTO");
}
#endif

int
main(void)
{
	pg_needed();
	memset(tss.io, 0, sizeof(tss.io) - 1);
	user_flags = 2 | FL_IOPL;
	for (unsigned v = 0; v < 256; v++)
		if (v == BP || v == OF || v == DB)
			set_idt(v, trap_stub(v), KCS, D_INTGATE | D_DPL3, 0);
	write_cr4(read_cr4() | CR4_PCE | CR4_OSFXSR | CR4_OSXSAVE);
#ifdef __x86_64__
	write_cr4(read_cr4() | CR4_FSGSBASE);
#endif
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	robin_irvine();
	other_registers();
	privileged();
	of_this_mode();
	return 0;
}
