/* Zydis 4: the decoder that ours is compared with. */
#include <Zydis/Zydis.h>

int
main(void)
{
	ZydisDecoder d;

	return ZydisDecoderInit(&d, ZYDIS_MACHINE_MODE_LONG_64,
	    ZYDIS_STACK_WIDTH_64) != ZYAN_STATUS_SUCCESS;
}
