//! Apache's `ssl_request_log`, as the configuration of mod_ssl that comes with it writes it: what was asked for over TLS, and
//! how it was encrypted, without a status.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `%t %h %{SSL_PROTOCOL}x %{SSL_CIPHER}x "%r" %b`.
pub(crate) static APACHE_SSL_REQUEST: Laid = Laid::new(Plan {
    name: "apache_ssl_request",
    aliases: &["ssl_request"],
    about: "Apache mod_ssl ssl_request_log",
    example: r#"[10/Aug/2018:09:45:56 +0200] 192.0.2.7 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 "GET /a?b=1 HTTP/1.1" 1375"#,
    layouts: || Layouts::of(Dialect::Apache, [r#"%t %h %{SSL_PROTOCOL}x %{SSL_CIPHER}x "%r" %b"#]),
    // All but the time may be absent.
    mend: |record, _| if record.time.is_some() { Ok(()) } else { Err("a time in brackets") },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn a_request_has_no_status() {
        let record = APACHE_SSL_REQUEST.parse(APACHE_SSL_REQUEST.example().as_bytes()).unwrap().unwrap();
        assert_eq!((record.status, record.bytes, record.tls_version), (None, Some(1375), Some(&b"TLSv1.2"[..])));
        let line = br#"[10/Aug/2018:09:45:56 +0200] - - - "\x16\x03 " 17"#;
        assert!(APACHE_SSL_REQUEST.parse(line).is_ok());
        for line in [
            r#"[10/Aug/2018:09:45:56 +0200] 192.0.2.7 TLSv1.2 "GET / HTTP/1.1" 1375"#,
            r#"- -  10/Aug/2018:09:45:56 +0200 "GET /a" 200"#,
            r#"- INFO 192.0.2.7:39708 - "GET /a HTTP/1.1" 200"#,
        ] {
            assert!(APACHE_SSL_REQUEST.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
