/* Columns to CSV text (RFC 4180): CRLF between records, quotes around a value that holds a mark, and doubled within. */
#include "native.h"

/* Returns whether a text must stand in quotes. Memory is read inside the text alone. */
static inline int has_mark(const uint8_t *p, const uint8_t *end)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8(QUOTE), comma = _mm_set1_epi8(',');
    const __m128i feed = _mm_set1_epi8(FEED), back = _mm_set1_epi8(RETURN);
    for (; end - p >= 16; p += 16) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)p);
        const __m128i in_line = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, comma));
        const __m128i of_line = _mm_or_si128(_mm_cmpeq_epi8(bytes, feed), _mm_cmpeq_epi8(bytes, back));
        if (_mm_movemask_epi8(_mm_or_si128(in_line, of_line)))
            return 1;
    }
#endif
    for (; p < end; p++)
        if (*p == QUOTE || *p == ',' || *p == FEED || *p == RETURN)
            return 1;
    return 0;
}

/* Copies a text, each quote twice; returns where it ends. Up to 64 bytes past that may be written. */
static inline uint8_t *copy_doubled(uint8_t *to, const uint8_t *p, const uint8_t *end)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8(QUOTE);
    while (end - p >= 128) {
        int done = 0;
        for (uint64_t quotes = equal_of_64(p, quote); quotes; quotes &= quotes - 1) {
            const int past = __builtin_ctzll(quotes) + 1;
            copy_run(to, p + done, past - done);
            to += past - done;
            *to++ = QUOTE;
            done = past;
        }
        copy_run(to, p + done, 64 - done);
        to += 64 - done;
        p += 64;
    }
    while (end - p >= 16) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)p);
        const int quotes = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, quote));
        const int length = quotes ? __builtin_ctz((unsigned)quotes) + 1 : 16;
        _mm_storeu_si128((__m128i *)to, bytes);
        to += length;
        p += length;
        if (quotes)
            *to++ = QUOTE;
    }
#endif
    for (; p < end; p++) {
        *to++ = *p;
        if (*p == QUOTE)
            *to++ = QUOTE;
    }
    return to;
}

/* Writes records to `out`; returns how many bytes that took, which are at most those of all texts, those of the ones
   that are no fields yet twice and two more each, and n_columns + 1 a record. There must be room for ROOM_PAST more.

   A lone column's empty text is written in quotes: a blank line would be no record. */
int64_t write_records(const TextColumn *columns, int32_t n_columns, int64_t n_records, uint8_t *out)
{
    uint8_t *to = out;
    for (int64_t i = 0; i < n_records; i++) {
        for (int32_t c = 0; c < n_columns; c++) {
            const TextColumn *column = columns + c;
            const int64_t text = column->codes == NULL ? i : column->codes[i];
            const uint8_t *const start = column->bytes + column->offsets[text];
            const uint8_t *const end = column->bytes + column->offsets[text + 1];
            if (c > 0)
                *to++ = ',';
            if (n_columns == 1 && start == end) {
                *to++ = QUOTE;
                *to++ = QUOTE;
            } else if (column->is_field || !has_mark(start, end)) {
                memcpy(to, start, (size_t)(end - start));
                to += end - start;
            } else {
                *to++ = QUOTE;
                to = copy_doubled(to, start, end);
                *to++ = QUOTE;
            }
        }
        *to++ = RETURN;
        *to++ = FEED;
    }
    return to - out;
}
