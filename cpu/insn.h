/*
 * cpu/insn.h - the instruction table and a decoded instruction
 *
 * cpu/insn_int.def, insn_sys.def, insn_x87.def, insn_mmx.def and insn_sse.def
 * are the one table.  Each file has two kinds of lines:
 *
 *   OPER(op, "names", cost)
 *	an operation: enumerator OPR_op, execute function x_op(), the
 *	mnemonic(s) in lower case, and its cost class (cpu/timing.def).  Names
 *	separated by '|' are for operand size 16|32|64 ("cbw|cwde|cdqe"); by
 *	'/' for operand size 8/16/32/64 ("movsb/movsw/movsd/movsq").
 *
 *   OP(map, opcode, pfx, ext, op, o1,o2,o3,o4, acc, chk, feat, icpt, fw, fu)
 *	an encoding:
 *	map	M1 one-byte, M0F, M0F38, M0F3A
 *	opcode	the opcode byte; register in the low three bits: 8 rows
 *	pfx	PX_ANY, or the mandatory prefix: PX_NP, PX_66, PX_F3, PX_F2
 *	ext	which ModRM: XT_ANY (with or without ModRM), XT(n) /n any mod,
 *		XM(n) /n memory, XR(n) /n register, XMEM memory any /r, XREG
 *		register any /r, XB(byte) exactly this ModRM byte
 *	o1..o4	operand codes in the manuals' notation (enum opcode_operand)
 *	acc	access of each operand, AC(W,R,N,N): R read, W written, RW, N none
 *		(a memory operand with N is an address: v[i].u is the effective
 *		address; the function accesses memory itself)
 *	chk	CK_* flags
 *	feat	FEAT_*; the instruction is #UD without it (0: always there)
 *	icpt	SVM instruction intercept, IC_*, or 0
 *	fw, fu	flags written, flags left undefined (F_*)
 *
 * AMD APM vol 3 §A "Opcode and Operand Encodings" is the order of the rows.
 */
#ifndef CPU_INSN_H
#define CPU_INSN_H

#include "base/bits.h"
#include "base/types.h"

/* General registers in encoding order. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };
enum { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_COUNT };

enum { M1, M0F, M0F38, M0F3A, MAP_COUNT };
enum { PX_ANY, PX_NP, PX_66, PX_F3, PX_F2 };

#define XT_ANY		0x000
#define XT(n)		(0x100 | (n))
#define XM(n)		(0x200 | (n))
#define XR(n)		(0x300 | (n))
#define XMEM		0x400
#define XREG		0x500
#define XB(byte)	(0x600 | (byte))

/* Access: two bits per operand. */
#define AC_N	0u
#define AC_R	1u
#define AC_W	2u
#define AC_RW	3u
#define AC(a, b, c, d)	(AC_##a | AC_##b << 2 | AC_##c << 4 | AC_##d << 6)

/*
 * Operand codes.  First letter the place: E ModRM general register or memory,
 * G ModRM reg general register, M memory only, R ModRM rm register only, S
 * segment register in reg, C/D control/debug register in reg, I immediate, J
 * relative target, A far pointer, O moffs, X DS:rSI, Y ES:rDI, Z register in
 * the opcode's low bits (REX.B), P/N/Q MMX reg/rm-register/rm, V/U/W XMM
 * reg/rm-register/rm.  Rest the size: b 1, w 2, d 4, q 8, v operand size, z
 * min(operand size, 4), y 8 when the operand size is 8, else 4, dq 16, and so on.
 */
#define OPERAND_CODES(X) \
	X(__) \
	X(Eb) X(Ew) X(Ed) X(Eq) X(Ev) X(Ey) X(Ez) X(Gb) X(Gw) X(Gd) X(Gq) X(Gv) X(Gy) X(Gz) \
	X(Mb) X(Mw) X(Md) X(Mq) X(Mv) X(My) X(Mdq) X(Mp) X(Ma) X(Ms) X(Mx) /* Mx: any, address only */ \
	X(Rd) X(Rq) X(Rv) X(Ry) X(Sw) X(Cy) X(Dy) \
	X(Ib) X(Iw) X(Iz) X(Iv) X(sIb) /* sign-extended to operand size */ X(sIz) X(I1) /* the constant 1 */ \
	X(Jb) X(Jz) X(Ap) X(Ob) X(Ov) X(Xb) X(Xv) X(Xz) X(Yb) X(Yv) X(Yz) \
	X(Zb) X(Zv) X(Zy) \
	X(AL) X(CL) X(DX) X(AX) X(rAX) /* operand size */ X(eAX) /* z */ \
	X(sES) X(sCS) X(sSS) X(sDS) X(sFS) X(sGS) \
	X(RdMw) X(RdMb) X(RyMb) X(RyMw) X(Rv_Mw) /* register of operand size, or m16 */ \
	X(Ev64) /* as Ev, 64-bit in long mode */ \
	X(Pq) X(Pd) X(Nq) X(Qq) X(Qd) \
	X(Vdq) X(Vq) X(Vd) X(Udq) X(Uq) X(Wdq) X(Wq) X(Wd) X(Ww) X(XMM0) \
	X(ST0) X(STi) X(Mf32) X(Mf64) X(Mf80) X(Mi16) X(Mi32) X(Mi64) X(Mbcd) X(Menv)

enum opcode_operand {
#define X(n) OC_##n,
	OPERAND_CODES(X)
#undef X
	OC_COUNT
};

/* Checks and properties.  All are the common code's business. */
#define CK_LOCK		BIT(0)	/* LOCK allowed when operand 1 is memory; else LOCK is #UD */
#define CK_NO64		BIT(1)	/* #UD in 64-bit mode */
#define CK_ONLY64	BIT(2)	/* #UD outside 64-bit mode */
#define CK_CPL0		BIT(3)	/* #GP(0) unless CPL 0 */
#define CK_PE		BIT(4)	/* #UD in real and virtual-8086 mode */
#define CK_D64		BIT(5)	/* operand size 64 (or 16 with 66) in 64-bit mode */
#define CK_F64		BIT(6)	/* operand size always 64 in 64-bit mode */
#define CK_ENDS		BIT(7)	/* ends a block: may change mode key, IF, TPR, debug state */
#define CK_JUMP		BIT(8)	/* unconditional transfer: ends a block */
#define CK_X87		BIT(9)	/* #NM if CR0.EM or TS; pending #MF first */
#define CK_X87NW	BIT(10)	/* as CK_X87 without the pending #MF (no-wait forms) */
#define CK_FWAIT	BIT(11)	/* #NM if CR0.MP and TS; pending #MF */
#define CK_MMX		BIT(12)	/* #UD if EM; #NM if TS; pending #MF */
#define CK_SSE		BIT(13)	/* #UD if EM or !CR4.OSFXSR; #NM if TS */
#define CK_ALIGN16	BIT(14)	/* 16-byte memory operand must be aligned, #GP(0) */
#define CK_REP		BIT(15)	/* F3/F2 repeat it: string instruction */
#define CK_XSAVE	BIT(16)	/* #UD if !CR4.OSXSAVE */
#define CK_CC		BIT(17)	/* condition code in the opcode's low four bits */
#define CK_RAW		BIT(18)	/* common code neither loads nor stores memory operands */
#define CK_UMIP		BIT(19)	/* #GP(0) if CR4.UMIP and CPL > 0 */
#define CK_S8		BIT(20)	/* operand size is 8 bits (opcode bit 0 clear) */
#define CK_NORM		BIT(21)	/* mod field ignored: register form always (MOV CR/DR) */
#define CK_NM		BIT(22)	/* #NM if CR0.TS (FXSAVE and friends) */
#define CK_SENS		BIT(23)	/* sensitive: -cpu pg has #GP(0) unless CPL 0 (docs/pg.md) */

/* RFLAGS bits. */
#define F_CF	0x0001u
#define F_PF	0x0004u
#define F_AF	0x0010u
#define F_ZF	0x0040u
#define F_SF	0x0080u
#define F_TF	0x0100u
#define F_IF	0x0200u
#define F_DF	0x0400u
#define F_OF	0x0800u
#define F_IOPL	0x3000u
#define F_NT	0x4000u
#define F_RF	0x10000u
#define F_VM	0x20000u
#define F_AC	0x40000u
#define F_VIF	0x80000u
#define F_VIP	0x100000u
#define F_ID	0x200000u
#define F_OSZAPC (F_OF | F_SF | F_ZF | F_AF | F_PF | F_CF)
#define F_OSZPC	(F_OF | F_SF | F_ZF | F_PF | F_CF)
#define F_OSZAP	(F_OF | F_SF | F_ZF | F_AF | F_PF)
#define F_SZAPC	(F_SF | F_ZF | F_AF | F_PF | F_CF)

enum cpu_feat {
	FEAT_NONE,
#define FEATURE(id, name, leaf, sub, reg, bit) FEAT_##id,
#include "cpu/features.def"
#undef FEATURE
	FEAT_COUNT
};

/* Operations, in table order. */
enum insn_opr {
	OPR_invalid,
#define OPER(op, names, cost) OPR_##op,
#define OP(...)
#include "cpu/insn_table.def"
#undef OPER
#undef OP
	OPR_COUNT
};

/* SVM instruction intercepts: the bit number from VMCB offset 00Ch on (0..31
 * first word, 32..63 second word) plus 1, so that 0 means none. */
enum svm_icpt {
	IC_NONE,
	IC_IDTR_READ = 7, IC_GDTR_READ, IC_LDTR_READ, IC_TR_READ, IC_IDTR_WRITE,
	IC_GDTR_WRITE, IC_LDTR_WRITE, IC_TR_WRITE, IC_RDTSC, IC_RDPMC, IC_PUSHF,
	IC_POPF, IC_CPUID, IC_RSM, IC_IRET, IC_SWINT, IC_INVD, IC_PAUSE, IC_HLT,
	IC_INVLPG, IC_INVLPGA, IC_IOIO, IC_MSR, IC_TASK_SWITCH, IC_FERR,
	IC_SHUTDOWN,
	IC_VMRUN = 33, IC_VMMCALL, IC_VMLOAD, IC_VMSAVE, IC_STGI, IC_CLGI,
	IC_SKINIT, IC_RDTSCP, IC_ICEBP, IC_WBINVD, IC_MONITOR, IC_MWAIT,
	IC_MWAIT_ARMED, IC_XSETBV
};

struct cpu;
struct insn;
union xval;

/* Execute function: see cpu/exec.h. */
typedef bool (*exec_fn)(struct cpu *c, const struct insn *in, union xval *v);

struct insn_info {			/* one row of the table */
	uint8_t		map, opcode, pfx;
	uint16_t	ext;
	uint16_t	opr;		/* enum insn_opr */
	uint8_t		operand[4];	/* enum opcode_operand */
	uint8_t		access;		/* AC() */
	uint8_t		feat;
	uint8_t		icpt;
	uint32_t	chk;
	uint32_t	fw, fu;
};

struct oper_info {			/* one operation */
	const char	*names;
	const char	*fn_name;	/* "add" */
	exec_fn		exec;
	uint8_t		cost;		/* enum cost_class */
};

extern const struct insn_info insn_table[];	/* row 0 is "invalid" */
extern const unsigned insn_table_rows;
extern const struct oper_info oper_table[OPR_COUNT];

/* What a decoded operand is. */
enum opnd_kind {
	OK_NONE,
	OK_GPR,			/* reg 0..15, low size bytes */
	OK_GPRH,		/* AH CH DH BH: reg 0..3 */
	OK_SEG, OK_CR, OK_DR,
	OK_MEM,			/* in->seg: base + index * scale + disp */
	OK_STRS,		/* seg:rSI */
	OK_STRD,		/* ES:rDI */
	OK_IMM,			/* in->imm; reg 1: in->imm2 (the second one of ENTER) */
	OK_REL,			/* in->imm, sign-extended, from the next rip */
	OK_FAR,			/* in->imm2 : in->imm */
	OK_ST, OK_MM, OK_XMM
};

struct opnd {
	uint8_t		kind;
	uint8_t		reg;
	uint8_t		size;		/* bytes; 0: irrelevant */
	uint8_t		acc;		/* AC_* */
};

#define REG_NONE	0xff
#define REG_RIP		0xfe		/* base: address of the next instruction */

#define PFX_LOCK	0x01
#define PFX_F3		0x02		/* last repeat prefix was F3 */
#define PFX_F2		0x04
#define PFX_66		0x08
#define PFX_67		0x10
#define PFX_REX		0x20
#define PFX_SEG		0x40		/* a segment override was given */

struct insn {				/* at most 64 bytes */
	uint16_t	row;		/* in insn_table */
	uint16_t	opr;		/* enum insn_opr */
	uint8_t		len;		/* 1..15 */
	uint8_t		opsize;		/* effective operand size 2, 4, 8 (1: CK_S8); a
					 * mandatory 66h counts too */
	uint8_t		addrsize;	/* 2, 4, 8 */
	uint8_t		prefix;		/* PFX_* */
	uint8_t		rex;		/* the REX byte or 0 */
	uint8_t		modrm;
	uint8_t		cc;		/* condition for CK_CC */
	uint8_t		seg;		/* segment of the memory operand, override applied */
	uint8_t		base, index, scale; /* REG_NONE; scale is a shift 0..3 */
	uint8_t		nopnd;
	struct opnd	o[4];
	uint64_t	disp;		/* sign-extended; moffs zero-extended */
	uint64_t	imm;		/* sign- or zero-extended as the manual says */
	uint16_t	imm2;
};

static inline const struct insn_info *
insn_info(const struct insn *in)
{
	return &insn_table[in->row];
}

#endif
