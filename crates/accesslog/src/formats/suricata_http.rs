//! Suricata's `http.log` in lines, extended: what a sensor saw of each request, between `[**]`.
//!
//! The time is local and without a zone. What a message had not is a word in angle brackets. Nothing is escaped: who asks for
//! ` [**] ` puts columns of its own into the line, whose own columns are then too many, and it is no record.

use crate::address::is_address;
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan};

/// `time host [**] target [**] agent [**] referer [**] METHOD [**] protocol [**] status [**] n bytes [**] client:port -> server:port`.
pub(crate) static SURICATA_HTTP: Laid = Laid::new(Plan {
    name: "suricata_http",
    aliases: &[],
    about: "Suricata http.log",
    example: r#"05/01/2024-00:02:15.250000 shop.example [**] /a?b=1 [**] Mozilla/5.0 [**] https://shop.example/ [**] GET [**] HTTP/1.1 [**] 200 [**] 2326 bytes [**] 192.0.2.7:51234 -> 10.0.0.5:80"#,
    layouts: || {
        let head = "${time:%m/%d/%Y-%H:%M:%S.%usec_frac} $host [**] $request_uri [**] $http_user_agent [**]";
        let tail = "$client_and_port -> $_word";
        let full =
            "$http_referer [**] $request_method [**] $server_protocol [**] $status [**] $body_bytes_sent bytes [**]";
        Layouts::of(Dialect::Nginx, [format!("{head} {full} {tail}")])
    },
    mend: |record, _| {
        // What a message lacks is named in angle brackets.
        record.agent = record.agent.filter(|agent| !is_missing(agent));
        record.referer = record.referer.filter(|referer| !is_missing(referer));
        record.host = record.host.filter(|host| !is_missing(host));
        match record.client.is_some_and(is_address) {
            true => Ok(()),
            false => Err("the address of a client"),
        }
    },
    divider: Some(Divider::told_apart(b'*', &[16])),
    ..Plan::EMPTY
});

/// Whether a value says that there was none.
fn is_missing(value: &[u8]) -> bool {
    matches!(value, [b'<', .., b'>'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn columns_that_a_client_wrote_are_no_columns() {
        let example = SURICATA_HTTP.example();
        let (_, columns) = example.split_once(" [**] ").unwrap();
        for of in ["/a?b=1", "Mozilla/5.0", "https://shop.example/"] {
            let line = example.replacen(of, &format!("{of} [**] {}", columns.replace("200", "404")), 1);
            let fault = SURICATA_HTTP.parse(line.as_bytes()).unwrap_err();
            assert_eq!(fault.expected, crate::grammar::ONE_WAY, "{line}: no other format is asked");
        }
    }

    #[test]
    fn what_a_message_had_not_is_absent() {
        let example = SURICATA_HTTP.example();
        let record = SURICATA_HTTP.parse(example.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)));
        assert_eq!((record.method, record.target), (Some(&b"GET"[..]), Some(&b"/a?b=1"[..])));
        assert_eq!((record.bytes, record.agent), (Some(2326), Some(&b"Mozilla/5.0"[..])));
        let line =
            example.replace("https://shop.example/", "<no referer>").replace("Mozilla/5.0", "<useragent unknown>");
        let record = SURICATA_HTTP.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.referer, record.agent), (None, None));
        assert!(SURICATA_HTTP.parse(example.replace(" -> ", " to ").as_bytes()).is_err());
    }
}
