/* cache_m7.h -- the caches of a Cortex-M7. */
#ifndef CACHE_M7_H
#define CACHE_M7_H

/* Empties both caches of level 1 and switches them on; external memory, which no program of edgeopt uses, is then out
 * of bounds. Nothing where the data cache already works. */
void cache_init(void);

#endif
