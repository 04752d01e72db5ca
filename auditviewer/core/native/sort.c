/* Numbers in ascending order: a radix sort from the lowest digit up, which keeps equal ones as they stand. */
#include "native.h"

enum { DIGIT_BITS = 11, N_DIGITS = 1 << DIGIT_BITS, MOST_PASSES = 6 };

/* Sorts numbers by their bits from `low_bit` on, those equal in these as they stand; returns 0 without memory. */
int sort_numbers(uint64_t *numbers, int64_t n, int64_t low_bit)
{
    uint64_t all = 0;
    for (int64_t i = 0; i < n; i++)
        all |= numbers[i];
    int n_passes = 0;
    while (n_passes < MOST_PASSES && low_bit + n_passes * DIGIT_BITS < 64 && all >> (low_bit + n_passes * DIGIT_BITS))
        n_passes++;
    if (n < 2 || n_passes == 0)
        return 1;
    uint64_t *const room = malloc((size_t)n * sizeof(uint64_t));
    int64_t(*const counts)[N_DIGITS] = calloc((size_t)n_passes, sizeof *counts);
    if (room == NULL || counts == NULL) {
        free(room);
        free(counts);
        return 0;
    }
    for (int64_t i = 0; i < n; i++)
        for (int pass = 0; pass < n_passes; pass++)
            counts[pass][numbers[i] >> (low_bit + pass * DIGIT_BITS) & (N_DIGITS - 1)]++;
    uint64_t *from = numbers, *to = room;
    for (int pass = 0; pass < n_passes; pass++) {
        const int64_t shift = low_bit + pass * DIGIT_BITS;
        int64_t *const next = counts[pass];
        if (next[from[0] >> shift & (N_DIGITS - 1)] == n)
            continue; /* all have this digit */
        int64_t before = 0;
        for (int digit = 0; digit < N_DIGITS; digit++) {
            const int64_t count = next[digit];
            next[digit] = before;
            before += count;
        }
        for (int64_t i = 0; i < n; i++)
            to[next[from[i] >> shift & (N_DIGITS - 1)]++] = from[i];
        uint64_t *const sorted = to;
        to = from;
        from = sorted;
    }
    if (from != numbers)
        memcpy(numbers, from, (size_t)n * sizeof(uint64_t));
    free(room);
    free(counts);
    return 1;
}
