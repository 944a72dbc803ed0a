//! What the services of OpenStack say of each request, by eventlet's server behind their own logger.
//!
//! Nova and Glance name what they count (`status: 200 len: 5 time: 0.1`); Neutron and Keystone write the common format with
//! a blank in the time. Where a proxy forwarded, the client is a list: the last in it is who asked the server.

use crate::address::is_address;
use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `client "request" status: s len: n time: t`, or the common format with a blank in the time and seconds behind it.
pub(crate) static OPENSTACK_WSGI: Laid = Laid::new(Plan {
    name: "openstack_wsgi",
    aliases: &["eventlet"],
    about: "OpenStack services (eventlet.wsgi)",
    example: r#"2024-05-01 00:02:15.250 1234 INFO nova.osapi_compute.wsgi.server [req-3d2f1a8b 7c3e - -] 192.0.2.7 "GET /v2.1/servers/detail?limit=5 HTTP/1.1" status: 200 len: 2326 time: 0.0128341"#,
    layouts: || {
        let logged = "${time:%Y-%m-%d %H:%M:%S.%msec_frac} $_pid $_level $_logger [$_request] ";
        let keyed = r#""$request" status: $status $_size: $body_bytes_sent time: $request_time"#;
        let common = r#"- $remote_user [${time:%d/%b/%Y %H:%M:%S}] "$request" $status $body_bytes_sent $request_time"#;
        let layouts = [
            format!("{logged}$remote_addr {keyed}"),
            format!("{logged}$remote_addr {common}"),
            format!("$remote_addr {keyed}"),
            format!("$remote_addr {common}"),
        ];
        Layouts::of(Dialect::Nginx, layouts)
    },
    mend: |record, _| match record.client.map(client) {
        Some(client) if is_address(client) && record.method.is_some() => {
            record.client = Some(client);
            Ok(())
        }
        _ => Err("the address of a client, and a request"),
    },
    ..Plan::EMPTY
});

/// Who asked the server: of those that forwarded the last.
fn client(list: &[u8]) -> &[u8] {
    memchr::memrchr(b',', list).map_or(list, |comma| list[comma + 1..].trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn services_spell_it_in_two_ways() {
        let example = OPENSTACK_WSGI.example();
        let bare = example.split("] ").nth(1).unwrap();
        let neutron =
            r#"192.0.2.7 - - [01/May/2024 00:02:15] "GET /v2.1/servers/detail?limit=5 HTTP/1.1" 200 2326 0.0128341"#;
        let logged = format!("2024-05-01 00:02:15.250 23623 INFO neutron.wsgi [req-3d2f None] {neutron}");
        for (line, is_dated) in [(example, true), (bare, false), (neutron, true), (&logged, true)] {
            let record = OPENSTACK_WSGI.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)), "{line}");
            assert_eq!((record.bytes, record.duration), (Some(2326), Some(12_834_100)), "{line}");
            assert_eq!(record.target, Some(&b"/v2.1/servers/detail?limit=5"[..]));
            assert_eq!(record.time.is_some(), is_dated, "{line}");
        }
        let line = example.replace("192.0.2.7 ", "192.0.2.7,10.0.0.5 ");
        assert_eq!(OPENSTACK_WSGI.parse(line.as_bytes()).unwrap().unwrap().client, Some(&b"10.0.0.5"[..]));
        let line = "2024-05-01 00:02:15.250 1234 INFO nova.wsgi [-] (1234) accepted ('192.0.2.7', 51234)";
        assert!(OPENSTACK_WSGI.parse(line.as_bytes()).is_err());
    }
}
