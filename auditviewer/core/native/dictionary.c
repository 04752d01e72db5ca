/* Texts to codes: an open hash table over texts that are kept one after the other, in the order they came in.

   The hash is seeded, so that nobody can write a file of texts that all fall on one slot. Texts are hashed some
   ahead of being looked up, so that their slots are on the way from memory meanwhile. */
#include "native.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

typedef struct {
    uint32_t tag; /* upper half of the hash, so that few texts that differ are compared */
    int32_t code; /* FREE for none */
} Slot;

enum { FREE = -1, FEWEST_VALUES = 4096, FIRST_BYTES = 1 << 16, AHEAD = 128, MANY_VALUES = 1 << 15 };

struct Dictionary {
    uint8_t *bytes;
    int64_t n_bytes, room_bytes;
    int64_t *offsets;
    int64_t n_values, room_values;
    Slot *slots;
    uint64_t mask; /* number of slots, a power of two, less one */
    uint64_t seed;
};

static inline uint64_t word_at(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, 8);
    return word;
}

static inline uint64_t folded_product(uint64_t a, uint64_t b)
{
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Returns a hash of every byte and the length; mixes by folded 128-bit products, with odd constants of no meaning. */
static inline uint64_t hash_of(const uint8_t *p, int64_t length, uint64_t seed)
{
    const uint64_t key = seed ^ 0xD6E8FEB86659FD93ULL;
    uint64_t hash = seed + (uint64_t)length, first = 0, last = 0;
    if (length >= 16) {
        for (int64_t i = 0; i + 16 < length; i += 16)
            hash = folded_product(word_at(p + i) ^ key, word_at(p + i + 8) ^ hash);
        first = word_at(p + length - 16);
        last = word_at(p + length - 8);
    } else if (length >= 8) {
        first = word_at(p);
        last = word_at(p + length - 8);
    } else {
        for (int64_t i = 0; i < length; i++)
            first |= (uint64_t)p[i] << (8 * i);
    }
    hash = folded_product(first ^ key, last ^ hash);
    return folded_product(hash ^ 0xE7037ED1A0B428DBULL, key);
}

static inline int is_same(const uint8_t *a, const uint8_t *b, int64_t length)
{
    if (length < 8) {
        for (int64_t i = 0; i < length; i++)
            if (a[i] != b[i])
                return 0;
        return 1;
    }
    uint64_t different = word_at(a + length - 8) ^ word_at(b + length - 8);
    for (int64_t i = 0; i + 8 < length; i += 8)
        different |= word_at(a + i) ^ word_at(b + i);
    return different == 0;
}

/* Returns memory for free(): of many bytes in few large pages, where the system has them, since it is used all over. */
static void *new_memory(size_t size)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const size_t page = (size_t)1 << 21;
    if (size >= 2 * page) {
        void *memory = aligned_alloc(page, (size + page - 1) / page * page);
        if (memory != NULL)
            madvise(memory, size, MADV_HUGEPAGE); /* a wish, which may not be granted */
        return memory;
    }
#endif
    return malloc(size);
}

static Slot *free_slots(uint64_t n)
{
    Slot *slots = new_memory(n * sizeof(Slot));
    if (slots != NULL)
        for (uint64_t i = 0; i < n; i++)
            slots[i].code = FREE;
    return slots;
}

static int double_slots(Dictionary *d)
{
    const uint64_t mask = d->mask * 2 + 1;
    Slot *slots = free_slots(mask + 1);
    if (slots == NULL)
        return 0;
    for (uint64_t i = 0; i <= d->mask; i++) {
        const int32_t code = d->slots[i].code;
        if (code == FREE)
            continue;
        const int64_t start = d->offsets[code];
        uint64_t at = hash_of(d->bytes + start, d->offsets[code + 1] - start, d->seed) & mask;
        while (slots[at].code != FREE)
            at = (at + 1) & mask;
        slots[at] = d->slots[i];
    }
    free(d->slots);
    d->slots = slots;
    d->mask = mask;
    return 1;
}

/* Makes room for one more text; returns 0 where there is no memory, or no code left. */
static int make_room(Dictionary *d, int64_t length)
{
    if (d->n_values == d->room_values) {
        if (d->room_values > INT32_MAX / 2)
            return 0;
        int64_t *offsets = realloc(d->offsets, (size_t)(2 * d->room_values + 1) * sizeof(int64_t));
        if (offsets == NULL)
            return 0;
        d->offsets = offsets;
        d->room_values *= 2;
    }
    int64_t room = d->room_bytes;
    while (room - d->n_bytes < length)
        room *= 2;
    if (room != d->room_bytes) {
        uint8_t *bytes = realloc(d->bytes, (size_t)room);
        if (bytes == NULL)
            return 0;
        d->bytes = bytes;
        d->room_bytes = room;
    }
    return 1;
}

/* Returns the code of a text, a new one for a new text; FREE where there is no memory. */
static inline int32_t code_of(Dictionary *d, const uint8_t *text, int64_t length, uint64_t hash)
{
    const uint32_t tag = (uint32_t)(hash >> 32);
    uint64_t at = hash & d->mask;
    for (; d->slots[at].code != FREE; at = (at + 1) & d->mask) {
        if (d->slots[at].tag != tag)
            continue;
        const int32_t code = d->slots[at].code;
        const int64_t start = d->offsets[code];
        if (d->offsets[code + 1] - start == length && is_same(d->bytes + start, text, length))
            return code;
    }
    if (!make_room(d, length))
        return FREE;
    const int32_t code = (int32_t)d->n_values++;
    memcpy(d->bytes + d->n_bytes, text, (size_t)length);
    d->n_bytes += length;
    d->offsets[code + 1] = d->n_bytes;
    d->slots[at] = (Slot){tag, code};
    if ((uint64_t)d->n_values * 2 > d->mask + 1 && !double_slots(d))
        return FREE;
    return code;
}

/* Returns an empty dictionary that need not grow for so many texts, NULL where there is no memory. */
Dictionary *new_dictionary(uint64_t seed, int64_t n_expected)
{
    Dictionary *d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->seed = seed;
    d->room_values = FEWEST_VALUES;
    while (d->room_values < n_expected && d->room_values <= INT32_MAX / 2)
        d->room_values *= 2;
    d->mask = (uint64_t)d->room_values * 2 - 1;
    d->room_bytes = FIRST_BYTES;
    d->slots = free_slots(d->mask + 1);
    d->offsets = new_memory((size_t)(d->room_values + 1) * sizeof(int64_t));
    d->bytes = malloc(FIRST_BYTES);
    if (d->slots == NULL || d->offsets == NULL || d->bytes == NULL) {
        free_dictionary(d);
        return NULL;
    }
    d->offsets[0] = 0;
    return d;
}

void free_dictionary(Dictionary *d)
{
    if (d == NULL)
        return;
    free(d->slots);
    free(d->offsets);
    free(d->bytes);
    free(d);
}

int64_t count_values(const Dictionary *d)
{
    return d->n_values;
}

int64_t count_bytes(const Dictionary *d)
{
    return d->n_bytes;
}

/* Copies all texts, in the order of their codes: offsets has room for one more than there are. */
void copy_values(const Dictionary *d, int64_t *offsets, uint8_t *bytes)
{
    memcpy(offsets, d->offsets, (size_t)(d->n_values + 1) * sizeof(int64_t));
    memcpy(bytes, d->bytes, (size_t)d->n_bytes);
}

/* Fills in the code of each text, text i being bytes[offsets[i] .. offsets[i + 1]]; returns 0 without memory. */
int encode_texts(Dictionary *d, const uint8_t *bytes, const int64_t *offsets, int64_t n_texts, int32_t *codes)
{
    uint64_t hashes[AHEAD];
    for (int64_t start = 0; start < n_texts; start += AHEAD) {
        const int64_t n = n_texts - start < AHEAD ? n_texts - start : AHEAD;
        const int64_t *at = offsets + start;
        for (int64_t i = 0; i < n; i++) {
            hashes[i] = hash_of(bytes + at[i], at[i + 1] - at[i], d->seed);
            __builtin_prefetch(d->slots + (hashes[i] & d->mask));
        }
        if (d->n_values > MANY_VALUES) /* the texts in those slots are far away too */
            for (int64_t i = 0; i < n; i++) {
                const int32_t code = d->slots[hashes[i] & d->mask].code;
                if (code != FREE) {
                    __builtin_prefetch(d->offsets + code);
                    __builtin_prefetch(d->bytes + d->offsets[code]);
                }
            }
        for (int64_t i = 0; i < n; i++) {
            const int32_t code = code_of(d, bytes + at[i], at[i + 1] - at[i], hashes[i]);
            if (code == FREE)
                return 0;
            codes[start + i] = code;
        }
    }
    return 1;
}

/* Fills in other codes, of `width` bytes each, for codes of one dictionary: one more than new_codes[code], which leaves
   0 for a code below 0, that of a missing text. */
void map_codes(const int32_t *codes, int64_t n_codes, const int32_t *new_codes, int64_t width, void *out)
{
    if (width == 1)
        for (int64_t i = 0; i < n_codes; i++)
            ((uint8_t *)out)[i] = codes[i] < 0 ? 0 : (uint8_t)(new_codes[codes[i]] + 1);
    else if (width == 2)
        for (int64_t i = 0; i < n_codes; i++)
            ((uint16_t *)out)[i] = codes[i] < 0 ? 0 : (uint16_t)(new_codes[codes[i]] + 1);
    else
        for (int64_t i = 0; i < n_codes; i++)
            ((int32_t *)out)[i] = codes[i] < 0 ? 0 : new_codes[codes[i]] + 1;
}
