//! Who called, and from where.
//!
//! A role is who it speaks for, whatever the session is called: `role/web-prod` of an account. Where the session is named
//! after a person, it is that person who has a home, not the role that many share. A network is the /24 of an
//! address, or the /48 of IPv6; all private addresses are one network, since they are the inside of whichever it is.
//! Names of services in place of an address are calls that a cloud makes for a role: no place at all.
//!
//! Amazon, "CloudTrail userIdentity element" and "Amazon S3 server access log format".

use std::net::IpAddr;

use accesslog::{Cloud, Record};
use memchr::memmem;

use crate::hash::{self, salted};

/// Who called, and from where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) role_key: u64,
    pub(crate) network_key: u64,
    /// The session of a machine.
    pub(crate) machine_key: Option<u64>,
    /// Whether the session is named as those of a machine of the cloud are.
    pub(crate) is_machine: bool,
    /// Whether it is a person's or program's own, not a session of a role.
    pub(crate) is_user: bool,
    pub(crate) is_private: bool,
}

impl Caller {
    pub(crate) fn of(record: &Record<'_>) -> Option<Caller> {
        let cloud: Cloud<'_> = record.cloud?;
        let (principal, client) = (cloud.principal?, record.client?);
        let (network, is_private) = network(client)?;
        let (role, session, is_user) = role(principal)?;
        if is_of_service(record) {
            return None;
        }
        Some(Caller {
            role_key: hash::hash(role),
            network_key: salted(network),
            machine_key: session.filter(|session| is_machine(session)).map(hash::hash),
            is_machine: session.is_some_and(is_machine),
            is_user,
            is_private,
        })
    }
}

/// Whether a service of the cloud made the call, for the principal that is named.
fn is_of_service(record: &Record<'_>) -> bool {
    // At the console sits a person, who signs in before.
    let is_at_console = |text: &[u8]| text.starts_with(b"console.") || text.starts_with(b"signin.");
    let is_service = |text: &[u8]| text.ends_with(b".amazonaws.com") && !is_at_console(text) || text == b"AWS Internal";
    record.agent.is_some_and(is_service) || memmem::find(record.raw, b"\"invokedBy\"").is_some()
}

/// Who a principal speaks for, whatever the session: the same for all of a role.
pub(crate) fn role_of(principal: &[u8]) -> Option<&[u8]> {
    role(principal).map(|(role, ..)| role)
}

/// The role, its session, and whether it is a user.
type Role<'a> = (&'a [u8], Option<&'a [u8]>, bool);

/// Who a principal is.
fn role(principal: &[u8]) -> Option<Role<'_>> {
    if principal.ends_with(b".amazonaws.com") {
        return None;
    }
    // An ARN: `arn:partition:service:region:account:resource`.
    if principal.starts_with(b"arn:") {
        let colon = memchr::memchr_iter(b':', principal).nth(3)?;
        let resource = &principal[colon + 1..];
        let rest = memchr::memchr(b':', resource).map(|at| &resource[at + 1..])?;
        if !rest.starts_with(b"assumed-role/") {
            return Some((resource, None, rest.starts_with(b"user/") || rest == b"root"));
        }
        let slash = memchr::memrchr(b'/', resource)?;
        let (role, session) = (&resource[..slash], &resource[slash + 1..]);
        return Some((if is_person(role, session) { resource } else { role }, Some(session), false));
    }
    // A principal id with its session: `AROAEXAMPLE:i-0abc`. A canonical id of an account has none.
    match memchr::memchr(b':', principal) {
        Some(colon) => Some((&principal[..colon], Some(&principal[colon + 1..]), false)),
        None => Some((principal, None, true)),
    }
}

/// Whether a session is named after a person: by an address of mail, or as those who sign in through a directory are.
fn is_person(role: &[u8], session: &[u8]) -> bool {
    session.contains(&b'@') || memmem::find(role, b"/AWSReservedSSO_").is_some()
}

/// Whether a session is named after an instance (`i-` and at least eight hexadecimal digits), as the sessions of its role are.
fn is_machine(session: &[u8]) -> bool {
    session.strip_prefix(b"i-").is_some_and(|id| 8 <= id.len() && id.iter().all(u8::is_ascii_hexdigit))
}

/// The network of an address, and whether it is private; `None` if it is no address.
pub(crate) fn network(client: &[u8]) -> Option<(u64, bool)> {
    let address: IpAddr = std::str::from_utf8(client).ok()?.parse().ok()?;
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            let is_private = address.is_private() || address.is_loopback() || address.is_link_local() || is_shared;
            Some((if is_private { 0 } else { u64::from(u32::from_be_bytes([a, b, c, 0])) }, is_private))
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            let is_private = address.is_loopback() || a & 0xFE00 == 0xFC00 || a & 0xFFC0 == 0xFE80;
            let wide = 1 << 63 | u64::from(a) << 32 | u64::from(b) << 16 | u64::from(c);
            Some((if is_private { 0 } else { wide }, is_private))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(principal: &'static str, client: &'static str) -> Option<Caller> {
        let cloud = Cloud { principal: Some(principal.as_bytes()), ..Cloud::default() };
        Caller::of(&Record { cloud: Some(cloud), client: Some(client.as_bytes()), ..Record::default() })
    }

    #[test]
    fn a_role_is_the_same_in_every_session() {
        let one = caller("arn:aws:sts::111122223333:assumed-role/web/i-0abcdef12", "192.0.2.7").unwrap();
        let two = caller("arn:aws:sts::111122223333:assumed-role/web/i-0fffffff1", "192.0.2.99").unwrap();
        assert_eq!((one.role_key, one.network_key), (two.role_key, two.network_key));
        assert_eq!(role(b"arn:aws:sts::1:assumed-role/web/i-0a").unwrap().0, b"1:assumed-role/web");
        let person =
            |name: &str| role(format!("arn:aws:sts::1:assumed-role/admin/{name}").as_bytes()).map(|who| who.0.len());
        assert_ne!(person("ana@shop.example"), person("deploy"), "a person is more than the role");
        assert!(one.is_machine && !one.is_user && !one.is_private);
        assert!(!caller("arn:aws:sts::111122223333:assumed-role/web/deploy", "192.0.2.7").unwrap().is_machine);
        assert!(caller("arn:aws:iam::111122223333:user/ops", "192.0.2.7").unwrap().is_user);
    }

    #[test]
    fn all_that_is_private_is_one_network_and_services_are_none() {
        let key = |client| caller("arn:aws:iam::1:user/ops", client).map(|caller| caller.network_key);
        assert_eq!(key("10.1.2.3"), key("192.168.7.7"));
        assert_eq!(key("fd00::1"), key("100.64.0.1"));
        assert_ne!(key("198.51.100.1"), key("198.51.101.1"));
        assert_eq!(key("2001:db8:1:2::3"), key("2001:db8:1:ff::3"));
        assert_eq!(key("::ffff:198.51.100.9"), key("198.51.100.1"));
        assert_eq!(key("cloudformation.amazonaws.com"), None);
        assert_eq!(key("AWS Internal"), None);
    }
}
