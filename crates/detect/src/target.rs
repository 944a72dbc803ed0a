//! The parts of a request-target (RFC 9112, section 3.2; RFC 3986, section 3).
//!
//! Parts are told apart before any is decoded: a `%26` inside a value is no `&` (RFC 3986, section 2.4).

use memchr::{memchr, memchr2, memmem};

/// A request-target in its parts, as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    /// Scheme and authority, `http://host:80`, where the target has absolute form.
    pub(crate) origin: Option<&'a [u8]>,
    /// The path.
    pub(crate) path: &'a [u8],
    /// What stands behind the first question mark.
    pub(crate) query: Option<&'a [u8]>,
}

/// A parameter of a query, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Param<'a> {
    /// The name; empty where there is no equals sign, as the whole is then a value.
    pub(crate) name: &'a [u8],
    /// The value.
    pub(crate) value: &'a [u8],
}

impl<'a> Target<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Target<'a> {
        let (origin, rest) = split_origin(text);
        match memchr(b'?', rest) {
            Some(at) => Target { origin, path: &rest[..at], query: Some(&rest[at + 1..]) },
            None => Target { origin, path: rest, query: None },
        }
    }

    /// Whether there are parameters, of the query or of the path.
    pub(crate) fn has_params(&self) -> bool {
        self.query.is_some() || memchr(b';', self.path).is_some()
    }

    /// The parameters of the query, and before these the ones that stand in the path behind a `;` (RFC 3986, 3.3).
    pub(crate) fn all_params(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        let behind = memchr(b';', self.path).map_or(&b""[..], |at| &self.path[at + 1..]);
        params(&behind[..memchr(b'/', behind).unwrap_or(behind.len())]).chain(self.params())
    }

    /// The parameters of the query, in order. Both `&` and `;` divide them.
    pub(crate) fn params(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        params(self.query.unwrap_or_default())
    }
}

/// The parameters of a query.
pub(crate) fn params(query: &[u8]) -> impl Iterator<Item = Param<'_>> {
    let mut rest = query;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = memchr2(b'&', b';', rest).unwrap_or(rest.len());
            let piece = &rest[..end];
            rest = &rest[rest.len().min(end + 1)..];
            if !piece.is_empty() {
                return Some(param(piece));
            }
        }
        None
    })
}

fn param(piece: &[u8]) -> Param<'_> {
    match memchr(b'=', piece) {
        Some(at) => Param { name: &piece[..at], value: &piece[at + 1..] },
        None => Param { name: b"", value: piece },
    }
}

/// The host of a page, its port included, and what it is asked for: of a referer that names more than an origin.
pub(crate) fn host_and_target(page: &[u8]) -> Option<(&[u8], &[u8])> {
    let behind = &page[memmem::find(page, b"://")? + 3..];
    behind.split_at_checked(memchr(b'/', behind)?)
}

/// Takes scheme and authority off a target in absolute form.
fn split_origin(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    if text.first().is_none_or(|byte| !byte.is_ascii_alphabetic()) {
        return (None, text);
    }
    match memmem::find(&text[..text.len().min(16)], b"://") {
        Some(at) if text[..at].iter().all(u8::is_ascii_alphanumeric) => {
            let host = at + 3;
            let end = text[host..]
                .iter()
                .position(|byte| matches!(byte, b'/' | b'?' | b'#'))
                .map_or(text.len(), |end| host + end);
            (Some(&text[..end]), &text[end..])
        }
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &[u8], want: &[(&[u8], &[u8])]) {
        let got: Vec<(&[u8], &[u8])> = params(query).map(|param| (param.name, param.value)).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn a_percent_encoded_ampersand_splits_nothing() {
        check(b"a=b%26c&d", &[(b"a", b"b%26c"), (b"", b"d")]);
        check(b"&&a=1;b==", &[(b"a", b"1"), (b"b", b"=")]);
    }

    #[test]
    fn absolute_form_has_an_origin() {
        let target = Target::new(b"http://169.254.169.254/latest?x");
        assert_eq!(target.origin, Some(&b"http://169.254.169.254"[..]));
        assert_eq!((target.path, target.query), (&b"/latest"[..], Some(&b"x"[..])));
        let target = Target::new(b"https://host?x");
        assert_eq!((target.origin, target.path), (Some(&b"https://host"[..]), &b""[..]));
    }

    #[test]
    fn origin_form_has_none() {
        for text in ["/a/http://b", "*", "host:443", "a/b://c", ""] {
            assert_eq!(Target::new(text.as_bytes()).origin, None, "{text}");
        }
    }
}
