/* The fields of whole CSV records (RFC 4180), column by column: a parser that walks from field to field.

   It shares nothing with the index of csv_index.c, which must agree with it on where each record ends: what the one
   got wrong, the other would have to get wrong in the same way.

   Memory is read inside the data alone. What is written for a record is no more than its own bytes and ROOM_PAST,
   even where parser and index do not agree: copies are made some bytes at a time. */
#include "native.h"

enum { NO_MEMORY = -1, NOT_UTF8 = -2 };

/* Copies a quoted field of a record that should end at `stop` without its quotes, and doubled ones once.

   p is past the opening quote. Returns the place past the closing one, NULL where there is none; *out moves past what
   was written. */
static inline const uint8_t *unquote(const uint8_t *p, const uint8_t *stop, const uint8_t *end, uint8_t **out)
{
    uint8_t *to = *out;
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8(QUOTE);
    while (p < stop && end - p >= 128) {
        int done = 0; /* of the 64 bytes at p; 65 where the last of them is the first of a doubled quote */
        for (uint64_t quotes = equal_of_64(p, quote); quotes;) {
            const int at = __builtin_ctzll(quotes);
            copy_run(to, p + done, at - done);
            to += at - done;
            if (p[at + 1] != QUOTE) {
                *out = to;
                return p + at + 1;
            }
            *to++ = QUOTE;
            done = at + 2;
            quotes &= quotes - 1; /* this quote, and the one that doubles it */
            quotes &= quotes - 1;
        }
        if (done < 64) {
            copy_run(to, p + done, 64 - done);
            to += 64 - done;
            done = 64;
        }
        p += done;
    }
#endif
    for (; p < stop; p++) {
        if (*p == QUOTE && (++p == end || *p != QUOTE)) {
            *out = to;
            return p;
        }
        *to++ = *p;
    }
    return NULL;
}

/* Copies an unquoted field of a record that should end at `stop`; *out moves past what was written.

   Returns where it ends: at a delimiter, an end of line, a quote, or the end of the data. */
static inline const uint8_t *copy_unquoted(const uint8_t *p, const uint8_t *stop, const uint8_t *end, uint8_t delimiter,
                                           uint8_t **out)
{
    uint8_t *to = *out;
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8(QUOTE), between = _mm_set1_epi8((char)delimiter);
    const __m128i feed = _mm_set1_epi8(FEED), back = _mm_set1_epi8(RETURN);
    for (; p < stop && end - p >= 16; p += 16, to += 16) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)p);
        const __m128i in_line = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, between));
        const __m128i of_line = _mm_or_si128(_mm_cmpeq_epi8(bytes, feed), _mm_cmpeq_epi8(bytes, back));
        const int found = _mm_movemask_epi8(_mm_or_si128(in_line, of_line));
        _mm_storeu_si128((__m128i *)to, bytes);
        if (found) {
            const int length = __builtin_ctz((unsigned)found);
            *out = to + length;
            return p + length;
        }
    }
#endif
    while (p < stop && *p != delimiter && *p != FEED && *p != RETURN && *p != QUOTE)
        *to++ = *p++;
    *out = to;
    return p;
}

/* Reads a record that should end at `stop`, as row rows[0] of plain columns and rows[1] of coded ones.

   Returns 1, or 0 where it has not a field a column, or does not end there. */
static inline int read_record(const uint8_t *p, const uint8_t *stop, const uint8_t *end, uint8_t delimiter,
                              Column *columns, int32_t n_columns, const int64_t rows[2])
{
    for (int32_t c = 0; c < n_columns; c++) {
        Column *column = columns + c;
        uint8_t *to = column->bytes + column->n_bytes;
        if (p < stop && *p == QUOTE)
            p = unquote(p + 1, stop, end, &to);
        else
            p = copy_unquoted(p, stop, end, delimiter, &to);
        if (p == NULL || p > stop)
            return 0;
        column->n_bytes = to - column->bytes;
        column->offsets[rows[column->dictionary != NULL] + 1] = column->n_bytes;
        if (c + 1 < n_columns) {
            if (p == stop || *p != delimiter)
                return 0;
            p++;
        }
    }
    if (p == stop)
        return stop == end; /* the last record of a file needs no end of line */
    if (*p == RETURN && ++p == stop)
        return 0;
    return *p == FEED && p + 1 == stop;
}

/* Reads whole records into columns; returns how many were as they should be, which is all, NO_MEMORY or NOT_UTF8.

   A record should have a field a column and end where the index says: ends[i] - start is that place in data. A plain
   column has room for the bytes of the data and ROOM_PAST more. The texts of a coded one are used again for every
   batch of records, which holds `batch_bytes` of the data at most, or one record: it has room for so many, and
   ROOM_PAST. All have room for the offsets of all records, one more than there are. */
int64_t read_fields(const uint8_t *data, const int64_t *ends, int64_t start, int64_t n_records, uint8_t delimiter,
                    Column *columns, int32_t n_columns, int64_t batch_bytes)
{
    const uint8_t *const end = data + (n_records ? ends[n_records - 1] - start : 0);
    const uint8_t *p = data;
    int64_t done = 0;
    for (int32_t c = 0; c < n_columns; c++)
        columns[c].offsets[0] = columns[c].n_bytes = 0;
    while (done < n_records) {
        const int64_t first = done, first_byte = p - data;
        int64_t past = done + 1;
        while (past < n_records && ends[past] - start - first_byte <= batch_bytes)
            past++;
        if (!is_utf8(p, ends[past - 1] - start - first_byte))
            return NOT_UTF8;
        for (int32_t c = 0; c < n_columns; c++)
            if (columns[c].dictionary != NULL)
                columns[c].n_bytes = 0;
        for (; done < past; done++) {
            const int64_t rows[2] = {done, done - first};
            const uint8_t *const stop = data + (ends[done] - start);
            if (!read_record(p, stop, end, delimiter, columns, n_columns, rows))
                return done;
            p = stop;
        }
        for (int32_t c = 0; c < n_columns; c++) {
            Column *column = columns + c;
            if (column->dictionary != NULL &&
                !encode_texts(column->dictionary, column->bytes, column->offsets, done - first, column->codes + first))
                return NO_MEMORY;
        }
    }
    return done;
}
