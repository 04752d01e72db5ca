/* Whole JSON records to columns: a parser that walks from value to value along texts that stood between them before.

   It shares nothing with the index of json_index.c, which must agree with it on where each record ends. Memory is
   read inside the data alone, and nothing is written to a column beyond the room that it says it has. */
#include "json_values.h"

enum { IS_STRING = 0, IS_JSON = 1, IS_NULL = 2, IS_ABSENT = 3, IS_ESCAPED = 4 };

/* Makes the rows before `row` that a column lacks: they have no such member. */
static inline void fill_to(JsonColumn *column, int64_t row)
{
    for (; column->n_rows < row; column->n_rows++)
        column->offsets[column->n_rows + 1] = column->n_bytes;
}

/* Takes back what a column holds of a row. */
static void forget(JsonColumn *column, int64_t row)
{
    if (column->n_rows <= row)
        return;
    column->n_rows = row;
    column->n_bytes = column->offsets[row];
    column->kinds[row] = IS_ABSENT;
}

/* Writes the value at p as a column's text of a row.

   Returns the place past it, NULL where there is no valid one, or the column has no room, in which case *wanted becomes
   what it needs. */
static inline const uint8_t *read_value(const uint8_t *p, const uint8_t *stop, const uint8_t *end, int64_t row,
                                        JsonColumn *column, int64_t *wanted)
{
    const uint8_t *text = p, *text_end, *past;
    int has_escape = 0;
    uint8_t kind = IS_JSON;
    if (p >= stop)
        return NULL;
    if (*p == QUOTE) {
        past = end_of_string(p, stop, end, &has_escape);
        kind = IS_STRING;
    } else if (*p == '{' || *p == '[') {
        past = end_of_nested(p, stop, end);
    } else {
        past = end_of_word(p, stop);
        kind = *p == 'n' ? IS_NULL : IS_JSON;
    }
    if (past == NULL)
        return NULL;
    text_end = past;
    fill_to(column, row);
    if (column->room - column->n_bytes < past - p) {
        *wanted = column->n_bytes + (past - p);
        return NULL;
    }
    uint8_t *to = column->bytes + column->n_bytes;
    if (kind == IS_STRING) {
        text++;
        text_end--;
    }
    if (has_escape) {
        uint8_t *const written = write_unescaped(to, text, text_end);
        if (written == NULL) {
            kind = IS_ESCAPED;
            text = p;
            text_end = past;
            has_escape = 0;
        } else {
            column->n_bytes = written - column->bytes;
        }
    }
    if (!has_escape && kind != IS_NULL) {
        memcpy(to, text, (size_t)(text_end - text));
        column->n_bytes += text_end - text;
    }
    column->kinds[row] = kind;
    column->offsets[row + 1] = column->n_bytes;
    column->n_rows = row + 1;
    return past;
}

/* Reads the record from p up to `stop` as a row; returns 1 where it is valid throughout and of a known layout, else 0,
   and then *wanted is more than 0 where column *which has no room. */
static int read_record(const uint8_t *p, const uint8_t *stop, const uint8_t *end, int64_t row, const uint8_t *texts,
                       const Gap *gaps, JsonColumn *columns, int64_t *first_rows, int64_t *wanted, int64_t *which)
{
    int32_t at = 0;
    for (;;) {
        while (at >= 0 && (stop - p < gaps[at].length || memcmp(p, texts + gaps[at].text, (size_t)gaps[at].length)))
            at = gaps[at].next;
        if (at < 0)
            return 0;
        const Gap *const gap = gaps + at;
        p += gap->length;
        if (gap->column < 0) {
            if (p != stop)
                return 0;
            if (first_rows[at] < 0)
                first_rows[at] = row;
            return 1;
        }
        p = read_value(p, stop, end, row, columns + gap->column, wanted);
        if (p == NULL) {
            *which = gap->column;
            return 0;
        }
        at = gap->first;
    }
}

/* Reads records as rows, from row `first` on; returns how many rows there are then.

   Record i stands from starts[i] up to ends[i]. Gap 0 is the first of those that a record may start with; first_rows[i]
   becomes the first row that ends with gap i, where it was less than 0. Each column has room for the offsets of all
   records, one more than there are, and for their kinds, all IS_ABSENT but those of the rows before. The first record
   that is not valid, not of a known layout or not as long as it should be ends the reading; so does one for which
   there is no room: column facts[0] then needs room for facts[1] bytes in all, which is else 0. */
int64_t read_objects(const uint8_t *data, int64_t size, const int64_t *starts, const int64_t *ends, int64_t first,
                     int64_t n_records, const uint8_t *texts, const Gap *gaps, JsonColumn *columns, int32_t n_columns,
                     int64_t *first_rows, int64_t facts[2])
{
    int64_t row = first;
    facts[0] = facts[1] = 0;
    for (; row < n_records; row++)
        if (!read_record(data + starts[row], data + ends[row], data + size, row, texts, gaps, columns, first_rows,
                         facts + 1, facts))
            break;
    for (int32_t c = 0; c < n_columns; c++) {
        if (row < n_records)
            forget(columns + c, row);
        fill_to(columns + c, row);
    }
    return row;
}
