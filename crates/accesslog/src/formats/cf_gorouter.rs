//! Cloud Foundry's router: fixed fields, then `name:"value"` in an order of each version's own.

use memchr::memchr;

use crate::grammar::{present, seconds};
use crate::layout::{Dialect, Laid, Layouts, Plan, Tail, address_and_port};
use crate::{Record, Value};

/// Host, time, request, status, bytes in and out, referer, agent, client, server behind, then pairs.
pub(crate) static CF_GOROUTER: Laid = Laid::new(Plan {
    name: "cf_gorouter",
    aliases: &["gorouter"],
    about: "Cloud Foundry gorouter access log",
    example: r#"shop.example - [2019-01-28T22:15:02.499+0000] "GET /a HTTP/1.1" 200 0 16409 "-" "curl/8.5" "192.0.2.7:63326" "198.51.100.4:61022" x_forwarded_for:"203.0.113.9, 192.0.2.7" vcap_request_id:"e1604ad1" response_time:0.007799583 app_id:"2c3f3955""#,
    layouts: || {
        let times = ["$time_iso8601", "${time:%d/%m/%Y:%H:%M:%S.%3f %z}"];
        let statuses = ["$status", "\"$status\""];
        let layout = |time: &str, status: &str| {
            format!(
                r#"$host - [{time}] "$request" {status} $bytes_received $body_bytes_sent "$http_referer" "$http_user_agent" "$client_and_port" "$upstream_addr""#
            )
        };
        let layouts = times.iter().flat_map(|time| statuses.map(|status| layout(time, status)));
        Layouts::of(Dialect::Nginx, layouts).with_tail(Tail::Anything)
    },
    mend: |record, rest| {
        mend(record, rest);
        if rest.is_empty() || record.forwarded.is_some() || record.request_id.is_some() || pairs(rest).next().is_some()
        {
            return Ok(());
        }
        Err("fields with names behind the addresses")
    },
    tell_rest: |rest, sink| {
        for (name, value) in pairs(rest) {
            match name {
                "x_forwarded_for" | "vcap_request_id" | "response_time" => {}
                _ => sink(name, Value::text(value)),
            }
        }
    },
    ..Plan::EMPTY
});

fn mend<'a>(record: &mut Record<'a>, rest: &'a [u8]) {
    if let Some((host, port)) = record.host.and_then(address_and_port) {
        record.host = Some(host);
        record.port = std::str::from_utf8(port).ok().and_then(|port| port.parse().ok());
    }
    for (name, value) in pairs(rest) {
        match name {
            "x_forwarded_for" => record.forwarded = present(value),
            "x_forwarded_proto" => record.scheme = present(value),
            "vcap_request_id" => record.request_id = present(value),
            "response_time" => record.duration = seconds(value),
            _ => {}
        }
    }
}

/// The pairs ` name:"value"` or ` name:value`; a quoted value ends where a blank and another pair, or nothing, follows.
fn pairs(rest: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    let mut rest = rest;
    std::iter::from_fn(move || {
        let text = rest.trim_ascii_start();
        let colon = memchr(b':', text)?;
        let name = std::str::from_utf8(&text[..colon]).ok().filter(|name| is_name(name))?;
        let (value, behind) = match &text[colon + 1..] {
            [b'"', inner @ ..] => {
                let is_end = |at: usize| inner[at] == b'"' && matches!(inner.get(at + 1), None | Some(b' '));
                let end = (0..inner.len()).find(|&at| is_end(at))?;
                (&inner[..end], &inner[end + 1..])
            }
            bare => bare.split_at(memchr(b' ', bare).unwrap_or(bare.len())),
        };
        rest = behind;
        Some((name, value))
    })
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn fields_with_names_come_in_any_order() {
        let record = CF_GOROUTER.parse(CF_GOROUTER.example().as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.host), (Some(&b"192.0.2.7"[..]), Some(&b"shop.example"[..])));
        assert_eq!(record.forwarded, Some(&b"203.0.113.9, 192.0.2.7"[..]));
        assert_eq!((record.duration, record.bytes), (Some(7_799_583), Some(16_409)));
    }

    #[test]
    fn a_status_may_be_a_dash_in_quotes_and_a_host_have_its_port() {
        let line = CF_GOROUTER.example().replace("\" 200 ", "\" \"-\" ").replace("shop.example", "shop.example:4443");
        let record = CF_GOROUTER.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.status, record.port, record.host), (None, Some(4443), Some(&b"shop.example"[..])));
    }

    #[test]
    fn the_old_time_has_the_day_first() {
        let line = CF_GOROUTER.example().replace("2019-01-28T22:15:02.499+0000", "28/01/2019:22:15:02.499 +0000");
        let record = CF_GOROUTER.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!(record.time, Time::from_parts(1_548_713_702, 499_000_000));
    }

    #[test]
    fn a_combined_line_is_refused() {
        let line = br#"shop.example - [2019-01-28T22:15:02.499+0000] "GET /a HTTP/1.1" 200 16409 "-" "curl/8.5""#;
        assert!(CF_GOROUTER.parse(line).is_err());
    }
}
