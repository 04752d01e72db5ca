/* JSON values, strictly (RFC 8259): where each ends, and what the escapes of a string stand for.

   What the standard library's scanner refuses must be refused here, and the other way round. */
#include "json_values.h"

/* More brackets in one another than the index of the records lets through. */
enum { MOST_NESTED = 256 };

static inline int is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* Returns the value of a hexadecimal digit, -1 where it is none. */
static inline int digit_of(uint8_t byte)
{
    if (is_digit(byte))
        return byte - '0';
    const uint8_t low = byte | 0x20;
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* Returns the number of the four hexadecimal digits at p, which are read up to `stop`; -1 where they are not there. */
static inline int32_t unit_at(const uint8_t *p, const uint8_t *stop)
{
    int32_t unit = 0;
    if (stop - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const int digit = digit_of(p[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

const uint8_t *end_of_string(const uint8_t *p, const uint8_t *stop, const uint8_t *end, int *has_escape)
{
    p++;
    for (;;) {
#if defined(__SSE2__)
        const __m128i quote = _mm_set1_epi8(QUOTE), slash = _mm_set1_epi8('\\'), highest = _mm_set1_epi8(0x1F);
        while (end - p >= 16 && p < stop) {
            const __m128i bytes = _mm_loadu_si128((const __m128i *)p);
            const __m128i is_control = _mm_cmpeq_epi8(_mm_max_epu8(bytes, highest), highest);
            const __m128i is_mark = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, slash));
            const int found = _mm_movemask_epi8(_mm_or_si128(is_mark, is_control));
            if (found) {
                p += __builtin_ctz((unsigned)found);
                break;
            }
            p += 16;
        }
#endif
        while (p < stop && *p >= 0x20 && *p != QUOTE && *p != '\\')
            p++;
        if (p >= stop || *p < 0x20)
            return NULL;
        if (*p == QUOTE)
            return p + 1;
        *has_escape = 1;
        if (++p >= stop)
            return NULL;
        if (*p == 'u') {
            if (unit_at(p + 1, stop) < 0)
                return NULL;
            p += 5;
        } else if (*p == QUOTE || *p == '\\' || *p == '/' || *p == 'b' || *p == 'f' || *p == 'n' || *p == 'r' ||
                   *p == 't') {
            p++;
        } else {
            return NULL;
        }
    }
}

static inline const uint8_t *end_of_digits(const uint8_t *p, const uint8_t *stop)
{
    const uint8_t *const start = p;
    while (p < stop && is_digit(*p))
        p++;
    return p > start ? p : NULL;
}

static const uint8_t *end_of_number(const uint8_t *p, const uint8_t *stop)
{
    if (*p == '-')
        p++;
    if (p < stop && *p == '0')
        p++;
    else
        p = end_of_digits(p, stop);
    if (p != NULL && p < stop && *p == '.')
        p = end_of_digits(p + 1, stop);
    if (p != NULL && p < stop && (*p | 0x20) == 'e') {
        p++;
        if (p < stop && (*p == '+' || *p == '-'))
            p++;
        p = end_of_digits(p, stop);
    }
    return p;
}

static inline const uint8_t *end_of_letters(const uint8_t *p, const uint8_t *stop, const char *letters, int n)
{
    return stop - p >= n && memcmp(p, letters, (size_t)n) == 0 ? p + n : NULL;
}

const uint8_t *end_of_word(const uint8_t *p, const uint8_t *stop)
{
    if (p >= stop)
        return NULL;
    switch (*p) {
    case 't':
        return end_of_letters(p, stop, "true", 4);
    case 'f':
        return end_of_letters(p, stop, "false", 5);
    case 'n':
        return end_of_letters(p, stop, "null", 4);
    default:
        return end_of_number(p, stop);
    }
}

static inline const uint8_t *past_space(const uint8_t *p, const uint8_t *stop)
{
    while (p < stop && (*p == ' ' || *p == FEED || *p == RETURN || *p == '\t'))
        p++;
    return p;
}

/* Returns the place of the value of the member whose key should stand at p, NULL where there is none. */
static inline const uint8_t *past_key(const uint8_t *p, const uint8_t *stop, const uint8_t *end)
{
    int has_escape = 0;
    if (p >= stop || *p != QUOTE || (p = end_of_string(p, stop, end, &has_escape)) == NULL)
        return NULL;
    p = past_space(p, stop);
    return p < stop && *p == ':' ? past_space(p + 1, stop) : NULL;
}

const uint8_t *end_of_nested(const uint8_t *p, const uint8_t *stop, const uint8_t *end)
{
    uint8_t closings[MOST_NESTED];
    int depth = 0, has_escape = 0;
    while (p != NULL && p < stop) { /* a value starts at p */
        if (*p == '{' || *p == '[') {
            if (depth == MOST_NESTED)
                return NULL;
            closings[depth++] = *p + 2; /* of either kind */
            p = past_space(p + 1, stop);
            if (p < stop && *p != closings[depth - 1]) {
                if (closings[depth - 1] == '}')
                    p = past_key(p, stop, end);
                continue;
            }
        } else {
            p = *p == QUOTE ? end_of_string(p, stop, end, &has_escape) : end_of_word(p, stop);
            if (p == NULL || depth == 0)
                return p;
            p = past_space(p, stop);
        }
        while (p < stop && *p == closings[depth - 1]) {
            p++;
            if (--depth == 0)
                return p;
            p = past_space(p, stop);
        }
        if (p >= stop || *p != ',')
            return NULL;
        p = past_space(p + 1, stop);
        if (closings[depth - 1] == '}')
            p = past_key(p, stop, end);
    }
    return NULL;
}

static inline int is_first_half(int32_t unit)
{
    return (unit & 0xFC00) == 0xD800;
}

static inline int is_second_half(int32_t unit)
{
    return (unit & 0xFC00) == 0xDC00;
}

static uint8_t *write_utf8(uint8_t *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (uint8_t)code;
    } else if (code < 0x800) {
        *to++ = (uint8_t)(0xC0 | code >> 6);
        *to++ = (uint8_t)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *to++ = (uint8_t)(0xE0 | code >> 12);
        *to++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        *to++ = (uint8_t)(0x80 | (code & 0x3F));
    } else {
        *to++ = (uint8_t)(0xF0 | code >> 18);
        *to++ = (uint8_t)(0x80 | (code >> 12 & 0x3F));
        *to++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        *to++ = (uint8_t)(0x80 | (code & 0x3F));
    }
    return to;
}

uint8_t *write_unescaped(uint8_t *to, const uint8_t *p, const uint8_t *stop)
{
    while (p < stop) {
        if (*p != '\\') {
            const uint8_t *slash = memchr(p, '\\', (size_t)(stop - p));
            const int64_t length = (slash == NULL ? stop : slash) - p;
            memcpy(to, p, (size_t)length);
            to += length;
            p += length;
            continue;
        }
        const uint8_t letter = p[1]; /* the string is valid: it does not end with a single backslash */
        p += 2;
        if (letter != 'u') {
            *to++ = letter == 'b' ? '\b' : letter == 'f' ? '\f' : letter == 'n' ? '\n' : letter == 'r' ? '\r'
                  : letter == 't' ? '\t' : letter;
            continue;
        }
        const int32_t unit = unit_at(p, stop);
        uint32_t code = (uint32_t)unit;
        p += 4;
        if (is_second_half(unit))
            return NULL;
        if (is_first_half(unit)) {
            const int32_t second = stop - p >= 6 && p[0] == '\\' && p[1] == 'u' ? unit_at(p + 2, stop) : -1;
            if (second < 0 || !is_second_half(second))
                return NULL;
            code = 0x10000 + ((uint32_t)(unit & 0x3FF) << 10 | (uint32_t)(second & 0x3FF));
            p += 6;
        }
        to = write_utf8(to, code);
    }
    return to;
}
