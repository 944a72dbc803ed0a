//! Hides key material in text that is to be shown.
//!
//! A report is passed on, pasted into tickets and mailed. What gives access must not travel with it, so it is cut to
//! its first letters wherever it stands: keys in the forms of their issuers, signatures of signed URLs, tokens, and
//! the values of parameters whose names say that they are secret. What was hidden stays provable by its place.

use std::borrow::Cow;
use std::ops::Range;

use crate::catalog::Grade;
use crate::decode;
use crate::signals::{key_ranges, secret_word};

/// How many letters of a secret are shown.
const SHOWN: usize = 4;

/// The shortest value of a secret parameter that is hidden: a shorter one is a word or a switch.
const SECRET_BYTES_MIN: usize = 6;

/// The text with every secret cut to its first letters.
pub fn masked(text: &[u8]) -> Cow<'_, [u8]> {
    let mut ranges = secrets(text);
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for range in ranges {
        let start = (range.start + SHOWN).max(from);
        if start < range.end {
            out.extend_from_slice(&text[from..start]);
            out.extend_from_slice(b"****");
            from = range.end;
        }
    }
    out.extend_from_slice(&text[from..]);
    Cow::Owned(out)
}

fn secrets(text: &[u8]) -> Vec<Range<usize>> {
    let mut ranges = key_ranges(text);
    ranges.extend(web_tokens(text));
    ranges.extend(secret_values(text));
    ranges
}

/// JSON Web Tokens (RFC 7519): three parts in base64url, the first of which begins an object.
fn web_tokens(text: &[u8]) -> Vec<Range<usize>> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    memchr::memmem::find_iter(text, b"eyJ")
        .map(|start| start..start + text[start..].iter().take_while(|byte| is_part(byte)).count())
        .filter(|range| 30 < range.len() && 1 < text[range.clone()].iter().filter(|byte| **byte == b'.').count())
        .collect()
}

/// The values of parameters that are secret by their names, percent-encoded or not.
fn secret_values(text: &[u8]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'%');
    for equals in memchr::memchr_iter(b'=', text) {
        let length = text[..equals].iter().rev().take(48).take_while(|byte| is_name(byte)).count();
        let name = &text[equals - length..equals];
        let name = decode::percent(name).map_or(Cow::Borrowed(name), Cow::Owned);
        let value = &text[equals + 1..];
        let end = value
            .iter()
            .position(|byte| matches!(byte, b'&' | b';' | b' ' | b'"' | b'\'' | b'#' | b'<' | b'>'))
            .unwrap_or(value.len());
        if is_secret_name(&name) && SECRET_BYTES_MIN <= end && is_opaque(&value[..end]) {
            ranges.push(equals + 1..equals + 1 + end);
        }
    }
    ranges
}

fn is_secret_name(name: &[u8]) -> bool {
    let is_signature = [
        &b"sig"[..],
        b"signature",
        b"x-amz-signature",
        b"x-goog-signature",
        b"session",
        b"sessionid",
        b"sid",
        b"jwt",
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
fn is_opaque(value: &[u8]) -> bool {
    let has = |text: &str| memchr::memmem::find(value, text.as_bytes()).is_some();
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
