/* An independent look at the bytes of a CSV file (RFC 4180): where records end, and whether anything is odd.

   What `auditviewer/core/reading/csv_index.py` does with arrays, 64 bytes at a time: one bit a byte, and the running
   parity of the quotes says which bytes stand inside quotes (after Langdale and Lemire, "Parsing Gigabytes of JSON
   per Second", 2019). It must give what that gives, on any bytes. */
#include "native.h"

/* The bits of facts[2]; `__init__.py` names them. */
enum { QUOTE_IN_FIELD = 1, TEXT_AFTER_QUOTE = 2, LONE_RETURN = 4, NUL = 8, UNCLOSED_QUOTE = 16 };

typedef struct {
    uint64_t quotes, delimiters, feeds, returns, nuls;
} Marks;

static inline Marks marks_of(const uint8_t *p, uint8_t delimiter)
{
    Marks m = {0, 0, 0, 0, 0};
#if defined(__SSE2__)
    m.quotes = equal_of_64(p, _mm_set1_epi8(QUOTE));
    m.delimiters = equal_of_64(p, _mm_set1_epi8((char)delimiter));
    m.feeds = equal_of_64(p, _mm_set1_epi8(FEED));
    m.returns = equal_of_64(p, _mm_set1_epi8(RETURN));
    m.nuls = equal_of_64(p, _mm_setzero_si128());
#else
    for (int i = 0; i < 64; i++) {
        m.quotes |= (uint64_t)(p[i] == QUOTE) << i;
        m.delimiters |= (uint64_t)(p[i] == delimiter) << i;
        m.feeds |= (uint64_t)(p[i] == FEED) << i;
        m.returns |= (uint64_t)(p[i] == RETURN) << i;
        m.nuls |= (uint64_t)(p[i] == 0) << i;
    }
#endif
    return m;
}

/* Indexes data that starts at a record; returns how many records end in a line feed.

   ends[i] is the offset just past that line feed of record i, lines[i] how many line feeds came up to and including
   it; only the first `room` of them are filled in. facts are the delimiters outside quotes, all line feeds, and the
   oddities as bits. */
int64_t index_records(const uint8_t *data, int64_t size, uint8_t delimiter, int64_t *ends, int64_t *lines,
                      int64_t room, int64_t facts[3])
{
    uint64_t is_inside = 0, may_open = 1, was_closing = 0, was_return = 0, odd = 0;
    int64_t n_records = 0, n_delimiters = 0, n_feeds = 0;
    uint8_t rest[64];
    for (int64_t at = 0; at < size; at += 64) {
        const uint8_t *p = data + at;
        uint64_t past_end = 0; /* nothing stands there, so nothing there is wrong */
        int last = 63;
        if (size - at < 64) {
            last = (int)(size - at) - 1;
            past_end = ~0ULL << (last + 1);
            memset(rest, ' ', sizeof rest);
            memcpy(rest, p, (size_t)(size - at));
            p = rest;
        }
        const Marks m = marks_of(p, delimiter);
        uint64_t inside = m.quotes;
        for (int shift = 1; shift < 64; shift *= 2)
            inside ^= inside << shift;
        inside ^= 0 - is_inside;
        const uint64_t opening = m.quotes & inside, closing = m.quotes & ~inside;
        const uint64_t before_opening = m.delimiters | m.feeds | closing;
        const uint64_t after_closing = m.delimiters | m.feeds | opening | m.returns | past_end;
        odd |= m.nuls ? NUL : 0;
        odd |= opening & ~(before_opening << 1 | may_open) ? QUOTE_IN_FIELD : 0;
        odd |= (closing << 1 | was_closing) & ~after_closing ? TEXT_AFTER_QUOTE : 0;
        odd |= (m.returns << 1 | was_return) & ~(m.feeds | past_end) ? LONE_RETURN : 0;
        n_delimiters += __builtin_popcountll(m.delimiters & ~inside);
        for (uint64_t feeds = m.feeds; feeds; feeds &= feeds - 1) {
            const int bit = __builtin_ctzll(feeds);
            n_feeds++;
            if (inside >> bit & 1)
                continue;
            if (n_records < room) {
                ends[n_records] = at + bit + 1;
                lines[n_records] = n_feeds;
            }
            n_records++;
        }
        is_inside = inside >> last & 1;
        may_open = before_opening >> last & 1;
        was_closing = closing >> last & 1;
        was_return = m.returns >> last & 1;
    }
    odd |= is_inside ? UNCLOSED_QUOTE : 0;
    odd |= was_return ? LONE_RETURN : 0;
    facts[0] = n_delimiters;
    facts[1] = n_feeds;
    facts[2] = (int64_t)odd;
    return n_records;
}

/* Returns 1 where all bytes are well-formed UTF-8 (The Unicode Standard, table 3-7), 0 where they are not. */
int is_utf8(const uint8_t *data, int64_t size)
{
    const uint8_t *p = data, *const end = data + size;
    while (p < end) {
#if defined(__SSE2__)
        if (end - p >= 16) {
            const int high = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)p));
            if (high == 0) {
                p += 16;
                continue;
            }
            p += __builtin_ctz((unsigned)high);
        }
#endif
        const uint8_t lead = *p;
        if (lead < 0x80) {
            p++;
            continue;
        }
        int n_more;
        uint8_t lowest = 0x80, highest = 0xBF; /* of the second byte */
        if (lead >= 0xC2 && lead <= 0xDF) {
            n_more = 1;
        } else if (lead >= 0xE0 && lead <= 0xEF) {
            n_more = 2;
            lowest = lead == 0xE0 ? 0xA0 : lowest;
            highest = lead == 0xED ? 0x9F : highest;
        } else if (lead >= 0xF0 && lead <= 0xF4) {
            n_more = 3;
            lowest = lead == 0xF0 ? 0x90 : lowest;
            highest = lead == 0xF4 ? 0x8F : highest;
        } else {
            return 0;
        }
        if (end - p <= n_more || p[1] < lowest || p[1] > highest)
            return 0;
        for (int i = 2; i <= n_more; i++)
            if ((p[i] & 0xC0) != 0x80)
                return 0;
        p += n_more + 1;
    }
    return 1;
}

int64_t native_version(void)
{
    return NATIVE_VERSION;
}
