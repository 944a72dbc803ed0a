//! Bitbucket's access log: columns between bars.
//!
//! The first column is a list of addresses, the client's leftmost. A request has two lines, `i@` when it comes and `o@`
//! when it is over; both are records, the first without a status. The time has no zone and is taken for UTC.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// Addresses, protocol, id, user, time, action, details, status, bytes in, bytes out, labels, milliseconds, session.
pub(crate) static BITBUCKET_ACCESS: Laid = Laid::new(Plan {
    name: "bitbucket_access",
    aliases: &["bitbucket", "stash"],
    about: "Bitbucket Server access log",
    example: r#"192.0.2.7,198.51.100.4 | https | o@9K7Z3NNx6x3112x1 | eaccru | 2012-10-29 00:06:26,838 | "GET /git/a.git/info/refs HTTP/1.1" | "" "git/1.7.4.1" | 200 | 13 | 0 | refs, cache:hit | 101 | tmpqqw | "#,
    layouts: || {
        let head = "$http_x_forwarded_for | $scheme | $request_id | $remote_user | ${time:%Y-%m-%d %H:%M:%S,%3f} |";
        let details = [r#""$request" | "$http_referer" "$http_user_agent""#, "$request | $_details"];
        let tail = "$status | $bytes_received | $body_bytes_sent | $labels | $request_time_ms | $session";
        let layouts =
            details.iter().flat_map(|details| ["", " |"].map(|end| format!("{head} {details} | {tail}{end}")));
        Layouts::of(Dialect::Nginx, layouts)
    },
    mend: |record, _| {
        record.client =
            record.forwarded.and_then(|list| list.split(|byte| *byte == b',').next()).map(<[u8]>::trim_ascii);
        Ok(())
    },
    holds: b" | ",
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn both_lines_of_a_request_are_records() {
        let record = BITBUCKET_ACCESS.parse(BITBUCKET_ACCESS.example().as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)));
        assert_eq!((record.referer, record.agent), (Some(&b""[..]), Some(&b"git/1.7.4.1"[..])));
        let line = r#"192.0.2.7 | https | i@9K7Z3NNx6x3112x1 | - | 2012-10-29 00:06:26,723 | "GET /a HTTP/1.1" | "" "git/1" | - | - | - | - | - | - | "#;
        let record = BITBUCKET_ACCESS.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.status, record.bytes, record.user), (None, None, None));
    }

    #[test]
    fn a_connection_by_ssh_has_no_quotes() {
        let line = "192.0.2.7 | ssh | o@1x2x3x0 | admin | 2012-10-29 00:06:26,723 | SSH - git-upload-pack '/a/b.git' | - | 0 | 12 | 34 | clone | 77 | abc | ";
        let record = BITBUCKET_ACCESS.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!(
            (record.request, record.duration),
            (Some(&b"SSH - git-upload-pack '/a/b.git'"[..]), Some(77_000_000))
        );
        assert!(BITBUCKET_ACCESS.parse(b"192.0.2.7 | https | x").is_err());
    }
}
