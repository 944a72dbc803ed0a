//! The notations in which servers' configurations describe a layout, and how one is told from another.

use std::sync::Arc;

use super::{Layout, LayoutError, apache, borrowed, envoy, gunicorn, haproxy, nginx, squid};
use crate::Format;
use crate::formats::is_of_proxy_manager;

/// A notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Nginx,
    Apache,
    /// Apache's notation as Jetty means it.
    Jetty,
    /// Apache's notation as Tomcat means it.
    Tomcat,
    Gunicorn,
    Squid,
    Envoy,
    Haproxy,
}

impl Dialect {
    pub(super) fn name(self) -> &'static str {
        match self {
            Dialect::Nginx => "nginx_log_format",
            Dialect::Apache | Dialect::Jetty | Dialect::Tomcat => "apache_logformat",
            Dialect::Gunicorn => "gunicorn_access_log_format",
            Dialect::Squid => "squid_logformat",
            Dialect::Envoy => "envoy_access_log_format",
            Dialect::Haproxy => "haproxy_log_format",
        }
    }

    pub(super) fn about(self) -> &'static str {
        match self {
            Dialect::Nginx => "The layout of an nginx `log_format`",
            Dialect::Apache | Dialect::Jetty | Dialect::Tomcat => "The layout of an Apache `LogFormat`",
            Dialect::Gunicorn => "The layout of gunicorn's `access_log_format`",
            Dialect::Squid => "The layout of a Squid `logformat`",
            Dialect::Envoy => "The layout of Envoy's access-log operators",
            Dialect::Haproxy => "The layout of a HAProxy `log-format`",
        }
    }

    /// A line of a layout that is often met in it.
    pub(super) fn example(self) -> &'static str {
        r#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326 "-" "Mozilla/5.0""#
    }

    /// The layout that a string of this notation describes.
    pub(crate) fn compile(self, text: &str) -> Result<Layout, LayoutError> {
        match self {
            Dialect::Nginx => nginx::compile(text),
            Dialect::Apache | Dialect::Jetty | Dialect::Tomcat => apache::compile(self, text),
            Dialect::Gunicorn => gunicorn::compile(text),
            Dialect::Squid => squid::compile(text),
            Dialect::Envoy => envoy::compile(text),
            Dialect::Haproxy => haproxy::compile(text),
        }
    }

    /// The notation that a string looks to be of.
    fn of(text: &str) -> Option<Dialect> {
        let word = text.split_whitespace().next().unwrap_or_default();
        let is = |name: &str| word.eq_ignore_ascii_case(name);
        let has = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
        Some(match () {
            () if word == "log_format" || text.starts_with('\'') => Dialect::Nginx,
            () if word == "logformat" && (has(SQUID) || !text.contains('"')) => Dialect::Squid,
            () if word == "log-format" => Dialect::Haproxy,
            () if is("LogFormat") || is("CustomLog") || is("GlobalLog") => Dialect::Apache,
            () if has(&["%("]) && has(&[")s", ")d", ")f"]) => Dialect::Gunicorn,
            () if is_operators(text) => Dialect::Envoy,
            () if has(HAPROXY) => Dialect::Haproxy,
            () if has(SQUID) => Dialect::Squid,
            () if is_variables(text) => Dialect::Nginx,
            () if text.contains('%') => Dialect::Apache,
            () => return None,
        })
    }
}

/// What only a layout of Squid has.
const SQUID: &[&str] = &["%>a", "%[u", "%ts", "%tl", "%Ss", "%rm", "%ru", "%un", "%>Hs", "%<st", "}>h", "%03"];

/// What only a layout of HAProxy has.
const HAPROXY: &[&str] =
    &["%ci", "%ft", "%ST", "%tsc", "%TR", "%{+", "%HM", "%trg", "%[ssl", "%[req", "%[src", "%[capture"];

/// Whether a dollar sign stands before a name.
fn is_variables(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| pair[0] == b'$' && (pair[1] == b'{' || pair[1].is_ascii_lowercase()))
}

/// Whether a percent sign stands before a word of two capitals or more that ends as an operator of Envoy does.
fn is_operators(text: &str) -> bool {
    text.match_indices('%').any(|(at, _)| {
        let rest = &text[at + 1..];
        let capitals =
            rest.bytes().take_while(|byte| byte.is_ascii_uppercase() || *byte == b'_' || byte.is_ascii_digit()).count();
        2 < capitals && matches!(rest.as_bytes().get(capitals), Some(b'%' | b'('))
    })
}

/// What the usual nicknames stand for.
const NICKNAMES: &[(&str, &str)] = &[
    ("combinedio", r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %I %O"#),
    ("vhost_common", r#"%v %h %l %u %t "%r" %>s %b"#),
    ("referer", "%{Referer}i -> %U"),
    ("agent", "%{User-agent}i"),
    (
        "main",
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for""#,
    ),
    ("squid", "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt"),
];

/// The format that a string of a server's configuration describes.
///
/// Read are nginx's `log_format`, Apache's `LogFormat`, Squid's `logformat`, gunicorn's `access_log_format`, Envoy's
/// operators, HAProxy's `log-format` and `option httplog`, alone or as the whole directive; a `#Fields:` line; and the
/// names by which layouts and formats go (`combined`).
///
/// # Errors
///
/// The [`LayoutError`] says where the string stops making sense.
///
/// ```
/// let format = accesslog::log_format(r#"$remote_addr [$time_local] "$request" $status $request_time"#).unwrap();
/// let record = format.parse(br#"192.0.2.7 [01/May/2024:00:02:15 +0900] "GET /a HTTP/1.1" 200 0.042"#).unwrap().unwrap();
/// assert_eq!(record.duration, Some(42_000_000));
///
/// let error = accesslog::log_format("%h %l %!").err().unwrap();
/// assert_eq!(error.to_string(), "byte 6 of the layout: expected a letter behind the percent sign");
/// ```
pub fn log_format(text: &str) -> Result<Arc<dyn Format>, LayoutError> {
    log_format_of("", text)
}

/// The format that a string of the configuration of that server describes, the server called as its format is: the same
/// string means another thing to Tomcat (`tomcat_access`) than to Apache.
///
/// # Errors
///
/// As [`log_format`].
pub fn log_format_of(server: &str, text: &str) -> Result<Arc<dyn Format>, LayoutError> {
    let name = text.trim();
    if name.starts_with("#Fields:") {
        return fields_line(name);
    }
    if let Some(format) = haproxy::option(name) {
        return format;
    }
    if let Some((_, layout)) = NICKNAMES.iter().find(|(nickname, _)| *nickname == name) {
        return log_format_of(server, layout);
    }
    let family = if is_of_proxy_manager(name) { "nginx_proxy_manager" } else { name };
    if let Some(format) = crate::named(family) {
        return Ok(borrowed(format));
    }
    let text = text.trim_start();
    let dialect = match (Dialect::of(text), server) {
        (Some(Dialect::Apache), "ncsa_jetty") => Some(Dialect::Jetty),
        (Some(Dialect::Apache), "tomcat_access") => Some(Dialect::Tomcat),
        (dialect, _) => dialect,
    };
    match dialect {
        Some(dialect) => Ok(Arc::new(dialect.compile(text)?)),
        None => Err(LayoutError { at: 0, expected: "a name of a format, or a layout with $variables or %directives" }),
    }
}

/// The format of a `#Fields:` line, where a format of the list reads such lines.
fn fields_line(line: &str) -> Result<Arc<dyn Format>, LayoutError> {
    let made = crate::named("w3c").or_else(|| crate::named("iis_w3c")).and_then(|format| format.after(line.as_bytes()));
    made.ok_or(LayoutError { at: 0, expected: "a layout: lines of #Fields: are unknown" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notation_is_known_by_its_look() {
        let name = |text: &str| log_format(text).map(|format| format.name());
        assert_eq!(name("$remote_addr $status"), Ok("nginx_log_format"));
        assert_eq!(name("log_format main '$remote_addr';"), Ok("nginx_log_format"));
        assert_eq!(name("%h %l %u %t \"%r\" %>s %b"), Ok("apache_logformat"));
        assert_eq!(name("LogFormat \"%h\" x"), Ok("apache_logformat"));
        assert_eq!(name("%(h)s %(s)s"), Ok("gunicorn_access_log_format"));
        assert_eq!(name("%>a %ui %un [%tl]"), Ok("squid_logformat"));
        assert_eq!(name("logformat x %>a %ui"), Ok("squid_logformat"));
        assert_eq!(name("[%START_TIME%] %RESPONSE_CODE%"), Ok("envoy_access_log_format"));
        assert_eq!(name("%ci:%cp %ST"), Ok("haproxy_log_format"));
        assert_eq!(name("combined"), Ok("combined"));
        assert_eq!(name("combinedio"), Ok("apache_logformat"));
        assert_eq!(name("main"), Ok("nginx_log_format"));
        assert!(name("nothing of the kind").is_err());
    }

    #[test]
    fn nicknames_are_layouts() {
        for (nickname, layout) in NICKNAMES {
            assert!(log_format(layout).is_ok(), "{nickname}");
        }
    }
}
