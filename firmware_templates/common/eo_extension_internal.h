/* eo_extension_internal.h -- what the files of the extension are to each other; eo_extension.c has the table of
 * commands.
 *
 * A new command is one function here, its line in the table, and its row in docs/protocol.md. */
#ifndef EO_EXTENSION_INTERNAL_H
#define EO_EXTENSION_INTERNAL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EO_PROTOCOL_VERSION 3u
#define EO_NO_LAYERS 0xffffffffu /* in `run`: the plain inference, without the hook between the layers */

/* Answers to a command that cannot be done. */
extern const char eo_bad_arguments[]; /* missing, too many, or not a number */
extern const char eo_bad_range[];     /* no such tensor, byte or layer */
extern const char eo_bad_input[];     /* the inputs are not those that the host means */
extern const char eo_bad_run[];       /* that run is not the last one */
extern const char eo_bad_state[];     /* the model remembers other inferences than the host means */
extern const char eo_bad_model[];     /* the model returned an error */

/* One command with its arguments, which it may cut up. NULL: done, and the answer with the number `sequence` is
 * printed; else one of the above, and nothing is printed. */
typedef const char *eo_command(uint32_t sequence, char *arguments);

eo_command eo_command_id;
eo_command eo_command_model;
eo_command eo_command_tensor; /* eo_extension_tensors.c */
eo_command eo_command_put;
eo_command eo_command_fill;
eo_command eo_command_get;
eo_command eo_command_reset; /* eo_extension_run.c */
eo_command eo_command_run;
eo_command eo_command_layers;
eo_command eo_command_memory; /* eo_extension_health.c */
eo_command eo_command_crash;
eo_command eo_command_reboot;
eo_command eo_command_watch;
eo_command eo_command_probe; /* eo_extension_probe.c */
eo_command eo_command_peek;
eo_command eo_command_gaps; /* eo_extension_serve.c */
eo_command eo_command_serve;
eo_command eo_command_loop;  /* eo_extension_loop.c */
eo_command eo_command_stats; /* eo_extension_stats.c; only with EO_INPUT_STATS > 0 */

/* "m-eo SEQUENCE VERDICT"; then values; then eo_print_end(). */
void eo_begin_answer(uint32_t sequence, const char *verdict);
void eo_print_value(uint32_t value);

/* `count` numbers, and nothing after them. Returns 0 where that is not so. */
int eo_take_arguments(char **arguments, uint32_t *values, int count);

/* The last run, so that a host which missed the answer can ask again without another inference. */
struct eo_last_run {
    uint32_t id; /* 0: none */
    uint32_t cycles;
    uint32_t outputs_crc;
};
extern struct eo_last_run eo_last_run;

/* Of all inputs, or all outputs, one after the other; that of the inputs goes on from the selected model's index. */
uint32_t eo_inputs_crc(void);
uint32_t eo_outputs_crc(void);

#ifdef __cplusplus
}
#endif

#endif
