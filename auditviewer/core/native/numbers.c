/* Texts to numbers: an Id to one that tells it from others, a timestamp in the usual form to its instant. */
#include "native.h"

enum { TICKS_PER_SECOND = 10000000, SECONDS_PER_DAY = 86400 };

/* Numbers texts as `auditviewer/core/reading/ids.py` does: by mixing the length and the 8-byte words, 0 for none. */
void hash_texts(const uint8_t *bytes, const int64_t *offsets, int64_t n_texts, uint64_t *numbers)
{
    for (int64_t i = 0; i < n_texts; i++) {
        const uint8_t *p = bytes + offsets[i];
        int64_t left = offsets[i + 1] - offsets[i];
        uint64_t mixed = (uint64_t)left;
        if (left == 0) {
            numbers[i] = 0;
            continue;
        }
        for (; left > 0; left -= 8, p += 8) {
            uint64_t word = 0;
            if (left >= 8)
                memcpy(&word, p, 8);
            else
                memcpy(&word, p, (size_t)left);
            mixed = (mixed ^ word) * 0x9E3779B97F4A7C15ULL;
            mixed ^= mixed >> 29;
        }
        numbers[i] = mixed | 1;
    }
}

/* Returns the number that some digits say, -1 where they are none. */
static inline int32_t digits_at(const uint8_t *p, int n)
{
    int32_t number = 0;
    for (int i = 0; i < n; i++) {
        const unsigned digit = (unsigned)p[i] - '0';
        if (digit > 9)
            return -1;
        number = number * 10 + (int32_t)digit;
    }
    return number;
}

static inline int is_leap(int32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Returns the ticks of 100 ns since year 1 that YYYY-MM-DDThh:mm:ss[.f...]Z says (RFC 3339), -1 for anything else. */
static inline int64_t ticks_of(const uint8_t *p, int64_t length)
{
    static const int32_t days_before[] = {0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    if (length < 20 || length > 30 || length == 21 || p[length - 1] != 'Z' || p[4] != '-' || p[7] != '-' ||
        p[10] != 'T' || p[13] != ':' || p[16] != ':' || (length > 20 && p[19] != '.'))
        return -1;
    const int32_t year = digits_at(p, 4), month = digits_at(p + 5, 2), day = digits_at(p + 8, 2);
    const int32_t hour = digits_at(p + 11, 2), minute = digits_at(p + 14, 2), second = digits_at(p + 17, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 59)
        return -1;
    const int leap = is_leap(year);
    if (day > days_before[month + 1] - days_before[month] + (leap && month == 2))
        return -1;
    int32_t fraction = 0;
    if (length > 20) {
        const int n = (int)length - 21; /* digits, of which those beyond the seventh are finer than a tick */
        const int n_kept = n < 7 ? n : 7;
        fraction = digits_at(p + 20, n_kept);
        if (fraction < 0 || digits_at(p + 20 + n_kept, n - n_kept) < 0)
            return -1;
        for (int i = n_kept; i < 7; i++)
            fraction *= 10;
    }
    const int64_t past = year - 1;
    const int64_t days =
        past * 365 + past / 4 - past / 100 + past / 400 + days_before[month] + (leap && month > 2) + day - 1;
    const int64_t seconds = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
    return seconds * TICKS_PER_SECOND + fraction;
}

/* Fills in the ticks of timestamps of the usual form and leaves those of others; returns how many others there are. */
int64_t parse_instants(const uint8_t *bytes, const int64_t *offsets, int64_t n_texts, int64_t *ticks)
{
    int64_t n_others = 0;
    for (int64_t i = 0; i < n_texts; i++) {
        const int64_t found = ticks_of(bytes + offsets[i], offsets[i + 1] - offsets[i]);
        if (found >= 0)
            ticks[i] = found;
        else
            n_others++;
    }
    return n_others;
}
