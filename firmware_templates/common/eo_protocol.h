/* eo_protocol.h -- the firmware's side of the wire: the MLPerf Tiny device protocol (performance and energy mode) and
 * edgeopt's checked extension commands. docs/protocol.md describes both.
 *
 * Everything is static and bounded: one command line, the record of one run. Nothing is sent that was not asked for. */
#ifndef EO_PROTOCOL_H
#define EO_PROTOCOL_H

#ifdef __cplusplus
extern "C" {
#endif

/* Longest command that is taken, without its '%'. The MLPerf commands need 80; an upload of EO_CHUNK_BYTES more. */
#ifndef EO_LINE_BYTES
#define EO_LINE_BYTES 320
#endif

/* Bytes of a tensor that one extension command carries: 256 characters of base64. */
#define EO_CHUNK_BYTES 192

/* What `name` answers. */
#ifndef EO_VENDOR_NAME
#define EO_VENDOR_NAME "unspecified"
#endif

/* The banner, then commands until the input ends. eo_port_init() must have run. */
void eo_protocol_run(void);

/* Its two halves, for a program with a main loop of its own: the banner once, then each byte that comes. */
void eo_protocol_start(void);
void eo_protocol_receive(char c);

/* Takes note of the time, as a wrap of the counter must not be missed: less than 2^32 ticks may lie between two calls.
 * Every command calls it, and every inference of `infer`. */
void eo_protocol_clock(void);

/* The command `db` with its arguments, which are cut up (eo_protocol_db.c). */
void eo_protocol_db(char *arguments);

/* Takes back what `db load` announced: the input that it meant is no longer there. */
void eo_protocol_forget_load(void);

#ifdef __cplusplus
}
#endif

#endif
