/* What the files of this folder share, and what `__init__.py` calls. Nothing here knows of Python. */
#ifndef AUDITVIEWER_NATIVE_H
#define AUDITVIEWER_NATIVE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* One more whenever a function or its arguments change; `__init__.py` has the same number. */
#define NATIVE_VERSION 7

/* What a column's bytes need room for beyond its texts. */
#define ROOM_PAST 256

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

enum { QUOTE = '"', FEED = '\n', RETURN = '\r' };

#if defined(__SSE2__)
/* Returns a bit a byte of the 64 at p, set where the byte is that of `wanted`, the lowest for the first. */
static inline uint64_t equal_of_64(const uint8_t *p, __m128i wanted)
{
    uint64_t bits = 0;
    for (int i = 0; i < 4; i++) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(p + 16 * i));
        bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)) << (16 * i);
    }
    return bits;
}

static inline void copy_32(uint8_t *to, const uint8_t *from)
{
    const __m128i first = _mm_loadu_si128((const __m128i *)from);
    const __m128i second = _mm_loadu_si128((const __m128i *)(from + 16));
    _mm_storeu_si128((__m128i *)to, first);
    _mm_storeu_si128((__m128i *)(to + 16), second);
}

/* Copies up to 64 bytes, and some that follow them: 32 or 64 are read and written. */
static inline void copy_run(uint8_t *to, const uint8_t *from, int length)
{
    copy_32(to, from);
    if (length > 32)
        copy_32(to + 32, from + 32);
}
#endif

/* Texts and the numbers they have: equal texts have the same, the first new one the next. See dictionary.c. */
typedef struct Dictionary Dictionary;

EXPORT Dictionary *new_dictionary(uint64_t seed, int64_t n_expected);
EXPORT void free_dictionary(Dictionary *dictionary);
EXPORT int64_t count_values(const Dictionary *dictionary);
EXPORT int64_t count_bytes(const Dictionary *dictionary);
EXPORT void copy_values(const Dictionary *dictionary, int64_t *offsets, uint8_t *bytes);
EXPORT int encode_texts(Dictionary *dictionary, const uint8_t *bytes, const int64_t *offsets, int64_t n_texts,
                        int32_t *codes);
EXPORT void map_codes(const int32_t *codes, int64_t n_codes, const int32_t *new_codes, int64_t width, void *out);

/* A column on its way out of a CSV: its texts one after the other, and their codes where it has a dictionary. */
typedef struct {
    uint8_t *bytes;
    int64_t *offsets;       /* of each text in `bytes`, and where the last ends */
    int32_t *codes;         /* NULL where there is no dictionary */
    Dictionary *dictionary; /* NULL for a column of plain text */
    int64_t n_bytes;        /* in `bytes` */
} Column;

/* A column to be written: text i, or that of code i where there are codes. */
typedef struct {
    const uint8_t *bytes;
    const int64_t *offsets;
    const int32_t *codes; /* NULL where text i is that of record i */
    int64_t is_field;     /* whether the texts are quoted already, where they must be */
} TextColumn;

/* A text that stands before a value of a JSON record, or after the last: a place in the layouts of records. */
typedef struct {
    int64_t text;   /* where it stands among the texts */
    int32_t length; /* at least 1 */
    int32_t column; /* of the value that follows; -1 where the record ends with the text */
    int32_t first;  /* the first of the gaps that may follow the value, -1 where there is none */
    int32_t next;   /* what may stand here instead, -1 where nothing else may */
} Gap;

/* A column of JSON records: texts one after the other, and how each stood in its record. */
typedef struct {
    uint8_t *bytes;
    int64_t *offsets; /* of each text in `bytes`, and where the last ends */
    uint8_t *kinds;
    int64_t room; /* of `bytes` */
    int64_t n_bytes;
    int64_t n_rows;
} JsonColumn;

EXPORT int64_t native_version(void);
EXPORT int64_t index_records(const uint8_t *data, int64_t size, uint8_t delimiter, int64_t *ends, int64_t *lines,
                             int64_t room, int64_t facts[3]);
EXPORT int is_utf8(const uint8_t *data, int64_t size);
EXPORT int64_t read_fields(const uint8_t *data, const int64_t *ends, int64_t start, int64_t n_records,
                           uint8_t delimiter, Column *columns, int32_t n_columns, int64_t batch_bytes);
EXPORT int sort_numbers(uint64_t *numbers, int64_t n, int64_t low_bit);
EXPORT void hash_texts(const uint8_t *bytes, const int64_t *offsets, int64_t n_texts, uint64_t *numbers);
EXPORT int64_t parse_instants(const uint8_t *bytes, const int64_t *offsets, int64_t n_texts, int64_t *ticks);
EXPORT int64_t index_objects(const uint8_t *data, int64_t size, int64_t deepest, int64_t *starts, int64_t *ends,
                             int64_t *lines, int64_t room);
EXPORT int64_t read_objects(const uint8_t *data, int64_t size, const int64_t *starts, const int64_t *ends,
                            int64_t first, int64_t n_records, const uint8_t *texts, const Gap *gaps,
                            JsonColumn *columns, int32_t n_columns, int64_t *first_rows, int64_t facts[2]);
EXPORT int64_t find_text(const uint8_t *data, const int64_t *offsets, int64_t n_cells, const uint8_t *wanted,
                         const uint8_t *bits, int64_t size, int64_t first, int64_t second, uint8_t *found);
EXPORT int64_t write_records(const TextColumn *columns, int32_t n_columns, int64_t n_records, uint8_t *out);

#endif
