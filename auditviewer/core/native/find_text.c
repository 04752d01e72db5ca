/* Which cells of a column hold a text. */
#include "native.h"

/* What to find: the bytes, to which `bits` must have been added, of which those of letters have the bit of lower case. */
typedef struct {
    const uint8_t *wanted, *bits;
    int64_t size;
} Sought;

static inline int is_at(const uint8_t *p, const Sought *sought)
{
    for (int64_t i = 0; i < sought->size; i++)
        if ((p[i] | sought->bits[i]) != sought->wanted[i])
            return 0;
    return 1;
}

/* The cell that was looked at last, and how many bytes are before its end and that of the cell that was found last. */
typedef struct {
    const int64_t *offsets;
    uint8_t *found;
    int64_t cell, n_found, done;
} Cells;

/* Notes that the text stands at `place`, no earlier than the one before; across a border it is in neither cell. */
static inline void note(Cells *cells, int64_t place, int64_t size)
{
    while (cells->offsets[cells->cell + 1] - cells->offsets[0] <= place)
        cells->cell++;
    const int64_t end = cells->offsets[cells->cell + 1] - cells->offsets[0];
    if (place + size <= end) {
        cells->found[cells->cell] = 1;
        cells->n_found++;
        cells->done = end;
    }
}

/* Sets `found[i]` to 1 for each cell that holds the text of `size` bytes, at least one, and leaves the others; returns
   how many do. A byte of the data is one of the text when it is the wanted one after the text's bits are set in it.

   `data` is where the first cell begins. `first` and `second` are places in the text whose bytes stand together most
   rarely: they are looked for before the rest. */
int64_t find_text(const uint8_t *data, const int64_t *offsets, int64_t n_cells, const uint8_t *wanted,
                  const uint8_t *bits, int64_t size, int64_t first, int64_t second, uint8_t *found)
{
    const Sought sought = {wanted, bits, size};
    Cells cells = {offsets, found, 0, 0, 0};
    const int64_t n = offsets[n_cells] - offsets[0];
    int64_t place = 0;
#if defined(__SSE2__)
    const __m128i first_bits = _mm_set1_epi8((char)bits[first]), first_wanted = _mm_set1_epi8((char)wanted[first]);
    const __m128i second_bits = _mm_set1_epi8((char)bits[second]), second_wanted = _mm_set1_epi8((char)wanted[second]);
    while (place + 15 + size <= n) {
        const __m128i one = _mm_loadu_si128((const __m128i *)(data + place + first));
        const __m128i other = _mm_loadu_si128((const __m128i *)(data + place + second));
        const __m128i is_one = _mm_cmpeq_epi8(_mm_or_si128(one, first_bits), first_wanted);
        const __m128i is_other = _mm_cmpeq_epi8(_mm_or_si128(other, second_bits), second_wanted);
        unsigned hits = (unsigned)_mm_movemask_epi8(_mm_and_si128(is_one, is_other));
        for (; hits; hits &= hits - 1) {
            const int64_t hit = place + __builtin_ctz(hits);
            if (hit >= cells.done && is_at(data + hit, &sought))
                note(&cells, hit, size);
        }
        place = cells.done > place + 16 ? cells.done : place + 16;
    }
#else
    (void)first;
    (void)second;
#endif
    for (; place + size <= n; place++)
        if (place >= cells.done && is_at(data + place, &sought))
            note(&cells, place, size);
    return cells.n_found;
}
