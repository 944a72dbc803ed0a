//! Logs by a person's own layout, where the layout is not at hand: the usual ones are tried.
//!
//! Whoever has the string gives it to [`log_format`](crate::log_format).

use crate::layout::{Dialect, Laid, Layouts, Plan};

const NGINX_COMBINED: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;
const APACHE_COMMON: &str = r#"%h %l %u %t "%r" %>s %b"#;

/// What nginx's packages and its documentation have for a layout.
pub(crate) static NGINX_LOG_FORMAT: Laid = Laid::new(Plan {
    name: "nginx_log_format",
    aliases: &["nginx"],
    about: "nginx by its log_format (give it with --log-format; without it, the usual ones)",
    example: r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326 "-" "Mozilla/5.0" "198.51.100.4""#,
    is_recognised: false,
    layouts: || {
        Layouts::of(
            Dialect::Nginx,
            [
                NGINX_COMBINED.to_owned(),
                format!(r#"{NGINX_COMBINED} "$http_x_forwarded_for""#),
                format!(r#"{NGINX_COMBINED} $request_time"#),
                format!(r#"{NGINX_COMBINED} "$http_x_forwarded_for" $request_time"#),
                format!(r#"{NGINX_COMBINED} $request_time $upstream_response_time"#),
                format!(r#"{NGINX_COMBINED} "$gzip_ratio""#),
                format!("$host {NGINX_COMBINED}"),
                r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent"#.to_owned(),
                r#"[$time_local] $host $remote_addr $request_time "$request" $status $body_bytes_sent $bytes_sent $http_referer $http_user_agent"#.to_owned(),
            ],
        )
    },
    ..Plan::EMPTY
});

/// What Apache's and Debian's configurations have for a layout.
pub(crate) static APACHE_LOGFORMAT: Laid = Laid::new(Plan {
    name: "apache_logformat",
    aliases: &["apache"],
    about: "Apache by its LogFormat (give it with --log-format; without it, the usual ones)",
    example: r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326 "-" "Mozilla/5.0" 812 2710"#,
    is_recognised: false,
    layouts: || {
        let combined = format!(r#"{APACHE_COMMON} "%{{Referer}}i" "%{{User-Agent}}i""#);
        Layouts::of(
            Dialect::Apache,
            [
                combined.clone(),
                APACHE_COMMON.to_owned(),
                format!("{combined} %I %O"),
                format!("%v:%p {combined}"),
                format!("%v {combined}"),
                format!("%v {APACHE_COMMON}"),
                format!("{combined} %D"),
                format!(r#"{combined} "%{{X-Forwarded-For}}i""#),
                r#"%t %h %{SSL_PROTOCOL}x %{SSL_CIPHER}x "%r" %b"#.to_owned(),
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
    fn usual_layouts_need_no_string() {
        let record = NGINX_LOG_FORMAT.parse(NGINX_LOG_FORMAT.example().as_bytes()).unwrap().unwrap();
        assert_eq!(record.forwarded, Some(&b"198.51.100.4"[..]));
        let record = APACHE_LOGFORMAT.parse(APACHE_LOGFORMAT.example().as_bytes()).unwrap().unwrap();
        assert_eq!((record.request_bytes, record.bytes), (Some(812), Some(2326)));
        assert!(APACHE_LOGFORMAT.parse(b"nothing of the kind").is_err());
    }
}
