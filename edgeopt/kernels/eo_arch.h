/* eo_arch.h -- what the kernels know of the machine: ROM data, unaligned loads, and the ISA's primitives.
 *
 * Kernels are loops over these primitives, written once; each has a portable C99 form and one a core that has better. */
#ifndef EO_ARCH_H
#define EO_ARCH_H

#include <stddef.h>
#include <stdint.h>

/* Constant data that stays in flash. A Harvard machine defines it before including this header. */
#ifndef EO_ROM
#define EO_ROM
#endif

#endif
