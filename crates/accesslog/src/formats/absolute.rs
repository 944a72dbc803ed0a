//! Targets that name their scheme and host: `https://shop.example:443/a?b` (RFC 9112, section 3.2.2).
//!
//! Load balancers write every request so, and clients send such targets to proxies. What a target asks for is then
//! its path, and whom it asks is its authority.

use crate::Record;
use crate::field::{Sink, Value};
use crate::grammar::whole_number;

/// The parts of an absolute target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Absolute<'a> {
    /// The scheme, `https`.
    pub(super) scheme: &'a [u8],
    /// The host, without brackets.
    pub(super) host: &'a [u8],
    /// The port, if it has one.
    pub(super) port: Option<u16>,
    /// The path, without the query; empty where the target ends with its authority.
    pub(super) path: &'a [u8],
    /// The query, without its `?`.
    pub(super) query: Option<&'a [u8]>,
}

/// The parts of a target, if it is an absolute one.
pub(super) fn absolute(target: &[u8]) -> Option<Absolute<'_>> {
    let colon = target.iter().take(SCHEME_BYTES_MAX + 1).position(|byte| *byte == b':')?;
    let (scheme, rest) = target.split_at(colon);
    let rest = rest.strip_prefix(b"://").filter(|_| scheme.first().is_some_and(u8::is_ascii_alphabetic))?;
    if !scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)) {
        return None;
    }
    let end = rest.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (host, port) = host_and_port(authority);
    let (path, query) = path_and_query(rest);
    Some(Absolute {
        scheme,
        host,
        port: port.and_then(whole_number).and_then(|port| port.try_into().ok()),
        path,
        query,
    })
}

/// The longest scheme that is looked for, in bytes.
const SCHEME_BYTES_MAX: usize = 16;

/// What stands before the first `?`, and what behind it.
pub(super) fn path_and_query(target: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b'?', target) {
        Some(at) => (&target[..at], Some(&target[at + 1..])),
        None => (target, None),
    }
}

/// A host and its port, `192.0.2.7:80`, divided at the last colon; the brackets of an IPv6 address are taken off.
///
/// Some writers put the port behind an IPv6 address without brackets; the last colon divides there too. A name
/// without a colon has no port.
pub(super) fn host_and_port(socket: &[u8]) -> (&[u8], Option<&[u8]>) {
    if let Some(inner) = socket.strip_prefix(b"[")
        && let Some(end) = memchr::memchr(b']', inner)
    {
        return (&inner[..end], inner[end + 1..].strip_prefix(b":"));
    }
    match memchr::memrchr(b':', socket) {
        Some(at) => (&socket[..at], Some(&socket[at + 1..])),
        None => (socket, None),
    }
}

/// Tells the path and the query of a record whose target is absolute.
pub(super) fn tell_path<'a>(record: &Record<'a>, sink: Sink<'_, 'a>) {
    if let Some(Absolute { path, query, .. }) = record.target.and_then(absolute) {
        sink("path", if path.is_empty() { Value::Absent } else { Value::Text(path) });
        sink("query", query.map_or(Value::Absent, Value::Text));
    }
}

/// Puts the scheme, host and port of an absolute target into the record.
pub(super) fn name_authority(record: &mut Record<'_>) {
    if let Some(Absolute { scheme, host, port, .. }) = record.target.and_then(absolute) {
        record.scheme = Some(scheme);
        record.host = Some(host).filter(|host| !host.is_empty());
        record.port = port;
    }
}

/// The same, where the record may name a host already: that one stays.
pub(super) fn name_missing_authority(record: &mut Record<'_>) {
    if let Some(Absolute { scheme, host, port, .. }) = record.target.and_then(absolute) {
        record.scheme = Some(scheme);
        record.host = record.host.or(Some(host)).filter(|host| !host.is_empty());
        record.port = port;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_target_has_five_parts() {
        let target = absolute(b"https://shop.example:443/a/b?c=/d?e").unwrap();
        assert_eq!((target.scheme, target.host, target.port), (&b"https"[..], &b"shop.example"[..], Some(443)));
        assert_eq!((target.path, target.query), (&b"/a/b"[..], Some(&b"c=/d?e"[..])));
        let target = absolute(b"http://[2001:db8::1]:80").unwrap();
        assert_eq!((target.host, target.port, target.path), (&b"2001:db8::1"[..], Some(80), &b""[..]));
        assert_eq!(absolute(b"http://host?a").unwrap().query, Some(&b"a"[..]));
    }

    #[test]
    fn a_url_inside_a_path_makes_no_absolute_target() {
        assert_eq!(absolute(b"/http://shop.example/"), None);
        assert_eq!(absolute(b"shop.example:443"), None);
        assert_eq!(absolute(b"://shop.example/"), None);
        assert_eq!(absolute(b"/a?u=http://x/"), None);
    }

    #[test]
    fn the_last_colon_divides_host_and_port() {
        assert_eq!(host_and_port(b"192.0.2.7:80"), (&b"192.0.2.7"[..], Some(&b"80"[..])));
        assert_eq!(host_and_port(b"2001:db8::1:80"), (&b"2001:db8::1"[..], Some(&b"80"[..])));
        assert_eq!(host_and_port(b"[2001:db8::1]:80"), (&b"2001:db8::1"[..], Some(&b"80"[..])));
        assert_eq!(host_and_port(b"[2001:db8::1]"), (&b"2001:db8::1"[..], None));
        assert_eq!(host_and_port(b"shop"), (&b"shop"[..], None));
    }
}
