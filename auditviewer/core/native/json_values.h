/* Where JSON values end, strictly (RFC 8259); see json_values.c. All read inside the data alone.

   A value starts at p and must end at `stop` or before; the bytes of the data go on up to `end`. */
#ifndef AUDITVIEWER_JSON_VALUES_H
#define AUDITVIEWER_JSON_VALUES_H

#include "native.h"

/* Return the place past the value at p, NULL where there is no valid one.

   A string has no control characters, and only escapes that there are; *has_escape is set where it has some. Objects
   and arrays are valid throughout, bytes outside of ASCII apart. A word is a number, true, false or null. */
const uint8_t *end_of_string(const uint8_t *p, const uint8_t *stop, const uint8_t *end, int *has_escape);
const uint8_t *end_of_nested(const uint8_t *p, const uint8_t *stop, const uint8_t *end);
const uint8_t *end_of_word(const uint8_t *p, const uint8_t *stop);

/* Writes the text that a valid string's inside, from p up to `stop`, stands for: never more bytes than these.

   Returns where it ends, NULL where UTF-8 cannot hold it: half a surrogate pair stands in it. */
uint8_t *write_unescaped(uint8_t *to, const uint8_t *p, const uint8_t *stop);

#endif
