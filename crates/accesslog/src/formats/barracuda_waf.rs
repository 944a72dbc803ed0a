//! The access log of Barracuda's Web Application Firewall, as it is exported where nobody sets another layout.
//!
//! `TR` stands behind the name of the unit in a line of traffic; what the firewall says of attacks, of its owner and of the network
//! has other letters there and is no request ("Exporting Log Formats" in the product's guide). The path and the query stand apart. What
//! has no value is a dash, in quotes or not. All that the server says of the answer stands before what a client wrote.

use crate::address::is_address;
use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `time unit TR server port client port "login" "certificate" METHOD scheme host protocol status bytes ... path query referer cookie "agent"`.
pub(crate) static BARRACUDA_WAF: Laid = Laid::new(Plan {
    name: "barracuda_waf",
    aliases: &["barracuda"],
    about: "Barracuda Web Application Firewall access log",
    example: r#"2024-05-01 00:02:15.250 +0000 waf1 TR 198.51.100.4 443 192.0.2.7 51234 "-" "-" GET TLSv1.2 shop.example HTTP/1.1 200 2326 412 0 12 10.0.0.4 80 10 - SERVER DEFAULT PROTECTED VALID /a b=1 https://shop.example/ sid=x "Mozilla/5.0" 192.0.2.7 51234 - - - -"#,
    layouts: || {
        let time = "${time:%Y-%m-%d %H:%M:%S.%msec_frac %z}";
        let head = r#"$_word TR $server_addr $server_port $remote_addr $remote_port "$remote_user" "$_certificate""#;
        let answer = "$request_method $_word $host $server_protocol $status $body_bytes_sent $request_length $_word";
        let asked = r#"$_word $_word $_word $request_uri $args $http_referer $_cookie "$http_user_agent""#;
        // The answer is the server's or the firewall's own; a session before that may be padded.
        let whole = ["SERVER", "INTERNAL"].map(|whose| {
            format!("{time} {head} {answer} $request_time_ms $_word $_word $_word $_session {whose} {asked}")
        });
        let longer = whole.clone().map(|whole| format!("{whole} $_rest"));
        let all: Vec<String> = longer.into_iter().chain(whole).collect();
        // A syslog daemon puts a priority before it, or a time and a host, and no tag with a colon.
        let prefixes = ["", "<$_priority>", "$_word $_word $_word $_word "];
        let prefixed = prefixes.into_iter().flat_map(|prefix| all.iter().map(move |whole| format!("{prefix}{whole}")));
        Layouts::of(Dialect::Nginx, prefixed.collect::<Vec<_>>())
    },
    mend: |record, _| {
        let told = |value: &&[u8]| !matches!(*value, b"\"-\"" | b"-" | b"");
        record.referer = record.referer.filter(told);
        record.query = record.query.filter(told);
        let is_path = record.target.is_some_and(|target| target.starts_with(b"/"));
        if is_path && record.client.is_some_and(is_address) && record.method.is_some() {
            Ok(())
        } else {
            Err("the address of a client, a method and a path")
        }
    },
    holds: b" TR ",
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn a_line_of_traffic_is_a_request() {
        let example = BARRACUDA_WAF.example();
        for (line, query, referer) in [
            (example.to_owned(), Some(&b"b=1"[..]), Some(&b"https://shop.example/"[..])),
            (example.replace(" b=1 https://shop.example/ ", r#" - "-" "#), None, None),
            (
                example.replace(" waf1 TR", "  waf1 TR").replace("sid=x", "sid=x; b=c"),
                Some(b"b=1"),
                Some(b"https://shop.example/"),
            ),
            (example.replace("10 - SERVER", "21 REQ-0+RES-0  SERVER"), Some(b"b=1"), Some(b"https://shop.example/")),
        ] {
            let record = BARRACUDA_WAF.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.host), (Some(&b"192.0.2.7"[..]), Some(&b"shop.example"[..])), "{line}");
            assert_eq!((record.target, record.query, record.referer), (Some(&b"/a"[..]), query, referer), "{line}");
            assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(2326), Some(12_000_000)));
            assert_eq!(record.agent, Some(&b"Mozilla/5.0"[..]));
            for prefix in ["<166>", "May  1 00:02:15 waf1 "] {
                let line = format!("{prefix}{line}");
                let same = BARRACUDA_WAF.parse(line.as_bytes()).unwrap().unwrap();
                assert_eq!((same.client, same.time), (record.client, record.time), "{line}");
            }
            assert_eq!(record.time, Time::from_parts(1_714_521_735, 250_000_000));
        }
    }

    #[test]
    fn what_it_says_otherwise_is_no_request() {
        let example = BARRACUDA_WAF.example();
        for (of, by) in [(" TR ", " WF "), ("192.0.2.7", "nobody"), (" 200 ", " ok "), (" /a ", " a ")] {
            let line = example.replacen(of, by, 1);
            assert!(BARRACUDA_WAF.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
