//! Identifiers that stand within something else: in brackets, in a filter, in a query of another language, in an address.
//!
//! Interfaces differ in how they spell which record is meant: `/odata/Orders(500401)` and `$filter=Id eq 500401` (OData 4.01,
//! URL Conventions, 4.3.1 and 5.1.1), `/graphql?query={order(id:500401){total}}` and its variables in JSON (GraphQL over HTTP, 5.2.1),
//! `/customers/a.b@mail.example`, `/lookup/+81901234567`. Each is read as far as it takes to know the record, and no further.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memmem};

use crate::bytes::holds_either;
use crate::decode;
use crate::parameter::is_identifier;
use crate::route::{Object, is_page_part, object_of_value};
use crate::target::Param;

/// How much of a text is looked at, in bytes.
const TEXT_BYTES_MAX: usize = 800;

/// How many digits the number of a telephone has at least, its country's among them.
const PHONE_DIGITS_MIN: usize = 8;

/// The name and the key of a segment that is called by a key: `Orders` and `500401` of `Orders(500401)`.
pub(crate) fn called(segment: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = segment.strip_suffix(b")")?;
    let at = inner.iter().position(|byte| *byte == b'(')?;
    let (name, key) = (&inner[..at], &inner[at + 1..]);
    let quoted = |quote: &[u8]| key.strip_prefix(quote)?.strip_suffix(quote);
    let key = quoted(b"'").or_else(|| quoted(b"%27")).unwrap_or(key);
    let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (!name.is_empty() && key.iter().any(u8::is_ascii_digit) && key.iter().all(is_key)).then_some((name, key))
}

/// Whether a text is where a person is reached: an address of mail, or a number of a telephone with its country's.
pub(crate) fn is_person(text: &[u8]) -> bool {
    may_be(text) && (is_mail(text) || phone(text).is_some())
}

/// Whether a text has a sign that all of this needs. Nearly none has, and all are asked.
fn may_be(text: &[u8]) -> bool {
    text.last() == Some(&b')') || text.first() == Some(&b'+') || holds_either(text, b'%', b'@')
}

/// Whether a text is an address of mail (RFC 5322, 3.4.1), percent-encoded or not.
fn is_mail(text: &[u8]) -> bool {
    let Some((name, host)) = around_at(text) else { return false };
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b".!#$&'*+-/=?^_`{|}~%".contains(byte);
    let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    // Pictures for finer screens are named `photo@2x.png`, and packages of a certain version `vue@3.4.21`.
    let is_finer = host.get(1) == Some(&b'x') && host[0].is_ascii_digit();
    let is_domain = host.iter().rposition(|byte| *byte == b'.').is_some_and(|dot| {
        let top = &host[dot + 1..];
        0 < dot && 2 <= top.len() && top.iter().all(u8::is_ascii_alphabetic) && !is_page_part(top)
    });
    !name.is_empty() && name.iter().all(is_name) && host.iter().all(is_host) && is_domain && !is_finer
}

/// What stands before and behind the `@` of a text.
fn around_at(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match memchr(b'@', text) {
        Some(at) => Some((&text[..at], &text[at + 1..])),
        None => {
            memchr_iter(b'%', text).find(|at| text[*at..].starts_with(b"%40")).map(|at| (&text[..at], &text[at + 3..]))
        }
    }
}

/// The number of a telephone in its international form (ITU-T E.123): a plus and digits.
fn phone(text: &[u8]) -> Option<Object> {
    let digits = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"%2B")).or_else(|| text.strip_prefix(b"%2b"))?;
    let is_number = (PHONE_DIGITS_MIN..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| Object::of_digits(digits))
}

/// The object that a segment names so, or the value of a parameter.
pub(crate) fn object(text: &[u8]) -> Option<Object> {
    if !may_be(text) {
        return None;
    }
    if let Some((_, key)) = called(text) {
        return object_of_value(key).or_else(|| Some(Object::of_text(key)));
    }
    phone(text).or_else(|| is_mail(text).then(|| Object::of_text(text)))
}

/// Whether a text is JSON of several members, by how it begins.
pub(crate) fn is_json(value: &[u8]) -> bool {
    matches!(value.first(), Some(b'{' | b'[' | b'%'))
        && begins_with(value, &[b"{\"", b"{%22", b"%7B%22", b"%7B\"", b"[{", b"[%7B", b"%5B%7B"])
}

/// A blank, percent-encoded or not.
const BLANKS: [&[u8]; 3] = [b" ", b"+", b"%20"];

fn begins_with(value: &[u8], texts: &[&[u8]]) -> bool {
    texts.iter().any(|one| value.get(..one.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(one)))
}

/// The members of objects in JSON, however deep, whose values are texts or numbers.
pub(crate) fn members(text: &[u8]) -> impl Iterator<Item = Param<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let name = quoted(&mut rest)?;
            let behind = rest.trim_ascii_start();
            let Some((b':', behind)) = behind.split_first() else { continue };
            rest = behind.trim_ascii_start();
            if rest.first() == Some(&b'"') {
                return Some(Param { name, value: quoted(&mut rest)? });
            }
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if 0 < digits {
                return Some(Param { name, value: &rest[..digits] });
            }
        }
    })
}

/// The next text between quotes, and goes on behind it.
fn quoted<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let open = memchr(b'"', rest)? + 1;
    let length = memchr(b'"', &rest[open..])?;
    let text = &rest[open..open + length];
    *rest = &rest[open + length + 1..];
    Some(text)
}

/// The object that a text in another language asks for: GraphQL, a filter of OData. The first identifier is it.
pub(crate) fn object_in(value: &[u8]) -> Option<Object> {
    let value = &value[..value.len().min(TEXT_BYTES_MAX)];
    // What such a text begins with, or a blank, encoded or not: most values have neither.
    let may_be_one = matches!(value.first(), Some(b'{' | b'%' | b'q' | b'Q' | b'm' | b'M'))
        || value.iter().any(|byte| matches!(byte, b' ' | b'+' | b'%'));
    if !may_be_one || !value.iter().any(u8::is_ascii_digit) {
        return None;
    }
    let is_filter = || {
        let mut found = memmem::find_iter(value, b"eq");
        found.any(|at| {
            let (before, behind) = (&value[..at], &value[at + 2..]);
            BLANKS.iter().any(|blank| before.ends_with(blank)) && BLANKS.iter().any(|blank| behind.starts_with(blank))
        })
    };
    let is_query = begins_with(value, &[b"{", b"%7B", b"query", b"mutation"]) && !is_json(value);
    if !is_query && !is_filter() {
        return None;
    }
    let plain: Cow<'_, [u8]> = decode::percent(value).map_or(Cow::Borrowed(value), Cow::from);
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let mut words =
        plain.chunk_by(|one, other| is_word(*one) == is_word(*other)).filter(|run| is_word(run[0])).peekable();
    while let Some(name) = words.next() {
        if !is_identifier(name) {
            continue;
        }
        if words.peek() == Some(&&b"eq"[..]) {
            words.next();
        }
        let object = words.peek().and_then(|key| object_of_value(key));
        if object.is_some() {
            return object;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<Option<u64>> {
        object(text.as_bytes()).map(Object::number)
    }

    fn number_in(text: &str) -> Option<Option<u64>> {
        object_in(text.as_bytes()).map(Object::number)
    }

    #[test]
    fn what_is_called_by_a_key_and_who_is_reached_are_records() {
        assert_eq!(number("Orders(500401)"), Some(Some(500_401)));
        assert_eq!(number("Orders(%27A-500401%27)"), Some(Some(500_401)));
        assert_eq!(number("Orders(3f2b8c1e-0d4a-4c55-9a1b-2f6d7e8a9b0c)"), Some(None));
        assert_eq!(number("+81901234567"), Some(Some(81_901_234_567)));
        assert_eq!(number("a.b%40mail.example"), Some(None));
        for text in [
            "Orders()",
            "(7)",
            "f(x)",
            "+1",
            "@somebody",
            "a@b",
            "photo@2x.png",
            "vue@3.4.21",
            "vue@3.min.js",
            "left+right",
            "rgb(1,2,3)",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn the_first_identifier_of_a_query_is_the_record() {
        assert_eq!(number_in("%7Border(id:500401)%7Bid%20total%7D%7D"), Some(Some(500_401)));
        assert_eq!(number_in("query+Order+%7B+order(orderId:%20%22500401%22)+%7B+total+%7D+%7D"), Some(Some(500_401)));
        assert_eq!(number_in("CustomerId%20eq%20500401"), Some(Some(500_401)));
        assert_eq!(number_in("SeqNo+eq+500401"), Some(Some(500_401)));
        for text in ["%7Bproducts(first:20)%7Bname%7D%7D", "id", "order 66", "%7Bid%7D", "https://a.example/?id=7"] {
            assert_eq!(number_in(text), None, "{text}");
        }
    }
}
