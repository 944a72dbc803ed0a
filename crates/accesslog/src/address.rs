//! Addresses, seen at once.
//!
//! Whether a word is an address is asked of every field that nobody gave a name, of hosts and of lists that proxies write, so of
//! several words in a line. The standard library says what an address is; nearly all are of four small numbers, and of these
//! this says the same in a fifth of the time.
//!
//! Servers also write the address of the client's socket, with the port behind it, which is no part of the client.

use memchr::memchr_iter;

use crate::grammar::{may_hold_port, whole_number};
use crate::layout::address_and_port;

/// Whether the word is an IP address.
pub(crate) fn is_address(word: &[u8]) -> bool {
    // What is no address of four numbers has two colons, or is none.
    let may_be_other = || 2 <= memchr_iter(b':', word).take(2).count();
    is_dotted(word) || may_be_other() && by_library(word)
}

fn by_library(word: &[u8]) -> bool {
    std::str::from_utf8(word).is_ok_and(|word| word.parse::<std::net::IpAddr>().is_ok())
}

/// Whether the word is four numbers of at most 255 with points between, none with a zero in front.
fn is_dotted(word: &[u8]) -> bool {
    let (mut points, mut digits, mut value) = (0, 0, 0_u32);
    for byte in word {
        match byte {
            b'0'..=b'9' if digits == 0 || 0 < value => {
                value = value * 10 + u32::from(byte - b'0');
                digits += 1;
                if 255 < value {
                    return false;
                }
            }
            b'.' if 0 < digits => (points, digits, value) = (points + 1, 0, 0),
            _ => return false,
        }
    }
    points == 3 && 0 < digits
}

/// The port of a client that is the address of a socket, `192.0.2.7:51234` or `[2001:db8::7]:51234`, as servers in Python write it.
pub(crate) fn port_of(client: &[u8]) -> Option<&[u8]> {
    socket(client).map(|(_, port)| port)
}

/// A client without the port behind its address, and without the brackets around it.
pub(crate) fn without_port(client: &[u8]) -> &[u8] {
    match socket(client) {
        Some((address, _)) => address,
        None if client.first() == Some(&b'[') => {
            let inside = client[1..].strip_suffix(b"]").unwrap_or(client);
            if is_address(inside) { inside } else { client }
        }
        None => client,
    }
}

fn socket(client: &[u8]) -> Option<(&[u8], &[u8])> {
    if client.first() == Some(&b'[') || may_hold_port(client) { divided_socket(client) } else { None }
}

#[cold]
fn divided_socket(client: &[u8]) -> Option<(&[u8], &[u8])> {
    address_and_port(client).filter(|(address, port)| is_port(port) && is_address(address))
}

fn is_port(text: &[u8]) -> bool {
    whole_number(text).is_some_and(|port| port <= u64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_port_is_no_part_of_a_client() {
        for (client, want) in [
            ("192.0.2.7:51234", "192.0.2.7"),
            ("1.1.1.1:1", "1.1.1.1"),
            ("255.255.255.255:65535", "255.255.255.255"),
            ("[2001:db8::7]:51234", "2001:db8::7"),
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7:65536", "192.0.2.7:65536"),
            ("2001:db8::7", "2001:db8::7"),
            ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
            ("shop.example:443", "shop.example:443"),
            ("[x]:1", "[x]:1"),
            ("[x]", "[x]"),
            ("-", "-"),
            (":", ":"),
        ] {
            assert_eq!(without_port(client.as_bytes()), want.as_bytes(), "{client}");
            let port = client.strip_prefix(want).and_then(|port| port.strip_prefix(':'));
            let port =
                port.or_else(|| client.split_once("]:").map(|(_, port)| port).filter(|_| client.len() != want.len()));
            assert_eq!(port_of(client.as_bytes()), port.map(str::as_bytes), "{client}");
        }
        assert_eq!((without_port(b"[2001:db8::7]"), port_of(b"[2001:db8::7]")), (&b"2001:db8::7"[..], None));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn an_address_is_what_the_library_says(
            dotted in r"(25[0-9]|[0-9]{1,3}|0[0-9]|[0-9]?)(\.(25[0-9]|[0-9]{1,3}|0[0-9]|[0-9]?)){2,4}",
            other in "[0-9a-f:.%\\[ ]{0,18}",
            colons in "([0-9a-f]{0,4}:){2,7}([0-9a-f]{0,4}|192\\.0\\.2\\.7)",
        ) {
            for word in [dotted, other, colons] {
                prop_assert_eq!(is_address(word.as_bytes()), by_library(word.as_bytes()), "{}", word);
            }
        }
    }

    #[test]
    fn the_ends_of_what_is_an_address() {
        for word in ["0.0.0.0", "255.255.255.255", "1.2.3.4", "::", "::1", "::ffff:192.0.2.7", "2001:db8::1"] {
            assert!(is_address(word.as_bytes()), "{word}");
        }
        for word in ["", "256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1..2.3", "1.2.3.4 ", "a.b.c.d", ":", "1:2"] {
            assert!(!is_address(word.as_bytes()), "{word}");
        }
        assert!(!is_address(b"\xFF::1"));
    }
}
