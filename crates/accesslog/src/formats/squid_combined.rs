//! Squid's `common` and `combined`: a proxy's requests in the dress of a web server's.
//!
//! The header fields in quotes stand as the client sent them, quotes included: the agent ends where the result of the
//! cache and the hierarchy code end the line. A request that could not be read has `NONE/0.0` for a protocol and `0` for
//! a status.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `combined`, then `common`.
pub(crate) static SQUID_COMBINED: Laid = Laid::new(Plan {
    name: "squid_combined",
    aliases: &["squid_common"],
    about: "Squid access log, logformat common or combined",
    example: r#"192.0.2.7 - - [12/Sep/2024:12:38:20 +0530] "GET http://shop.example/a? HTTP/1.1" 200 5310 "-" "curl/8.5" TCP_MISS:HIER_DIRECT"#,
    layouts: || {
        Layouts::of(
            Dialect::Squid,
            [
                r#"%>a %[ui %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st "%{Referer}>h" "%{User-Agent}>h" %Ss:%Sh"#,
                r#"%>a %[ui %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st %Ss:%Sh"#,
            ],
        )
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn a_quote_in_the_agent_is_the_clients() {
        let line = br#"::1 - - [22/Nov/2026:21:45:42 +0000] "GET http://a/x" 200 1 "-" "y HTTP/1.1" 200 17 "-" "a" TCP_X:Y" TCP_MISS:HIER_NONE"#;
        let record = SQUID_COMBINED.parse(line).unwrap().unwrap();
        assert_eq!((record.status, record.agent), (Some(200), Some(&br#"y HTTP/1.1" 200 17 "-" "a" TCP_X:Y"#[..])));
    }

    #[test]
    fn a_request_that_could_not_be_read_is_a_record() {
        let line = br#"::1 - - [12/Sep/2024:12:08:20 +0530] "- error:transaction-end-before-headers NONE/0.0" 0 0 NONE_NONE:HIER_NONE"#;
        let record = SQUID_COMBINED.parse(line).unwrap().unwrap();
        assert_eq!((record.method, record.status), (None, Some(0)));
        assert_eq!(record.target, Some(&b"error:transaction-end-before-headers"[..]));
    }

    #[test]
    fn a_combined_line_without_a_result_is_refused() {
        let line = br#"::1 - - [22/Nov/2026:21:45:42 +0000] "GET / HTTP/1.1" 200 17 "-" "a""#;
        assert!(SQUID_COMBINED.parse(line).is_err());
    }
}
