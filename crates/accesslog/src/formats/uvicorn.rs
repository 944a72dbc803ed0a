//! uvicorn's access log: no time, no bytes, no headers, and colours where it was written to a terminal.
//!
//! Its level stands before it, or the prefix of another logger that is set up instead, which is taken off before. A query is
//! written as it was sent, quotes included: the request ends where a status and its words alone follow, to the end of the line.

use crate::address::is_address;
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan, Tail, without_brackets};

/// `INFO:     client:port - "request" status reason`.
pub(crate) static UVICORN: Laid = Laid::new(Plan {
    name: "uvicorn",
    aliases: &[],
    about: "uvicorn access log",
    example: r#"INFO:     192.0.2.7:39708 - "GET /a?b=1 HTTP/1.1" 200 OK"#,
    layouts: || {
        let client = "$remote_addr:$remote_port";
        let plain = [
            format!("INFO: {client} - \"$request\" $status"),
            format!(" INFO {client} - \"$request\" $status"),
            format!("{client} - \"$request\" $status"),
        ];
        let coloured = format!(
            "\x1b[32mINFO\x1b[0m: {client} - \"\x1b[1m$request\x1b[0m\" \x1b[${{_colour}}m$status $reason\x1b[0m"
        );
        // A web socket that is let in has no status; older versions wrote its client as a pair.
        let sockets = [client, "('$remote_addr', $remote_port)"]
            .into_iter()
            .flat_map(|client| ["INFO: ", " INFO ", ""].map(|level| format!("{level}{client} - \"$request\"")));
        let refused = sockets.clone().map(|socket| format!("{socket} $status"));
        let accepted = sockets.map(|socket| format!("{socket} [accepted]"));
        Layouts::of(Dialect::Nginx, plain)
            .with_tail(Tail::Anything)
            .and(Layouts::of(Dialect::Nginx, [coloured]))
            .and(Layouts::of(Dialect::Nginx, accepted.chain(refused)))
    },
    mend: |record, rest| {
        record.client = record.client.map(without_brackets);
        // The words that go with a status have no digits: a number there is a size, of another format.
        let is_reason = rest.iter().all(|byte| byte.is_ascii_alphabetic() || b" -'".contains(byte));
        let is_socket = record.method == Some(b"WebSocket") && record.protocol.is_none();
        let is_answered = record.status.is_some() || is_socket;
        if is_reason && record.client.is_some_and(is_address) && record.method.is_some() && is_answered {
            Ok(())
        } else {
            Err("the address of a client, a request, a status and its words")
        }
    },
    divider: Some(Divider::told_apart(b'"', &[2])),
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn colours_are_no_part_of_a_value() {
        for line in [
            UVICORN.example(),
            "INFO:     192.0.2.7:39708 - \"GET /a?b=1 HTTP/1.1\" 200",
            "      INFO   192.0.2.7:39708 - \"GET /a?b=1 HTTP/1.1\" 200 I'm a teapot",
            "192.0.2.7:39708 - \"GET /a?b=1 HTTP/1.1\" 200 Non-Authoritative Information",
            "\x1b[32mINFO\x1b[0m:     192.0.2.7:39708 - \"\x1b[1mGET /a?b=1 HTTP/1.1\x1b[0m\" \x1b[32m200 OK\x1b[0m",
        ] {
            let record = UVICORN.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)), "{line}");
            assert_eq!(record.target, Some(&b"/a?b=1"[..]), "{line}");
        }
        assert!(UVICORN.parse(b"INFO:     Started server process [1]").is_err());
    }

    #[test]
    fn a_web_socket_that_is_let_in_has_no_status() {
        for (line, status) in [
            (r#"INFO:     192.0.2.7:39708 - "WebSocket /ws?a=b" [accepted]"#, None),
            (r#"INFO:     ('192.0.2.7', 39708) - "WebSocket /ws?a=b" [accepted]"#, None),
            (r#"INFO:     192.0.2.7:39708 - "WebSocket /ws?a=b" 403"#, Some(403)),
            (r#"INFO:     ('192.0.2.7', 39708) - "WebSocket /ws?a=b" 403"#, Some(403)),
        ] {
            let record = UVICORN.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), status), "{line}");
            assert_eq!(record.target, Some(&b"/ws?a=b"[..]), "{line}");
        }
        assert!(UVICORN.parse(br#"INFO:     192.0.2.7:39708 - "GET /ws HTTP/1.1" [accepted]"#).is_err());
        assert!(UVICORN.parse(br#"INFO:     192.0.2.7:39708 - "GET /?" [accepted]"#).is_err());
    }

    #[test]
    fn a_quote_in_a_query_ends_nothing() {
        let line = r#"INFO:     192.0.2.7:39708 - "GET /?x=\x22\" HTTP/1.1" 200 OK"#;
        let record = UVICORN.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.target, record.status), (Some(&br#"/?x=\x22\""#[..]), Some(200)));
        let line =
            r#"INFO:     192.0.2.7:39708 - "GET /?" 404 - - [01/May/2024:00:02:15 +0000] "GET /b" 404 7" 200 OK"#;
        assert_eq!(UVICORN.parse(line.as_bytes()).unwrap_err().expected, crate::grammar::ONE_WAY, "no other is asked");
    }

    #[test]
    fn what_another_wrote_is_another_format() {
        for line in [
            "192.0.2.7:39708 - \"GET /a HTTP/1.1\" 200 2326",
            "192.0.2.7:39708 - \"GET /a HTTP/1.1\" 200 2326 \"-\" \"x\"",
            "192.0.2.7 - \"GET /a HTTP/1.1\" 200 OK",
            "nobody:1 - \"GET /a HTTP/1.1\" 200 OK",
            "192.0.2.7:39708 - \"GET /?a\" 200 OK HTTP/1.1\" 404 Not Found",
            "192.0.2.7:39708 - \"hello\" 200 OK",
        ] {
            let read = UVICORN.parse(line.as_bytes());
            assert!(read.is_err(), "{line} is {read:?}");
        }
    }
}
