//! The access log of Barracuda's Web Application Firewall, as it is exported where nobody sets another layout.
//!
//! `TR` stands behind the name of the unit in a line of traffic; what the firewall says of attacks, of its owner and of the network
//! has other letters there and is no request ("Exporting Log Formats" in the product's guide). The path and the query stand apart. What
//! has no value is a dash, in quotes or not. All that the server says of the answer stands before what a client wrote, and so does
//! whether it took the request for one: of what was none there may be no method, and what stands for the path may be anything.

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
        let head = r#"$_word TR $server_addr $server_port $remote_addr $remote_port $remote_user $_certificate"#;
        let answer = "$status $body_bytes_sent $request_length $_word";
        let asked = r#"$request_uri $args $http_referer $_cookie "$http_user_agent""#;
        // The answer is the server's or the firewall's own; a session before that may be padded.
        let took = "$request_time_ms $_word $_word $_word $_session";
        let answers = ["SERVER", "INTERNAL"].into_iter().flat_map(|whose| [(whose, "VALID"), (whose, "INVALID")]);
        let whole = answers.flat_map(|(whose, judged)| {
            ["$server_protocol", "\"-\""].map(|protocol| {
                let line = format!("$request_method $_word $host {protocol}");
                format!("{time} {head} {line} {answer} {took} {whose} $_word $_word {judged} {asked}")
            })
        });
        let whole: Vec<String> = whole.collect();
        let longer = whole.iter().map(|whole| format!("{whole} $_rest"));
        let all: Vec<String> = longer.chain(whole.iter().cloned()).collect();
        // A syslog daemon puts a priority before it, or a time and a host, and no tag with a colon.
        let prefixes = ["", "<$_priority>", "$_word $_word $_word $_word "];
        let prefixed = prefixes.into_iter().flat_map(|prefix| all.iter().map(move |whole| format!("{prefix}{whole}")));
        Layouts::of(Dialect::Nginx, prefixed.collect::<Vec<_>>())
    },
    mend: |record, _| {
        for value in [
            &mut record.user,
            &mut record.method,
            &mut record.target,
            &mut record.query,
            &mut record.protocol,
            &mut record.referer,
            &mut record.host,
        ] {
            *value = value.filter(|value| !matches!(*value, b"\"-\"" | b"-" | b""));
        }
        if record.client.is_some_and(is_address) && record.status.is_some() {
            Ok(())
        } else {
            Err("the address of a client, and a status")
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
    fn what_was_no_request_has_no_method_or_no_path() {
        let example = BARRACUDA_WAF.example().replace("PROTECTED VALID", "PROTECTED INVALID");
        let of = |pairs: &[(&str, &str)]| {
            let line = pairs.iter().fold(example.clone(), |line, (of, by)| line.replacen(of, by, 1));
            let record = BARRACUDA_WAF.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)), "{line}");
            [record.method, record.target, record.protocol, record.host]
                .map(|value| value.map_or(String::new(), |value| String::from_utf8_lossy(value).into_owned()))
        };
        assert_eq!(of(&[(" GET ", " CONNECT "), (" /a ", " a.example:443 ")])[..2], ["CONNECT", "a.example:443"]);
        assert_eq!(
            of(&[("GET", "USER"), ("HTTP/1.1", "\"-\""), (" /a ", " anonymous ")])[..3],
            ["USER", "anonymous", ""]
        );
        let nothing = [(" GET ", " \"-\" "), (" shop.example ", " \"-\" "), ("HTTP/1.1", "\"-\""), (" /a ", "  ")];
        assert_eq!(of(&nothing), ["", "", "", ""]);
    }

    #[test]
    fn a_name_of_a_user_has_no_quotes() {
        let line = BARRACUDA_WAF.example().replacen(r#""-" "-""#, r#"bob "-""#, 1);
        let record = BARRACUDA_WAF.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.user, record.method), (Some(&b"bob"[..]), Some(&b"GET"[..])));
        let line = BARRACUDA_WAF.example().replacen(r#""-" "-""#, r#""-" Bob B"#, 1);
        let record = BARRACUDA_WAF.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.user, record.method, record.status), (None, Some(&b"GET"[..]), Some(200)));
    }

    #[test]
    fn what_it_says_otherwise_is_no_request() {
        let example = BARRACUDA_WAF.example();
        for (of, by) in [(" TR ", " WF "), ("192.0.2.7", "nobody"), (" 200 ", " ok "), (" VALID ", " a ")] {
            let line = example.replacen(of, by, 1);
            assert!(BARRACUDA_WAF.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
