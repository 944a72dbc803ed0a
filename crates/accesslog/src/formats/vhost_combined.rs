//! Apache's `vhost_combined`: the combined format behind the virtual host and its port.

use super::combined::{is_address, referer_and_agent};
use crate::grammar::{Rest, common_head, present, word};
use crate::{Fault, Format, Record};

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
        if is_address(host) || !is_followed_by_client(host, rest) {
            return Err(Fault { at: 0, expected: "a virtual host, then a client's address" });
        }
        let shift = line.len() - rest.len();
        let shifted = |fault: Fault| Fault { at: fault.at + shift, ..fault };
        let mut record = Record::default();
        let Rest { rest: tail, .. } = common_head(rest, &mut record).map_err(shifted)?;
        if !tail.trim_ascii().is_empty() {
            referer_and_agent(rest, tail, &mut record).map_err(shifted)?;
        }
        record.host = present(host);
        Ok(Some(record))
    }
}

/// Whether the word behind the host is a client: an address, or anything if the host has its port.
fn is_followed_by_client(host: &[u8], rest: &[u8]) -> bool {
    let client = word(rest).map_or(rest, |(client, _)| client);
    is_address(client) || has_port(host) && client != b"-"
}

fn has_port(host: &[u8]) -> bool {
    match memchr::memrchr(b':', host) {
        Some(at) => !host[at + 1..].is_empty() && host[at + 1..].iter().all(u8::is_ascii_digit),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_no_client() {
        let line = br#"shop.example:443 192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2 "-" "-""#;
        let record = VhostCombined.parse(line).unwrap().unwrap();
        assert_eq!(record.host, Some(&b"shop.example:443"[..]));
        assert_eq!(record.client, Some(&b"192.0.2.7"[..]));
    }

    #[test]
    fn a_combined_line_is_refused() {
        let line = br#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2 "-" "-""#;
        assert!(VhostCombined.parse(line).is_err());
        let line = br#"client.example - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 2"#;
        assert!(VhostCombined.parse(line).is_err());
    }
}
