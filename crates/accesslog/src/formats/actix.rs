//! actix-web's access log: the combined format without identity, user and time, and with seconds at the end.
//!
//! `%a "%r" %s %b "%{Referer}i" "%{User-Agent}i" %T` is what its logger writes where nobody sets another; the time stands in the
//! prefix of the program's own. Nothing is escaped: a line with a quote that a client wrote is no record.

use crate::address::{is_address, without_port};
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan};

/// `client "request" status bytes "referer" "agent" seconds`.
pub(crate) static ACTIX: Laid = Laid::new(Plan {
    name: "actix",
    aliases: &["actix_web"],
    about: "actix-web access log",
    example: r#"192.0.2.7 "GET /a?b=1 HTTP/1.1" 200 2326 "-" "Mozilla/5.0" 0.000314"#,
    layouts: || {
        let combined = r#"$remote_addr "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;
        Layouts::of(Dialect::Nginx, [format!("{combined} $request_time"), combined.to_owned()])
    },
    mend: |record, _| {
        record.client = record.client.map(without_port);
        if record.client.is_some_and(is_address) && record.method.is_some() && record.protocol.is_some() {
            Ok(())
        } else {
            Err("the address of a client, and a request with its protocol")
        }
    },
    divider: Some(Divider::counted(b'"', &[6])),
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Wrapping, recognise};

    #[test]
    fn a_client_may_have_a_port_and_the_time_is_in_the_prefix() {
        let example = ACTIX.example();
        for prefix in [
            "[2024-05-01T00:02:15Z INFO  actix_web::middleware::logger] ",
            "2024-05-01T00:02:15.123456Z  INFO actix_web::middleware::logger: ",
            "2024-05-01T00:02:15Z ",
        ] {
            for client in ["192.0.2.7", "192.0.2.7:51234"] {
                let line = format!("{prefix}{}", example.replace("192.0.2.7", client));
                let reading = recognise(line.as_bytes()).reading.unwrap();
                assert_eq!((reading.format.name(), reading.wrapping), ("actix", Wrapping::Stamped), "{line}");
                let record = ACTIX.parse(&line.as_bytes()[prefix.len()..]).unwrap().unwrap();
                assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)));
                assert_eq!((record.agent, record.duration), (Some(&b"Mozilla/5.0"[..]), Some(314_000)));
            }
        }
    }

    #[test]
    fn what_a_client_wrote_ends_nothing() {
        let example = ACTIX.example();
        for (of, by) in [
            ("/a?b=1", r#"/a HTTP/1.1" 404 7 "-" "x" 0.1"#),
            ("/a?b=1", r#"/a HTTP/1.1" 404 7 "x"#),
            ("Mozilla/5.0", r#"x" 0.1 "y"#),
            ("192.0.2.7", "nobody"),
            ("192.0.2.7", "192.0.2.7 - -"),
            ("GET /a?b=1 HTTP/1.1", "hello"),
        ] {
            let line = example.replacen(of, by, 1);
            assert!(ACTIX.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
