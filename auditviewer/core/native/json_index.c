/* An independent look at the bytes of JSON records (RFC 8259): where each starts and ends, by quotes and brackets alone.

   What `auditviewer/core/reading/json_index.py` does with arrays, 64 bytes at a time, and must say of any bytes. */
#include "native.h"

typedef struct {
    uint64_t quotes, slashes, openings, closings, controls, feeds;
} Marks;

static inline Marks marks_of(const uint8_t *p)
{
    Marks m = {0, 0, 0, 0, 0, 0};
#if defined(__SSE2__)
    const __m128i highest = _mm_set1_epi8(0x1F), bit = _mm_set1_epi8(0x20);
    const __m128i quote = _mm_set1_epi8(QUOTE), slash = _mm_set1_epi8('\\'), feed = _mm_set1_epi8(FEED);
    const __m128i opening = _mm_set1_epi8('{'), closing = _mm_set1_epi8('}');
    for (int i = 0; i < 4; i++) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(p + 16 * i));
        const __m128i low = _mm_or_si128(bytes, bit); /* [ and { are one bit apart, and so are ] and } */
        const __m128i is_control = _mm_cmpeq_epi8(_mm_max_epu8(bytes, highest), highest);
        const int shift = 16 * i;
        m.quotes |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, quote)) << shift;
        m.slashes |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, slash)) << shift;
        m.openings |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(low, opening)) << shift;
        m.closings |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(low, closing)) << shift;
        m.controls |= (uint64_t)(uint32_t)_mm_movemask_epi8(is_control) << shift;
        m.feeds |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, feed)) << shift;
    }
#else
    for (int i = 0; i < 64; i++) {
        m.quotes |= (uint64_t)(p[i] == QUOTE) << i;
        m.slashes |= (uint64_t)(p[i] == '\\') << i;
        m.openings |= (uint64_t)((p[i] | 0x20) == '{') << i;
        m.closings |= (uint64_t)((p[i] | 0x20) == '}') << i;
        m.controls |= (uint64_t)(p[i] < 0x20) << i;
        m.feeds |= (uint64_t)(p[i] == FEED) << i;
    }
#endif
    return m;
}

/* Returns the bits of the bytes after a backslash that is not itself escaped; *is_next is 1 where the first byte is
   one, and becomes 1 where the byte after these 64 is. */
static inline uint64_t escaped_by(uint64_t slashes, uint64_t *is_next)
{
    uint64_t escaped = *is_next;
    slashes &= ~*is_next;
    *is_next = 0;
    while (slashes) {
        const int at = __builtin_ctzll(slashes);
        if (at == 63) {
            *is_next = 1;
            break;
        }
        escaped |= 2ULL << at;
        slashes &= ~(3ULL << at);
    }
    return escaped;
}

/* Returns how many bits are set; quick where few are. */
static inline int64_t count_bits(uint64_t bits)
{
    int64_t n = 0;
    for (; bits; bits &= bits - 1)
        n++;
    return n;
}

/* Indexes data that starts with a record; returns how many whole ones nothing speaks against so far.

   Record i stands from starts[i] up to ends[i], and lines[i] line feeds before it; only the first `room` of them are
   filled in. A bracket that closes nothing, brackets deeper than `deepest` and a control character between quotes end
   the index. */
int64_t index_objects(const uint8_t *data, int64_t size, int64_t deepest, int64_t *starts, int64_t *ends,
                      int64_t *lines, int64_t room)
{
    uint64_t is_inside = 0, is_escaped = 0;
    int64_t n_records = 0, n_feeds = 0, depth = 0;
    uint8_t rest[64];
    for (int64_t at = 0; at < size; at += 64) {
        const uint8_t *p = data + at;
        if (size - at < 64) {
            memset(rest, ' ', sizeof rest);
            memcpy(rest, p, (size_t)(size - at));
            p = rest;
        }
        const Marks m = marks_of(p);
        const uint64_t quotes = m.quotes & ~escaped_by(m.slashes, &is_escaped);
        uint64_t inside = quotes;
        for (int shift = 1; shift < 64; shift *= 2)
            inside ^= inside << shift;
        inside ^= 0 - is_inside;
        is_inside = inside >> 63;
        uint64_t brackets = (m.openings | m.closings) & ~inside;
        const uint64_t odd = m.controls & inside;
        if (odd)
            brackets &= (odd & (0 - odd)) - 1;
        for (; brackets; brackets &= brackets - 1) {
            const int bit = __builtin_ctzll(brackets);
            if (m.openings >> bit & 1) {
                if (++depth > deepest)
                    return n_records;
                if (depth == 1 && n_records < room) {
                    starts[n_records] = at + bit;
                    lines[n_records] = n_feeds + count_bits(m.feeds & ((1ULL << bit) - 1));
                }
            } else {
                if (--depth < 0)
                    return n_records;
                if (depth == 0) {
                    if (n_records < room)
                        ends[n_records] = at + bit + 1;
                    n_records++;
                }
            }
        }
        if (odd)
            return n_records;
        n_feeds += count_bits(m.feeds);
    }
    return n_records;
}
