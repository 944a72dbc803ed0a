//! Ordinary lines of the combined format, read by the places of their quotes.
//!
//! Nearly every line of such a log is of one mould: an address, two dashes, a time, a request, two numbers, a referer and
//! an agent, and no quote but the six around these. Where the quotes stand is known by then ([`marks`](crate::marks)),
//! and so where all else must stand; nothing is looked for, and what does not fit is no ordinary line. It is then read
//! as any other, by the grammar: whatever is read here is read the same there, which the tests ask.

use memchr::memchr;

use crate::grammar::{first_blank, may_hold_port, present, split_request};
use crate::marks::QUOTES;
use crate::time::LastDay;
use crate::{Escape, Record};

/// The bytes between the client and the request's quote: ` - - [10/Oct/2000:13:55:36 -0700] `.
const MIDDLE_BYTES: usize = 34;

/// What follows the client: two dashes, and the time's bracket.
const FOLLOWING: &[u8; 6] = b" - - [";

/// How ordinary lines of a format are read.
///
/// Whatever it reads, [`Format::parse`](crate::Format::parse) reads the same; it need not read anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordinary {
    /// The combined format.
    Combined,
}

/// Reads a line of the combined format into a record that is empty, or holds what was read here before: whether it is
/// an ordinary one. If not, what the record holds means nothing, but the same may be read into it again.
pub(crate) fn combined<'a>(
    line: &'a [u8],
    quotes: [usize; QUOTES],
    day: &mut LastDay,
    record: &mut Record<'a>,
) -> bool {
    quotes[QUOTES - 1] + 1 == line.len() && beginning(line, quotes, day, record)
}

/// The same of a line that begins so, whatever stands behind the last of these quotes.
#[inline]
pub(crate) fn beginning<'a>(
    line: &'a [u8],
    quotes: [usize; QUOTES],
    day: &mut LastDay,
    record: &mut Record<'a>,
) -> bool {
    let [begin, end, referer, referer_end, agent, agent_end] = quotes;
    let is_pair = referer_end + 2 == agent && line[referer_end + 1] == b' ';
    let Some(client) = client(line, begin).filter(|_| is_pair) else { return false };
    // A quote behind a back-slash ends nothing.
    if [end, referer_end, agent_end].iter().fold(false, |is, quote| is | (line[quote - 1] == b'\\')) {
        return false;
    }
    let Some((stamp, b"] ")) = line[begin - 28..begin].split_first_chunk() else { return false };
    let (Some(time), Some((status, bytes))) = (day.clf(stamp), numbers(&line[..referer], end + 1)) else {
        return false;
    };
    record.time = time;
    record.client = present(client);
    (record.method, record.target, record.protocol) = (None, None, None);
    record.escape = Escape::Backslash;
    split_request(&line[begin + 1..end], record);
    (record.status, record.bytes) = (Some(status), bytes);
    record.referer = present(&line[referer + 1..referer_end]);
    record.agent = present(&line[agent + 1..agent_end]);
    true
}

/// The client of a line that begins as those of the combined format do, and of whatever begins so: nothing but its beginning
/// is looked at, and it may be no record at all. A word that ends in a colon may be a program's name.
pub(crate) fn client_of(line: &[u8]) -> Option<&[u8]> {
    let end = first_blank(line.first_chunk()?).or_else(|| memchr(b' ', line))?;
    let is_client = matches!(&line[..end], b"-" | [.., b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z'])
        && line[0] != b'['
        && !may_hold_port(&line[..end]);
    (is_client && line[end..].starts_with(FOLLOWING)).then(|| present(&line[..end]).unwrap_or_default())
}

/// The client of a line whose request begins with that quote: one word, and two dashes behind it. Whether a word that
/// opens a bracket, ends in a comma, or holds a port, is a client is the grammar's to say.
fn client(line: &[u8], quote: usize) -> Option<&[u8]> {
    let end = quote.checked_sub(MIDDLE_BYTES).filter(|end| 0 < *end)?;
    let is_followed = line[end..].starts_with(FOLLOWING);
    let blank = first_blank(line.first_chunk()?).or_else(|| memchr(b' ', line))?;
    let is_plain = line[0] != b'[' && line[end - 1] != b',' && !may_hold_port(&line[..end]);
    (is_followed && blank == end && is_plain).then(|| &line[..end])
}

/// The status and the size in ` 200 2326 `, in which a text ends that long.
fn numbers(text: &[u8], begin: usize) -> Option<(u16, Option<u64>)> {
    let [b' ', a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', b' ', size @ .., b' '] = &text[begin..] else {
        return None;
    };
    let digit = |byte: &u8| u16::from(byte - b'0');
    let status = digit(a) * 100 + digit(b) * 10 + digit(c);
    match size {
        b"-" => Some((status, None)),
        _ => Some((status, Some(few_digits(text.last_chunk::<9>()?, size.len())?))),
    }
}

/// The number of so many digits, at most eight, before the last of these bytes: all of them taken at once.
#[inline]
fn few_digits(text: &[u8; 9], count: usize) -> Option<u64> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    if count == 0 || 8 < count {
        return None;
    }
    let [digits @ .., _] = *text;
    // What stands before the digits is shifted out, and zeros come in its place.
    let digits = (u64::from_le_bytes(digits) ^ (EACH * 0x30)) >> (8 * (8 - count)) << (8 * (8 - count));
    if (digits | digits.wrapping_add(EACH * 0x76)) & (EACH * 0x80) != 0 {
        return None;
    }
    let pairs = digits.wrapping_mul(10) + (digits >> 8);
    let fours = (pairs & 0x00FF_00FF_00FF_00FF).wrapping_mul((100 << 16) + 1) >> 16 & 0x0000_FFFF_0000_FFFF;
    Some(fours.wrapping_mul((10_000 << 32) + 1) >> 32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::named;

    /// Reads a line into a record that holds what another was read as; the record, if the line is ordinary.
    fn read<'a>(line: &'a [u8], before: &Record<'a>, day: &mut LastDay) -> Option<Record<'a>> {
        let quotes: Vec<usize> = memchr::memchr_iter(b'"', line).collect();
        let mut record = *before;
        combined(line, quotes.try_into().ok()?, day, &mut record).then_some(record)
    }

    fn is_read(line: &str) -> bool {
        let format = named("combined").unwrap();
        let read = read(line.as_bytes(), &Record::default(), &mut LastDay::default());
        if let Some(record) = read {
            assert_eq!(format.parse(line.as_bytes()), Ok(Some(record)), "{line}");
        }
        read.is_some()
    }

    #[test]
    fn ordinary_lines_are_read_as_by_the_grammar() {
        for line in [
            r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326 "https://shop.example/" "Mozilla/5.0""#,
            r#"2001:db8:0:0:0:0:0:17 - - [10/Oct/2000:13:55:59 -0700] "POST / HTTP/2.0" 304 - "-" "-""#,
            r#"a - - [31/Feb/2000:13:55:36 -0700] "" 000 12345678 "" """#,
            r#"- - - [10/Oct/2000:13:55:60 +0000] "\x16\x03" 400 0 "-" "-""#,
        ] {
            assert!(is_read(line), "{line}");
        }
    }

    #[test]
    fn what_the_grammar_must_be_asked_is_not_read() {
        for line in [
            r#"192.0.2.7 - bob [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-""#,
            r#"a b - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-""#,
            r#" - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-""#,
            r#"[92.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-""#,
            r#"[2001:db8::1] - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-""#,
            r#"192.0.2.7:5123 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-""#,
            r#"192.0.2.7, - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-""#,
            r#"192.0.2.7 - - [10/Oct/2000 13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-""#,
            r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a\" HTTP/1.1 200 2326 "-" "-""#,
            r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 2000 2326 "-" "-""#,
            r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200  "-" "-""#,
            r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 123456789 "-" "-""#,
            r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2x26 "-" "-""#,
            r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" x "-""#,
            r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "-" x"#,
            r#""" """" 0"#,
        ] {
            assert!(!is_read(line), "{line}");
        }
    }

    #[test]
    fn a_few_digits_are_taken_at_once() {
        for number in [0_u64, 7, 10, 99, 100, 12_345, 1_000_000, 98_765_432, 99_999_999] {
            let text = format!("........{number} ");
            let digits = text.len() - 9;
            assert_eq!(few_digits(text.as_bytes().last_chunk().unwrap(), digits), Some(number), "{number}");
        }
        for byte in (0..=255_u8).filter(|byte| !byte.is_ascii_digit()) {
            for at in 0..4 {
                let mut text = *b"1111 1111";
                text[4 + at] = byte;
                text[8] = b' ';
                assert_eq!(few_digits(&text, 4), None, "{byte} at {at}");
            }
        }
        assert_eq!(few_digits(b"12345678 ", 0), None);
        assert_eq!(few_digits(b"12345678 ", 9), None);
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_read_as_by_the_grammar(
            lines in prop::collection::vec(
                (any::<[prop::sample::Index; 8]>(), prop::option::weighted(0.6, (any::<prop::sample::Index>(), any::<prop::sample::Index>()))),
                1..6,
            ),
        ) {
            const PIECES: [&[&str]; 8] = [
                &["192.0.2.7", "2001:db8::1", "-", "host.with.a.long.name.example", "192.0.2.7:51234"],
                &[" - - [", " - - [", " - bob ["],
                &["10/Oct/2000:13:55:36 -0700", "10/Oct/2000:00:00:00 -0700", "29/Feb/2023:01:02:03 +0000", "31/Dec/2261:23:59:60 +1400"],
                &["] \"", "] \""],
                &["GET /a?b=1 HTTP/1.1", "POST /a b HTTP/2.0", "GET", "-", "", "get / http/1.0"],
                &["\" 200 ", "\" 404 ", "\" - "],
                &["0", "1", "2326", "-", "99999999", "123456789"],
                &[" \"-\" \"-\"", " \"https://a/\" \"Mozilla/5.0 (x)\"", " \"\" \"\"", " - \"-\""],
            ];
            const ODD: &[u8] = b"\"\\ -[],:/09a\x80";
            let written: Vec<Vec<u8>> = lines
                .iter()
                .map(|(pieces, change)| {
                    let text: String = PIECES.iter().zip(pieces).map(|(choice, index)| *index.get(choice)).collect();
                    let mut line = text.into_bytes();
                    if let Some((place, byte)) = change {
                        let place = place.index(line.len());
                        line[place] = *byte.get(ODD);
                    }
                    line
                })
                .collect();
            let (format, mut day) = (named("combined").unwrap(), LastDay::default());
            let mut record = Record::default();
            for line in &written {
                if let Some(read) = read(line, &record, &mut day) {
                    prop_assert_eq!(format.parse(line), Ok(Some(read)), "{}", line.escape_ascii());
                    record = read;
                }
            }
        }
    }
}
