//! Hides key material in text that is to be shown.
//!
//! A report is passed on, pasted into tickets and mailed. What gives access must not travel with it, so it is cut to
//! its first letters wherever it stands: keys in the forms of their issuers, signatures of signed URLs, tokens, and
//! the values of parameters whose names say that they are secret. What was hidden stays provable by its place.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;

use crate::catalog::Grade;
use crate::decode;
use crate::sieve::Phrases;
use crate::signals::{key_ranges, secret_word};
use crate::view::{View, views};

/// How many letters of a secret are shown.
const SHOWN: usize = 4;

/// The shortest value of a secret parameter that is hidden: a shorter one is a word or a switch.
const SECRET_BYTES_MIN: usize = 6;

/// How often a text is looked at again before its end is given up, since what is cut may have kept what stands behind it from
/// being seen.
const ROUNDS_MAX: usize = 8;

/// The text with every secret cut to its first letters, be it percent-encoded in layers.
///
/// What is cut once is cut: the same of the result is the result.
pub fn masked(text: &[u8]) -> Cow<'_, [u8]> {
    let Cow::Owned(mut out) = masked_once(text) else { return Cow::Borrowed(text) };
    let mut kept = usize::MAX;
    for round in 1.. {
        let Cow::Owned(next) = masked_once(&out) else { break };
        if next == out {
            break;
        }
        if round < ROUNDS_MAX {
            out = next;
            continue;
        }
        // Whoever makes a text that comes to no rest is hostile: of where it would go on, nothing is shown, and half as much
        // of what stands before it each time that this is not enough.
        let same = next.iter().zip(&out).take_while(|(one, other)| one == other).count();
        kept = same.min(kept / 2);
        out.truncate(kept);
        out.extend_from_slice(b"****");
    }
    Cow::Owned(out)
}

fn masked_once(text: &[u8]) -> Cow<'_, [u8]> {
    let mut hidden = match memchr::memchr(b'%', text) {
        None => hidden(text),
        Some(_) => views(text).iter().flat_map(hidden_where_it_came_from).collect(),
    };
    if hidden.is_empty() {
        return Cow::Borrowed(text);
    }
    hidden.sort_unstable_by_key(|range| (range.start, range.end));
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for range in hidden {
        let start = range.start.max(from);
        if start < range.end {
            // What goes on where another ended is hidden by the same stars; before the first some letters stand.
            if from < start {
                out.extend_from_slice(&text[from..start]);
                out.extend_from_slice(b"****");
            }
            from = range.end;
        }
    }
    out.extend_from_slice(&text[from..]);
    Cow::Owned(out)
}

/// What of each secret is not shown.
fn hidden(text: &[u8]) -> Vec<Range<usize>> {
    let behind = |secret: Range<usize>| secret.start + SHOWN..secret.end;
    secrets(text).into_iter().map(behind).filter(|range| range.start < range.end).collect()
}

fn hidden_where_it_came_from(view: &View) -> Vec<Range<usize>> {
    hidden(&view.text).into_iter().map(|range| view.origin(range)).collect()
}

fn secrets(text: &[u8]) -> Vec<Range<usize>> {
    let mut ranges = key_ranges(text);
    let marks = marks(text);
    let mut of = |any: &[&str], find: fn(&[u8]) -> Vec<Range<usize>>| {
        if any.iter().any(|mark| marks.contains(mark)) {
            ranges.extend(find(text));
        }
    };
    of(&["eyj"], web_tokens);
    of(&["="], |text| secret_values(text, &JOINTS[..1]));
    of(&["%3d", "\":\"", "%22:%22", "%22%3a%22"], |text| secret_values(text, &JOINTS[1..]));
    of(&["://"], passwords_of_urls);
    of(&["earer", "asic"], bearers);
    of(&["-----begin"], private_keys);
    of(&["sg.", "hf_", "dckr_pat_", "whsec_"], dotted_tokens);
    ranges
}

/// What stands in every text that holds a secret of some kind: few do, and to ask for all at once costs little.
const MARKS: [&str; 13] = [
    "eyj",
    "%3d",
    "\":\"",
    "%22:%22",
    "%22%3a%22",
    "://",
    "earer",
    "asic",
    "-----begin",
    "sg.",
    "hf_",
    "dckr_pat_",
    "whsec_",
];

static ALL_MARKS: LazyLock<Phrases<{ MARKS.len() }>> = LazyLock::new(|| Phrases::new(MARKS));

/// The marks that stand in a text, and `=` if it does.
fn marks(text: &[u8]) -> Vec<&'static str> {
    let mut marks: Vec<&str> = memchr::memchr(b'=', text).map(|_| "=").into_iter().collect();
    ALL_MARKS.find(text, |mark, _| marks.push(MARKS[mark]));
    marks
}

/// Private keys in the armour of RFC 7468, as they stand or percent-encoded: to the end of their value.
fn private_keys(text: &[u8]) -> Vec<Range<usize>> {
    let ends = |byte: &u8| matches!(byte, b'&' | b'"' | b'\'' | b'<');
    let begin = |at: usize| at..at + text[at..].iter().position(ends).unwrap_or(text.len() - at);
    memmem::find_iter(text, b"-----BEGIN").map(begin).collect()
}

/// The shortest token that is known by its prefix alone, in bytes.
const TOKEN_BYTES_MIN: usize = 30;

/// Tokens whose issuers put dots into them, or that too few letters tell apart from words: they are hidden, and no more.
pub(crate) fn dotted_tokens(text: &[u8]) -> Vec<Range<usize>> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let of_prefix = |prefix: &'static [u8]| {
        memmem::find_iter(text, prefix).filter_map(move |at| {
            let is_apart = at.checked_sub(1).is_none_or(|before| !is_part(text[before]));
            let length = text[at..].iter().take_while(|byte| is_part(**byte)).count();
            (is_apart && TOKEN_BYTES_MIN <= length).then(|| at..at + length)
        })
    };
    [&b"SG."[..], b"hf_", b"dckr_pat_", b"whsec_"].into_iter().flat_map(of_prefix).collect()
}

/// Passwords before the host of a URL: `http://user:password@host/` (RFC 3986, section 3.2.1).
pub(crate) fn passwords_of_urls(text: &[u8]) -> Vec<Range<usize>> {
    let password = |at: usize| {
        let start = at + 3;
        let length = text[start..].iter().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b' ' | b'"'));
        let authority = &text[start..length.map_or(text.len(), |length| start + length)];
        let end = memchr::memrchr(b'@', authority)?;
        let colon = memchr::memchr(b':', &authority[..end])?;
        (SECRET_BYTES_MIN < end - colon).then_some(start + colon + 1..start + end)
    };
    memmem::find_iter(text, b"://").filter_map(password).collect()
}

/// What stands behind the word `Bearer` or `Basic` (RFC 6750, section 2.1; RFC 7617, section 2).
pub(crate) fn bearers(text: &[u8]) -> Vec<Range<usize>> {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    let found = [&b"earer "[..], b"earer%20", b"earer+", b"asic ", b"asic%20", b"asic+"];
    let starts = found.iter().flat_map(|word| memmem::find_iter(text, word).map(|at| at + word.len()));
    starts
        .map(|start| start..start + text[start..].iter().take_while(|byte| is_token(byte)).count())
        .filter(|range| 16 <= range.len())
        .collect()
}

/// JSON Web Tokens (RFC 7519): three parts in base64url, the first of which begins an object.
pub(crate) fn web_tokens(text: &[u8]) -> Vec<Range<usize>> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    memmem::find_iter(text, b"eyJ")
        .map(|start| start..start + text[start..].iter().take_while(|byte| is_part(byte)).count())
        .filter(|range| 30 < range.len() && 1 < text[range.clone()].iter().filter(|byte| **byte == b'.').count())
        .collect()
}

/// What stands between the name of a secret and its value, in a query, in a query inside a query, and in JSON; and
/// what ends a value there beside the marks that end every value.
const JOINTS: [(&[u8], &[u8]); 6] =
    [(b"=", b""), (b"%3D", b"%26"), (b"%3d", b"%26"), (b"\":\"", b""), (b"%22:%22", b"%22"), (b"%22%3A%22", b"%22")];

/// The values of parameters that are secret by their names, percent-encoded or not.
fn secret_values(text: &[u8], joints: &[(&[u8], &[u8])]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'%');
    for (joint, end) in joints {
        for at in memmem::find_iter(text, joint) {
            let length = text[..at].iter().rev().take(48).take_while(|byte| is_name(byte)).count();
            let name = &text[at - length..at];
            let name = decode::percent(name).map_or(Cow::Borrowed(name), Cow::Owned);
            let own = |byte: &u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-' | b'.');
            let name = name.rsplit(own).next().unwrap_or_default();
            let start = at + joint.len();
            let value = &text[start..];
            let mark = |byte: &u8| matches!(byte, b'&' | b';' | b' ' | b'"' | b'\'' | b'#' | b'<' | b'>');
            let marked = value.iter().position(mark).unwrap_or(value.len());
            let length = Some(end)
                .filter(|end| !end.is_empty())
                .and_then(|end| memmem::find(value, end))
                .unwrap_or(marked)
                .min(marked);
            if is_secret_name(name) && SECRET_BYTES_MIN <= length && is_opaque(&value[..length]) {
                ranges.push(start..start + length);
            }
        }
    }
    ranges
}

pub(crate) fn is_secret_name(name: &[u8]) -> bool {
    let is_signature = [
        &b"sig"[..],
        b"signature",
        b"x-amz-signature",
        b"x-goog-signature",
        b"session",
        b"sessionid",
        b"sid",
        b"jwt",
        b"jsessionid",
        b"phpsessid",
        b"connect.sid",
        b"awssecretkey",
        b"code",
        b"auth",
    ]
    .iter()
    .any(|known| name.eq_ignore_ascii_case(known));
    is_signature
        || secret_word(name).is_some_and(|rule| {
            rule.grade == Grade::Strong || matches!(rule.text, "token" | "tokens" | "pwd" | "otp" | "bearer")
        })
}

/// Whether a value is a token rather than a path, an address or a sentence: those are what a finding is about.
pub(crate) fn is_opaque(value: &[u8]) -> bool {
    let has = |text: &str| memmem::find(value, text.as_bytes()).is_some();
    !has("..")
        && !has("://")
        && !has("%2e")
        && !has("%2E")
        && !has("%2f%2f")
        && !value.starts_with(b"/")
        && !value.contains(&b'{')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: &str) {
        assert_eq!(String::from_utf8_lossy(&masked(text.as_bytes())), want);
    }

    #[test]
    fn secrets_are_cut_to_their_first_letters() {
        check("/a?token=abcdefghij&b=1", "/a?token=abcd****&b=1");
        check("/a?X-Amz-Signature=0123456789abcdef", "/a?X-Amz-Signature=0123****");
        check("/a?api%5Fkey=abcdefghij", "/a?api%5Fkey=abcd****");
        check("x AKIA1234567890ABCDEF y", "x AKIA**** y");
        let token = format!("eyJhbGciOiJIUzI1NiJ9.{}.abc", "x".repeat(40));
        check(&format!("/a?x={token}"), "/a?x=eyJh****");
    }

    #[test]
    fn several_secrets_are_cut_each_and_what_stands_between_them_stays() {
        check("sid=abcdefghij&b=1&jwt=klmnopqrst;c", "sid=abcd****&b=1&jwt=klmn****;c");
        check("/a?token=abcdefghij&b=%41&jwt=klmnopqrst", "/a?token=abcd****&b=%41&jwt=klmn****");
        check("/a?token=AKIA1234567890ABCDEF&b", "/a?token=AKIA****&b");
        check("/?=abcdefghij", "/?=abcdefghij");
    }

    #[test]
    fn what_is_cut_stays_as_it_is() {
        // Dots keep the whole from being a token; without them what stands behind the quote is one.
        check("token=abcff%2e25qqqqqqqq%22%5e252e", "token=abcf****");
        check("token=ab", "token=ab");
        check("token=abcdef", "token=abcd****");
        check("token=abcd****", "token=abcd****");
    }

    #[test]
    fn a_text_that_comes_to_no_rest_loses_its_end() {
        let text = b"%252e%x=ghp_%sg.A%6n=apap://a;\0\0token=ap:a/:/sabcdefghij&.e\x03@\0\0\0\0\0token=ap:/;\0\0toke((((((-.e\x03@\0\0\0\0\0token=ap:/;\0@tokean=ap:/;\0@tokearer +059bearer +0be/";
        let cut = masked(text);
        assert!(cut.starts_with(b"%252e%x=ghp_%sg.A") && cut.ends_with(b"****"), "{}", cut.escape_ascii());
        assert_eq!(masked(&cut), cut);
        for length in 0..40 {
            let chain = format!("apap://a;token=ap:a/:/sabcdefghij{}", "@\0token=ap:/;".repeat(length));
            let cut = masked(chain.as_bytes());
            assert!(cut.starts_with(b"apap://a"), "{length}: {}", cut.escape_ascii());
            assert_eq!(masked(&cut), cut, "{length}");
        }
    }

    #[test]
    fn a_secret_has_a_length() {
        check(
            "/a?u=http://user:abcdef@h/&v=http://user:abcde@h/",
            "/a?u=http://user:abcd****@h/&v=http://user:abcde@h/",
        );
        check("/a?sid=abcdef&token=abcde", "/a?sid=abcd****&token=abcde");
        let token = |head: usize| format!("/a?x=eyJ{}.b.c", "y".repeat(head));
        check(&token(24), "/a?x=eyJy****");
        check(&token(23), &token(23));
        check(&format!("/a?x=eyJ{}.b", "y".repeat(40)), &format!("/a?x=eyJ{}.b", "y".repeat(40)));
        check("Bearer abcdefghijklmno", "Bearer abcdefghijklmno");
        check("Bearer abcdefghijklmnop", "Bearer abcd****");
    }

    #[test]
    fn private_keys_are_cut_encoded_or_not() {
        check("/a?k=-----BEGIN%20RSA%20PRIVATE%20KEY-----%0AMIIEabc%0A&b=1", "/a?k=----****&b=1");
        check("/a?k=-----BEGIN+PRIVATE+KEY-----MIIEabc", "/a?k=----****");
        check("a -----BEGIN EC PRIVATE KEY----- MHcC", "a ----****");
    }

    #[test]
    fn tokens_with_dots_are_cut() {
        let token = format!("SG.{}.{}", "a1".repeat(11), "b2".repeat(20));
        check(&format!("/a?x={token}&b"), "/a?x=SG.a****&b");
        check(&format!("/hf_{}", "q7".repeat(17)), "/hf_q****");
        check("/a?size=SG.large", "/a?size=SG.large");
    }

    #[test]
    fn secrets_inside_other_texts_are_cut_too() {
        check("/a?next=%2Fcb%3Faccess_token%3Dabcdefghij%26x%3D1", "/a?next=%2Fcb%3Faccess_token%3Dabcd****%26x%3D1");
        check("/a?q={\"password\":\"abcdefghij\",\"x\":1}", "/a?q={\"password\":\"abcd****\",\"x\":1}");
        check("/a?q=%7B%22password%22:%22abcdefghij%22%7D", "/a?q=%7B%22password%22:%22abcd****%22%7D");
        check("/a?u=http://user:abcdefghij@127.0.0.1/", "/a?u=http://user:abcd****@127.0.0.1/");
        check("Bearer abcdefghijklmnopqrst", "Bearer abcd****");
        check("/a;jsessionid=abcdefghij", "/a;jsessionid=abcd****");
    }

    #[test]
    fn what_is_encoded_hides_nothing() {
        check("/a?x=ghp_%777A%660e%36PL%692M%61iK%727T%63XE%37A5%73B4%61bX%6dOE%31UY&b=1", "/a?x=ghp_****&b=1");
        check(
            "/a?x=AKIA%254b%254f%2554%2543%2557%254d%2534%254d%2546%2545%2548%2542%2559%2557%2550%254f",
            "/a?x=AKIA****",
        );
        check("/a?x=%41KIA%4BOTCWM4MFEHBYWPO", "/a?x=%41KIA****");
        check("/a?%74oken=abcdefghij%6b&b=1", "/a?%74oken=abcd****&b=1");
        check("/a?x=%2541%2542", "/a?x=%2541%2542");
    }

    #[test]
    fn what_only_looks_like_a_secret_stays() {
        for text in [
            "/a?next=%2Fcb%3Ffield%3Dpassword%26x%3D1",
            "/a?u=http://user@127.0.0.1:8080/",
            "/a?u=http://127.0.0.1:8080/@x",
            "Basic authentication",
            "/a?q={\"name\":\"abcdefghij\"}",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn what_a_finding_is_about_stays() {
        for text in [
            "/a?token=../../etc/passwd",
            "/a?fields=password",
            "/a?key=http://169.254.169.254/",
            "/.aws/credentials",
            "/a?code=1",
        ] {
            check(text, text);
        }
    }
}
