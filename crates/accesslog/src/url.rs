//! The parts of the address of a socket.

use memchr::{memchr, memrchr};

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
}
