//! The parts of an address: of a socket, and of an absolute target (RFC 9112, section 3.2.2).

use memchr::{memchr, memchr2, memrchr};

use crate::Value;
use crate::field::Sink;
use crate::grammar::whole_number;

/// A host and a port, `[2001:db8::1]:443` or `192.0.2.7:443`: the host without its brackets, and the port if it has one.
///
/// More than one colon without brackets is an address of version 6, and has no port.
pub(crate) fn host_port(text: &[u8]) -> (&[u8], Option<u16>) {
    let port = |digits: &[u8]| whole_number(digits).and_then(|port| u16::try_from(port).ok());
    if let Some(inner) = text.strip_prefix(b"[")
        && let Some(end) = memchr(b']', inner)
    {
        let rest = &inner[end + 1..];
        return (&inner[..end], rest.strip_prefix(b":").and_then(port));
    }
    match memrchr(b':', text) {
        Some(at) if memchr(b':', text) == Some(at) => match port(&text[at + 1..]) {
            Some(port) => (&text[..at], Some(port)),
            None => (text, None),
        },
        _ => (text, None),
    }
}

/// The parts of an absolute target, as they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Absolute<'a> {
    /// The scheme.
    pub(crate) scheme: &'a [u8],
    /// The host without its port.
    pub(crate) host: &'a [u8],
    /// The port.
    pub(crate) port: Option<u16>,
    /// The path, which may be empty.
    pub(crate) path: &'a [u8],
    /// What stands behind the first `?`.
    pub(crate) query: Option<&'a [u8]>,
}

/// Splits a target that begins with a scheme and a host.
pub(crate) fn absolute(target: &[u8]) -> Option<Absolute<'_>> {
    let colon = target.iter().take(SCHEME_BYTES_MAX).position(|byte| *byte == b':')?;
    let (scheme, rest) = (&target[..colon], target[colon + 1..].strip_prefix(b"//")?);
    if scheme.is_empty() || !scheme.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let (authority, rest) = rest.split_at(memchr2(b'/', b'?', rest).unwrap_or(rest.len()));
    let (host, port) = host_port(authority);
    let (path, query) = match memchr(b'?', rest) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    Some(Absolute { scheme, host, port, path, query })
}

/// The longest scheme that is looked for, in bytes.
const SCHEME_BYTES_MAX: usize = 12;

/// Tells path and query of an absolute target, which a split at its first `?` would not.
pub(crate) fn tell_parts<'a>(target: Option<&'a [u8]>, sink: Sink<'_, 'a>) {
    if let Some(parts) = target.and_then(absolute) {
        sink("path", Value::Text(parts.path));
        sink("query", parts.query.map_or(Value::Absent, Value::Text));
    }
}

/// Tells an address as an IP and a port, each under its name.
pub(crate) fn tell_address<'a>(ip: &'a str, port: &'a str, address: Option<&'a [u8]>, sink: Sink<'_, 'a>) {
    let Some((host, number)) = address.map(host_port) else { return };
    sink(ip, Value::Text(host));
    if let Some(number) = number {
        sink(port, Value::Integer(i64::from(number)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_stands_behind_the_one_colon() {
        assert_eq!(host_port(b"192.0.2.7:443"), (&b"192.0.2.7"[..], Some(443)));
        assert_eq!(host_port(b"[2001:db8::1]:443"), (&b"2001:db8::1"[..], Some(443)));
        assert_eq!(host_port(b"[2001:db8::1]"), (&b"2001:db8::1"[..], None));
        assert_eq!(host_port(b"2001:db8::1"), (&b"2001:db8::1"[..], None));
        assert_eq!(host_port(b"host:http"), (&b"host:http"[..], None));
        assert_eq!(host_port(b"host:70000"), (&b"host:70000"[..], None));
    }

    #[test]
    fn an_absolute_target_has_parts() {
        let want = Absolute { scheme: b"http", host: b"a", port: Some(80), path: b"/b", query: Some(b"c?d") };
        assert_eq!(absolute(b"http://a:80/b?c?d"), Some(want));
        let want = Absolute { scheme: b"https", host: b"a", port: None, path: b"", query: Some(b"c/d") };
        assert_eq!(absolute(b"https://a?c/d"), Some(want));
        assert_eq!(absolute(b"/a?b=http://c/"), None);
        assert_eq!(absolute(b"a:80"), None);
    }
}
