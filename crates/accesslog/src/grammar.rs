//! The pieces that the formats are made of.
//!
//! Every piece takes the rest of a line and gives what it read and what follows. The hot ones look for one
//! byte with `memchr` and compare; that they are no general tokeniser is on purpose: dialects differ in what
//! may stand inside a quoted value (see [`quoted`]), and the one rule that is safe for all of them is to end
//! a value where what *follows* it is right.

use memchr::{memchr, memchr_iter, memchr2_iter};

use crate::address::{is_address, port_of, without_port};
use crate::time::{self, CLF_BYTES};
use crate::{Escape, Fault, Record, Time};

/// Reads up to the next blank: the word, and what stands behind the blank.
pub(crate) fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    // Most words are shorter than what a search for long texts takes to begin.
    let end = match text.first_chunk() {
        Some(near) => first_blank(near).or_else(|| memchr(b' ', text)),
        None => text.iter().position(|byte| *byte == b' '),
    }?;
    Some((&text[..end], &text[end + 1..]))
}

/// The first blank among sixteen bytes, found without a branch for each: where words end is what nobody foresees.
pub(crate) fn first_blank(near: &[u8; 16]) -> Option<usize> {
    const ONES: u128 = 0x0101_0101_0101_0101_0101_0101_0101_0101;
    let differences = u128::from_le_bytes(*near) ^ (ONES * 0x20);
    // The highest bit of the first byte that is zero; of bytes behind it, perhaps of others too.
    let zeros = differences.wrapping_sub(ONES) & !differences & (ONES << 7);
    (zeros != 0).then(|| zeros.trailing_zeros() as usize / 8)
}

/// `None` for the dash by which servers write what is absent.
pub(crate) fn present(value: &[u8]) -> Option<&[u8]> {
    if value == b"-" { None } else { Some(value) }
}

/// Reads a value in double quotes, `text` beginning with the first: the value, and what follows the last.
///
/// The value ends at the first quote that `follows` accepts the rest after, leaving out quotes behind a
/// back-slash. Where there is none, back-slashes are taken as plain bytes and the search is made again: some
/// writers escape nothing.
pub(crate) fn quoted(text: &[u8], follows: impl Fn(&[u8]) -> bool) -> Option<Split<'_>> {
    // Nearly always the first quote is the last.
    plainly_quoted(text, &follows).or_else(|| distantly_quoted(text, &follows))
}

/// As [`quoted`], of a value that holds no quote.
#[inline(always)]
pub(crate) fn plainly_quoted(text: &[u8], follows: impl Fn(&[u8]) -> bool) -> Option<Split<'_>> {
    let inner = text.strip_prefix(b"\"")?;
    let first = memchr(b'"', inner)?;
    let is_plain = !inner[..first].ends_with(b"\\") && follows(&inner[first + 1..]);
    if is_plain { Some((&inner[..first], &inner[first + 1..])) } else { None }
}

#[cold]
fn distantly_quoted(text: &[u8], follows: impl Fn(&[u8]) -> bool) -> Option<Split<'_>> {
    let inner = text.strip_prefix(b"\"")?;
    let end = distant_end(inner, &follows)?;
    Some((&inner[..end], &inner[end + 1..]))
}

/// The end of a quoted value that holds quotes.
fn distant_end(inner: &[u8], follows: impl Fn(&[u8]) -> bool) -> Option<usize> {
    escaped_end(inner, &follows).or_else(|| memchr_iter(b'"', inner).find(|&at| follows(&inner[at + 1..])))
}

fn escaped_end(inner: &[u8], follows: impl Fn(&[u8]) -> bool) -> Option<usize> {
    let mut skip = usize::MAX;
    for at in memchr2_iter(b'"', b'\\', inner) {
        match inner[at] {
            _ if at == skip => {}
            b'\\' => skip = at + 1,
            _ if follows(&inner[at + 1..]) => return Some(at),
            _ => {}
        }
    }
    None
}

/// Reads a whole number of at most 19 digits: the number, and what follows it.
pub(crate) fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let mut sum = 0_u64;
    let mut at = 0;
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit <= 9) {
        sum = sum.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    if 0 < at && at <= 19 { Some((sum, &text[at..])) } else { None }
}

/// The whole text as a number.
pub(crate) fn whole_number(text: &[u8]) -> Option<u64> {
    match number(text)? {
        (number, []) => Some(number),
        _ => None,
    }
}

/// The whole text, decimal seconds such as `0.123`, in nanoseconds.
pub(crate) fn seconds(text: &[u8]) -> Option<u64> {
    let (whole, rest) = number(text)?;
    let nanos = match rest {
        [] => 0,
        [b'.', ..] => match time::fraction(rest) {
            (nanos, []) => nanos as u64,
            _ => return None,
        },
        _ => return None,
    };
    whole.checked_mul(1_000_000_000)?.checked_add(nanos)
}

/// Reads a status: three digits or a dash, then a blank or the end.
pub(crate) fn status(text: &[u8]) -> Option<(Option<u16>, &[u8])> {
    match text {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..] if ends_word(rest) => {
            let digit = |byte: &u8| u16::from(byte - b'0');
            Some((Some(digit(a) * 100 + digit(b) * 10 + digit(c)), rest))
        }
        [b'-', rest @ ..] if ends_word(rest) => Some((None, rest)),
        _ => None,
    }
}

/// Reads a size: digits or a dash, then a blank or the end.
pub(crate) fn size(text: &[u8]) -> Option<(Option<u64>, &[u8])> {
    match text {
        [b'-', rest @ ..] if ends_word(rest) => Some((None, rest)),
        _ => match number(text)? {
            (bytes, rest) if ends_word(rest) => Some((Some(bytes), rest)),
            _ => None,
        },
    }
}

/// Whether a word is over here: a blank follows, or nothing.
pub(crate) fn ends_word(rest: &[u8]) -> bool {
    matches!(rest, [] | [b' ', ..])
}

/// A value, and what follows it.
pub(crate) type Split<'a> = (&'a [u8], &'a [u8]);

/// Reads the next field of a line, ` value` or ` "value"`: the value, and what follows it. Nothing where the line is
/// over.
///
/// # Errors
///
/// A fault where a quote is not closed: the line is cut.
pub(crate) fn field<'a>(line: &'a [u8], rest: &'a [u8]) -> Result<Option<Split<'a>>, Fault> {
    let text = rest.trim_ascii_start();
    match text {
        [] => Ok(None),
        [b'"', ..] => match quoted(text, ends_word) {
            Some(read) => Ok(Some(read)),
            None => Err(fault(line, text, "a value in quotes")),
        },
        _ => {
            let end = memchr(b' ', text).unwrap_or(text.len());
            Ok(Some((&text[..end], &text[end..])))
        }
    }
}

/// Splits a request line into the record's method, target and protocol.
///
/// The method is what stands before the first blank, if it is a token (RFC 9110, section 5.6.2); the protocol
/// is the last word, if it has the form of one; the target is the rest, blanks included, as clients send
/// them. A line that begins with no token (a TLS hello on a plain port) gives none of the three: the record
/// then has its `request` alone.
pub(crate) fn split_request<'a>(line: &'a [u8], record: &mut Record<'a>) {
    record.request = present(line);
    let blank = match line {
        [b'G', b'E', b'T', b' ', ..] => Some(3),
        [b'P', b'O', b'S', b'T', b' ', ..] => Some(4),
        _ => line.iter().take(METHOD_BYTES_MAX).position(|byte| *byte == b' '),
    };
    let Some((method, rest)) = blank.map(|at| (&line[..at], &line[at + 1..])) else {
        // A method alone, as probes send it. What is no plain name is no method (`SSH-2.0-Go`).
        record.method = Some(line).filter(|line| !line.is_empty() && line.iter().all(u8::is_ascii_uppercase));
        return;
    };
    // Nearly every line ends so.
    let usual = match rest.split_last_chunk() {
        Some((target, b" HTTP/1.1" | b" HTTP/1.0" | b" HTTP/2.0")) => Some(target.len()),
        _ => None,
    };
    let is_method = matches!(method, b"GET" | b"POST") || is_token(method) || usual.is_some() && is_odd_method(method);
    if !is_method {
        return;
    }
    record.method = present(method);
    let (target, protocol) = match usual.or_else(|| memchr::memrchr(b' ', rest)) {
        Some(at) if usual.is_some() || is_protocol(&rest[at + 1..]) => (&rest[..at], Some(&rest[at + 1..])),
        None if is_protocol(rest) => (&rest[..0], Some(rest)),
        _ if is_unread(line) => {
            record.method = None;
            return;
        }
        _ => odd_end(rest),
    };
    let is_left_out = record.method.is_none() && target == b"-";
    record.target = if target.is_empty() || is_left_out { None } else { Some(target) };
    record.protocol = protocol;
}

/// Whether a server wrote this for want of a request line: Traefik, and Tomcat in the word of its language.
fn is_unread(line: &[u8]) -> bool {
    matches!(line, b"- - -" | b"- - - " | b"null null null")
}

/// Target and protocol of a request line that does not end in a protocol: blanks may stand behind that.
#[cold]
fn odd_end(rest: &[u8]) -> (&[u8], Option<&[u8]>) {
    let rest = rest.trim_ascii_end();
    match memchr::memrchr(b' ', rest) {
        Some(at) if is_protocol(&rest[at + 1..]) => (rest[..at].trim_ascii_end(), Some(&rest[at + 1..])),
        _ => (rest, None),
    }
}

/// The longest method that is looked for, in bytes. The longest registered one has 17 (IANA, HTTP Method Registry).
const METHOD_BYTES_MAX: usize = 64;

/// Whether a method is a token (RFC 9110, section 5.6.2).
pub(crate) fn is_token(method: &[u8]) -> bool {
    !method.is_empty()
        && method
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

/// Whether it is what a prober writes for a method (`<SCRIPT>`) in a request line that is one otherwise. With a
/// back-slash it is bytes of another protocol, escaped.
fn is_odd_method(method: &[u8]) -> bool {
    !method.is_empty() && method.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'\\')
}

/// Whether a request line ends in its protocol, as those of HTTP/1.0 and later do.
pub(crate) fn ends_in_protocol(request: &[u8]) -> bool {
    memchr::memrchr(b' ', request).is_some_and(|blank| is_protocol(&request[blank + 1..]))
}

/// Whether a word has the form `HTTP/1.1`: also lower case, without a minor number, or with an odd one.
///
/// Some writers of JSON escape each slash (RFC 8259, section 7): `HTTP\/1.1`. Others double a back-slash of the client's, so
/// that none of theirs ends so.
fn is_protocol(word: &[u8]) -> bool {
    match word.split_first_chunk::<4>() {
        // Squid's word for a request that it could not read.
        _ if word == b"NONE/0.0" => true,
        Some((name, rest)) => {
            let version = rest.strip_prefix(b"\\").unwrap_or(rest).strip_prefix(b"/");
            let is_version = |version: &[u8]| version.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
            name.eq_ignore_ascii_case(b"HTTP") && version.is_some_and(is_version)
        }
        None => false,
    }
}

/// What follows the part that the formats of the common-log family share.
pub(crate) struct Rest<'a> {
    /// The second word, which is nearly always a dash, but a host in some shops.
    pub(crate) ident: Option<&'a [u8]>,
    /// What follows the bytes, its leading blank included.
    pub(crate) rest: &'a [u8],
}

/// Reads the head of a line of the common-log family (Apache's `%h %l %u %t "%r" %>s %b`) into the record.
///
/// The user may hold blanks, brackets and quotes, as the client names it: the head is anchored on the first
/// time stamp in brackets with a quote behind it. The first, not the last, since everything behind it is the
/// client's to write, a whole false record in its `User-Agent` included.
///
/// # Errors
///
/// A fault at the first piece that does not fit, its `at` counted from the beginning of `line`.
pub(crate) fn common_head<'a>(line: &'a [u8], record: &mut Record<'a>) -> Result<Rest<'a>, Fault> {
    let (mut client, mut rest) = word(line).ok_or_else(|| fault(line, line, "a client and a blank"))?;
    match client {
        // Behind a socket of the system gunicorn has no name of a client.
        [] if !rest.starts_with(b"- ") => return Err(fault(line, line, "a client")),
        // A program's own message begins with its time: `[2024-05-01 00:02:15 +0000] [7] [INFO] ...`.
        [b'[', rest @ ..] if !rest.ends_with(b"]") && port_of(client).is_none() => {
            return Err(fault(line, line, "a client"));
        }
        // The priority of a syslog message, of which nobody took the head off.
        [b'<', b'0'..=b'9', ..] => return Err(fault(line, line, "a client")),
        [b'"', ..] | [.., b','] => {
            let forwarded = forwarding_list(line).ok_or_else(|| fault(line, line, "a client"))?;
            record.forwarded = present(forwarded.list);
            (client, rest) = (forwarded.client, forwarded.rest);
        }
        _ => {}
    }
    let (who, time, rest) =
        time_stamp(rest).ok_or_else(|| fault(line, rest, "a time stamp in brackets, then a request in quotes"))?;
    let (ident, user) = identities(who);
    let follows = |rest: &[u8]| rest.first() == Some(&b' ') && status(&rest[1..]).is_some();
    let (request, rest) = match plainly_quoted(rest, follows) {
        Some(read) => read,
        None => {
            let (text, rest) = distantly_quoted(rest, follows).ok_or_else(|| request_fault(line, rest))?;
            (behind_host(text, record), rest)
        }
    };
    record.time = time;
    record.client = present(without_port(client)).filter(|client| !client.is_empty());
    record.user = user;
    record.escape = Escape::Backslash;
    split_request(request, record);
    let (code, rest) = status(&rest[1..]).ok_or_else(|| fault(line, rest, "a status of three digits"))?;
    record.status = code;
    let (bytes, rest) =
        rest.strip_prefix(b" ").and_then(size).ok_or_else(|| fault(line, rest, "a size in bytes, or a dash"))?;
    record.bytes = bytes;
    Ok(Rest { ident, rest })
}

/// Whether a word may be an address of a socket, which has a colon among its last bytes, and a dot. Of IPv6 the brackets tell.
pub(crate) fn may_hold_port(word: &[u8]) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let Some(tail) = word.last_chunk::<8>() else { return false };
    let differences = u64::from_le_bytes(*tail) ^ (EACH * 0x3A);
    let is_colon = differences.wrapping_sub(EACH) & !differences & (EACH << 7);
    is_colon != 0 && memchr(b'.', word).is_some()
}

/// Why no request and status stand where `rest` begins: where the request seems to end, it is the status.
#[cold]
fn request_fault(line: &[u8], rest: &[u8]) -> Fault {
    match plainly_quoted(rest, |behind| behind.first() == Some(&b' ')) {
        Some((request, behind)) if ends_in_protocol(request) => {
            fault(line, &behind[1..], "a status of three digits, or a dash")
        }
        _ => fault(line, rest, "a request in quotes, then a status"),
    }
}

/// The request behind a host in quotes, which some shops write before it: `"shop.example" "GET / HTTP/1.1"`.
#[cold]
fn behind_host<'a>(text: &'a [u8], record: &mut Record<'a>) -> &'a [u8] {
    let Some(end) = memchr::memmem::find(text, b"\" \"") else { return text };
    let (host, request) = (&text[..end], &text[end + 3..]);
    let is_host =
        host.contains(&b'.') && host.iter().all(|byte| byte.is_ascii_alphanumeric() || b".-:_".contains(byte));
    let is_absent = host == b"-";
    if !is_host && !is_absent || !ends_in_protocol(request) {
        return text;
    }
    record.host = present(host);
    request
}

/// A list of forwarding clients before the client, or in its place.
struct Forwarding<'a> {
    list: &'a [u8],
    client: &'a [u8],
    rest: &'a [u8],
}

/// Reads `X-Forwarded-For` where a shop writes it first: in quotes, or bare, its addresses apart by a comma and a blank.
///
/// Where no address follows that is not of the list, nobody says who connected: the client that the list begins with is
/// taken.
#[cold]
fn forwarding_list(line: &[u8]) -> Option<Forwarding<'_>> {
    let (list, rest) = match line {
        [b'"', ..] => {
            let (list, rest) = plainly_quoted(line, |rest| rest.first() == Some(&b' '))?;
            (list, &rest[1..])
        }
        _ => {
            let mut end = 0;
            loop {
                end += memchr(b' ', &line[end..])?;
                if !line[..end].ends_with(b",") {
                    break (&line[..end], &line[end + 1..]);
                }
                end += 1;
            }
        }
    };
    let first = list.split(|byte| *byte == b',').next()?.trim_ascii();
    match word(rest).filter(|(next, _)| is_address(next)) {
        Some((client, rest)) => Some(Forwarding { list, client, rest }),
        None => Some(Forwarding { list, client: first, rest }).filter(|_| !first.is_empty()),
    }
}

/// What is expected of a line that can be read in two ways, each of which fits all of it: one way.
///
/// A writer that escapes no quotes lets a client write what looks like the end of its request, and a status and a size
/// behind it. Which of the two the server wrote cannot be known then, so the line is a fault and no record, and no other
/// format is asked for a third way.
pub(crate) const ONE_WAY: &str = "one way to read the line: it is ambiguous";

/// Whether one of what a client writes into a record holds a byte: of a layout that escapes nothing and divides by it, such a
/// line may be read in two ways.
pub(crate) fn is_written(record: &Record<'_>, divider: u8) -> bool {
    let texts = [record.user, record.request, record.target, record.referer, record.agent];
    texts.into_iter().flatten().any(|text| text.contains(&divider))
}

/// The fault of a line that stops fitting where `rest` begins.
#[cold]
pub(crate) fn fault(line: &[u8], rest: &[u8], expected: &'static str) -> Fault {
    Fault { at: line.len() - rest.len(), expected }
}

/// The fault of a line one of whose values does not fit.
#[cold]
pub(crate) fn fault_at(line: &[u8], value: &[u8], expected: &'static str) -> Fault {
    Fault { at: offset(line, value), expected }
}

/// Where in a line a value of it begins.
pub(crate) fn offset(line: &[u8], value: &[u8]) -> usize {
    (value.as_ptr() as usize).saturating_sub(line.as_ptr() as usize)
}

/// What stands before the first time stamp in brackets, its time, and the rest from the request's quote on.
pub(crate) fn time_stamp(text: &[u8]) -> Option<(&[u8], Option<Time>, &[u8])> {
    // Nearly every line has two dashes before it.
    if let Some((stamp, rest)) = text
        .strip_prefix(b"- - [")
        .and_then(|stamp| stamp.split_at_checked(CLF_BYTES))
        .filter(|(_, rest)| rest.starts_with(b"] \""))
        && let Some(time) = time::clf(stamp)
    {
        return Some((&text[..4], time, &rest[2..]));
    }
    for open in memchr_iter(b'[', text) {
        let stamp = &text[open + 1..];
        let read = match stamp.split_at_checked(CLF_BYTES) {
            Some((stamp, rest)) if rest.starts_with(b"] \"") => time::clf(stamp).map(|time| (time, rest)),
            _ => odd_stamp(stamp),
        };
        if let Some((time, rest)) = read {
            return Some((&text[..open], time, &rest[2..]));
        }
    }
    None
}

/// Reads a time stamp as some servers spell it: with a fraction of its second (`10/Oct/2000:13:55:36.875 -0700`), without a
/// zone, when it is taken for UTC, or as ISO 8601 does, with its zone. Gives its time, and what follows it from the bracket on.
#[cold]
fn odd_stamp(text: &[u8]) -> Option<(Option<Time>, &[u8])> {
    let end = text.iter().take(STAMP_BYTES_MAX).position(|byte| *byte == b']')?;
    let (stamp, rest) = text.split_at(end);
    if !rest.starts_with(b"] \"") {
        return None;
    }
    let time = match stamp {
        [_, _, b'/', ..] => time::clf_with_fraction(stamp)
            .or_else(|| time::clf_without_zone(stamp))
            // WEBrick and Jetty name the zone. Of other names nobody knows how far they are from UTC.
            .or_else(|| time::clf_without_zone(stamp.strip_suffix(b" UTC").or_else(|| stamp.strip_suffix(b" GMT"))?))?,
        [_, _, _, _, b'-', .., b'Z' | b'0'..=b'9'] => time::iso(stamp)?,
        // A Unix time, in seconds with a fraction or without, or in milliseconds.
        [b'1', ..] if matches!(stamp.len(), 10 | 13 | 14 | 17) && is_unix_time(stamp) => time::any(stamp)?,
        _ => return None,
    };
    Some((time, rest))
}

/// Whether a stamp is a number of ten digits, a fraction behind it or not, or of thirteen.
fn is_unix_time(stamp: &[u8]) -> bool {
    let (whole, fraction) = stamp.split_at(stamp.len().min(10));
    let is_number = |digits: &[u8]| digits.iter().all(u8::is_ascii_digit);
    is_number(whole) && (is_number(fraction) || fraction.first() == Some(&b'.') && is_number(&fraction[1..]))
}

/// The longest time stamp in brackets, in bytes: ISO 8601 with nanoseconds and a zone.
const STAMP_BYTES_MAX: usize = 36;

/// A user without the quotes that OpenLiteSpeed puts around it, and Apache around one without a name. Of a client's own quotes they
/// are told by the escapes of those.
fn without_quotes(user: &[u8]) -> &[u8] {
    user.strip_prefix(b"\"").and_then(|user| user.strip_suffix(b"\"")).unwrap_or(user)
}

/// The identity and the user in what stands between client and time: two words, the second the rest of it.
fn identities(who: &[u8]) -> (Option<&[u8]>, Option<&[u8]>) {
    // Nearly every line has two dashes here.
    if who == b"- - " {
        return (None, None);
    }
    let who = who.trim_ascii();
    match word(who) {
        Some((ident, user)) => (present(ident), present(without_quotes(user.trim_ascii()))),
        None => (present(who), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Parts<'a> = (Option<&'a [u8]>, Option<&'a [u8]>, Option<&'a [u8]>);

    fn split(line: &[u8]) -> Parts<'_> {
        let mut record = Record::default();
        split_request(line, &mut record);
        (record.method, record.target, record.protocol)
    }

    #[test]
    fn a_request_line_is_split_from_both_ends() {
        let (get, http): (Option<&[u8]>, Option<&[u8]>) = (Some(b"GET"), Some(b"HTTP/1.1"));
        assert_eq!(split(b"GET /a HTTP/1.1"), (get, Some(&b"/a"[..]), http));
        assert_eq!(split(b"GET /a b c HTTP/1.1"), (get, Some(&b"/a b c"[..]), http));
        assert_eq!(split(b"GET /a"), (get, Some(&b"/a"[..]), None));
        assert_eq!(split(b"GET HTTP/1.1"), (get, None, http));
        assert_eq!(split(b"GET / "), (get, Some(&b"/"[..]), None));
        assert_eq!(split(b"GET"), (get, None, None));
        assert_eq!(split(b"GET /a HTTP/1.1  "), (get, Some(&b"/a"[..]), http));
        assert_eq!(split(b"- - HTTP/1.1"), (None, None, http));
        assert_eq!(split(b"<SCRIPT>x</SCRIPT> / HTTP/1.1"), (Some(&b"<SCRIPT>x</SCRIPT>"[..]), Some(&b"/"[..]), http));
        assert_eq!(split(b"get / http/1.0"), (Some(&b"get"[..]), Some(&b"/"[..]), Some(&b"http/1.0"[..])));
    }

    #[test]
    fn a_word_ends_at_its_first_blank() {
        for end in 0..40 {
            for behind in 0..20 {
                let mut text = vec![b'!'; end];
                text.push(b' ');
                text.extend([b'!', b' ', 0xA0, 0].iter().cycle().take(behind));
                assert_eq!(word(&text), Some((&text[..end], &text[end + 1..])));
            }
            assert_eq!(word(&[0xA0, b'!', 0x1F].repeat(end)), None);
        }
    }

    #[test]
    fn quotes_around_a_user_are_the_servers() {
        assert_eq!(identities(b"- \"bob\" "), (None, Some(&b"bob"[..])));
        assert_eq!(identities(b"- \"\" "), (None, Some(&b""[..])));
        assert_eq!(identities(br#"- \"bob\" "#), (None, Some(&br#"\"bob\""#[..])));
        assert_eq!(identities(b"- \" "), (None, Some(&b"\""[..])));
    }

    #[test]
    fn what_is_no_request_line_has_no_parts() {
        assert_eq!(split(br"\x16\x03\x01"), (None, None, None));
        assert_eq!(split(b"-"), (None, None, None));
        assert_eq!(split(b"- - -"), (None, None, None));
        assert_eq!(split(b"null null null"), (None, None, None));
        assert_eq!(split(b"null /a HTTP/1.1").0, Some(&b"null"[..]), "a client may call it so");
        assert_eq!(split(b""), (None, None, None));
        assert_eq!(split(b"SSH-2.0-Go"), (None, None, None));
        assert_eq!(split(b"<SCRIPT> /"), (None, None, None));
        assert_eq!(split(br"\x16\x03 /a HTTP/1.1"), (None, None, None));
    }

    #[test]
    fn a_quoted_value_ends_where_what_follows_is_right() {
        let blank = |rest: &[u8]| ends_word(rest);
        assert_eq!(quoted(br#""a\"b" c"#, blank), Some((&br#"a\"b"#[..], &b" c"[..])));
        assert_eq!(quoted(br#""a"b" c"#, blank), Some((&br#"a"b"#[..], &b" c"[..])));
        assert_eq!(quoted(br#""a\\" c"#, blank), Some((&br"a\\"[..], &b" c"[..])));
        assert_eq!(quoted(br#""a\" c"#, blank), Some((&br"a\"[..], &b" c"[..])), "a writer that escapes nothing");
        assert_eq!(quoted(br#""abc"#, blank), None);
    }

    #[test]
    fn seconds_keep_nine_digits() {
        assert_eq!(seconds(b"0.123"), Some(123_000_000));
        assert_eq!(seconds(b"12"), Some(12_000_000_000));
        assert_eq!(seconds(b"1.0000000019"), Some(1_000_000_001));
        assert_eq!(seconds(b"1."), None);
        assert_eq!(seconds(b"-"), None);
        assert_eq!(seconds(b"99999999999999"), None, "more than fits");
    }
}
