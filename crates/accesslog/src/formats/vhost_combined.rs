//! Apache's `vhost_combined`: the combined format behind the virtual host and its port.

use memchr::memmem;

use super::combined::{referer_and_agent, tell_head};
use crate::address::is_address;
use crate::grammar::{Rest, common_head, present, whole_number, word};
use crate::layout::address_and_port;
use crate::{Fault, Format, Record, Sink};

/// `host:port`, or a host alone, then the combined format; what stands behind the agent is left alone.
pub(crate) struct VhostCombined;

impl Format for VhostCombined {
    fn name(&self) -> &'static str {
        "vhost_combined"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["ncsa_vhost_combined"]
    }

    fn about(&self) -> &'static str {
        "Combined format behind the virtual host (Debian's Apache `vhost_combined`)"
    }

    fn example(&self) -> &'static str {
        r#"shop.example:443 192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2326 "-" "Mozilla/5.0""#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let (host, rest) = word(line).ok_or(Fault { at: 0, expected: "a host and a blank" })?;
        // Nearly every host begins with a letter, as no address and its port does.
        if matches!(host, [b'0'..=b'9' | b'[', ..])
            && let Some((client, _)) = address_and_port(host).filter(|(client, _)| is_address(client))
            && word(rest).is_none_or(|(second, _)| !is_address(second))
        {
            return client_first(line, rest, client);
        }
        // A word with a comma is the first of a list of clients.
        if is_address(host) || host.ends_with(b",") || !is_followed_by_client(host, rest) {
            return Err(Fault { at: 0, expected: "a virtual host, then a client's address" });
        }
        let shift = line.len() - rest.len();
        let shifted = |fault: Fault| Fault { at: fault.at + shift, ..fault };
        let mut record = Record::default();
        let Rest { rest: tail, .. } = common_head(rest, &mut record).map_err(shifted)?;
        if !tail.trim_ascii().is_empty() {
            referer_and_agent(rest, tail, &mut record).map_err(shifted)?;
        }
        name_host(&mut record, bare(host));
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        if let Some((_, rest)) = word(line) {
            tell_head(rest, sink);
        }
    }
}

/// Reads a line whose client stands first, with its port, and the host behind it: `192.0.2.7:4711 shop.example:443 - - [`.
fn client_first<'a>(line: &'a [u8], rest: &'a [u8], client: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
    let shift = line.len() - rest.len();
    let shifted = |fault: Fault| Fault { at: fault.at + shift, ..fault };
    let mut record = Record::default();
    let Rest { rest: tail, .. } = common_head(rest, &mut record).map_err(shifted)?;
    let host = record.client.filter(|host| host.contains(&b'.') && !is_address(host));
    name_host(&mut record, host.ok_or(Fault { at: shift, expected: "a virtual host" })?);
    record.client = Some(client);
    if !tail.trim_ascii().is_empty() {
        referer_and_agent(rest, tail, &mut record).map_err(shifted)?;
    }
    Ok(Some(record))
}

/// Puts a host, with its port or without, where both belong.
fn name_host<'a>(record: &mut Record<'a>, host: &'a [u8]) {
    match address_and_port(host) {
        Some((host, port)) => {
            record.host = Some(host);
            record.port = whole_number(port).and_then(|port| port.try_into().ok());
        }
        None => record.host = present(host),
    }
}

/// A host without the brackets and quotes around it (`["shop.example"]`, LiteSpeed).
fn bare(host: &[u8]) -> &[u8] {
    let inside = host.strip_prefix(b"[").and_then(|host| host.strip_suffix(b"]")).unwrap_or(host);
    inside.strip_prefix(b"\"").and_then(|inside| inside.strip_suffix(b"\"")).unwrap_or(inside)
}

/// Whether the word behind the host is a client: an address, or a name where the host has its port or where an identity
/// and a user follow.
fn is_followed_by_client(host: &[u8], rest: &[u8]) -> bool {
    let (client, rest) = word(rest).unwrap_or((rest, b""));
    let has_identity_and_user = || {
        let before = memmem::find(rest, b" [").map_or(&b""[..], |end| &rest[..end]);
        before.contains(&b' ') && client.contains(&b'.') && host.contains(&b'.')
    };
    match client {
        _ if is_address(client) => true,
        // Two dashes alone would be the identity and the user of a client that is the host's word.
        b"-" => address_and_port(host).is_some() && rest.starts_with(b"- - ["),
        _ => address_and_port(host).is_some() || has_identity_and_user(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_no_client() {
        let line = br#"shop.example:443 192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2 "-" "-""#;
        let record = VhostCombined.parse(line).unwrap().unwrap();
        assert_eq!((record.host, record.port), (Some(&b"shop.example"[..]), Some(443)));
        assert_eq!(record.client, Some(&b"192.0.2.7"[..]));
    }

    #[test]
    fn a_host_may_stand_in_brackets_and_quotes() {
        let line = br#"["shop.example"] 192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/2" 200 2 "-" "-""#;
        let record = VhostCombined.parse(line).unwrap().unwrap();
        assert_eq!((record.host, record.client), (Some(&b"shop.example"[..]), Some(&b"192.0.2.7"[..])));
    }

    #[test]
    fn a_client_with_its_port_may_stand_first() {
        let tail = r#"- - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2 "-" "-""#;
        let line = format!("192.0.2.7:4711 shop.example:443 {tail}");
        let reading = crate::recognise(line.as_bytes()).reading.unwrap();
        let record = reading.format.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), None));
        assert_eq!((record.host, record.port), (Some(&b"shop.example"[..]), Some(443)));
        assert!(VhostCombined.parse(format!("192.0.2.7:4711 bob {tail}").as_bytes()).is_err());
    }

    #[test]
    fn a_host_may_be_an_address_with_its_port() {
        let tail = r#"- - [10/Oct/2000:13:55:36 -0700] "OPTIONS * HTTP/1.0" 200 126 "-" "-""#;
        for (head, host, client) in [
            ("127.0.1.1:80 ::1", "127.0.1.1", Some("::1")),
            ("[2001:db8::5]:443 2001:db8::1", "2001:db8::5", Some("2001:db8::1")),
            ("shop.example:443 -", "shop.example", None),
        ] {
            let line = format!("{head} {tail}");
            let record = VhostCombined.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.host, record.client), (Some(host.as_bytes()), client.map(str::as_bytes)), "{line}");
            assert_eq!(record.user, None, "{line}");
        }
    }

    #[test]
    fn neither_host_nor_client_need_be_numbers() {
        let line = br#"shop.example client.example - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2 "-" "-""#;
        let record = VhostCombined.parse(line).unwrap().unwrap();
        assert_eq!((record.host, record.client), (Some(&b"shop.example"[..]), Some(&b"client.example"[..])));
    }

    #[test]
    fn what_stands_behind_makes_no_other_format_of_it() {
        let line = VhostCombined.example();
        for line in [format!("{line} 116075"), line.split_inclusive("2326").next().unwrap().to_owned()] {
            assert_eq!(crate::recognise(line.as_bytes()).reading.unwrap().format.name(), "vhost_combined", "{line}");
        }
    }

    #[test]
    fn a_combined_line_is_refused() {
        let line = br#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2 "-" "-""#;
        assert!(VhostCombined.parse(line).is_err());
        let line = br#"client.example shop.example - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2"#;
        assert!(VhostCombined.parse(line).is_err(), "a host in the place of the identity");
        let line = br#"198.51.100.4, 192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2 "-" "-""#;
        assert!(VhostCombined.parse(line).is_err(), "a list of clients");
        let line = br#"client.example - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2"#;
        assert!(VhostCombined.parse(line).is_err());
    }
}
