//! Tomcat's access-log valve: its own patterns, and those of Atlassian's programs, in which nothing is quoted.

use super::combined_extended::CombinedExtended;
use crate::layout::{Dialect, Laid, Layouts, Plan};
use crate::{Format, Record};

const ATLASSIAN: &str = "%t %{X-AUSERNAME}o %I %h %r %s %Dms %b %{Referer}i %{User-Agent}i";
const ATLASSIAN_FORWARDED: &str =
    "%t %{X-Forwarded-For}i %{X-AUSERNAME}o %I %h %r %s %Dms %b %{Referer}i %{User-Agent}i";

/// The patterns of Atlassian's programs.
pub(crate) static ATLASSIAN_ACCESS: Laid = Laid::new(Plan {
    name: "atlassian_access",
    aliases: &["jira", "confluence"],
    about: "Access log of Jira and Confluence (Tomcat)",
    example: "[03/Oct/2022:09:01:30 +0000] jdoe http-nio-8080-exec-3 192.0.2.7 POST /login.jsp HTTP/1.1 302 512ms 0 https://shop.example/ Mozilla/5.0 (X11; rv:1)",
    layouts: || Layouts::of(Dialect::Tomcat, [ATLASSIAN, ATLASSIAN_FORWARDED]),
    mend: is_request,
    ..Plan::EMPTY
});

/// All patterns of the valve that are met: `common` and `combined` look like those of other servers, so that files are
/// not recognised by them.
pub(crate) static TOMCAT_ACCESS: Laid = Laid::new(Plan {
    name: "tomcat_access",
    aliases: &["tomcat"],
    about: "Tomcat access log valve",
    example: r#"192.0.2.7 - - [03/Oct/2022:09:01:30 +0000] "POST /login.jsp HTTP/1.1" 302 0 512"#,
    is_recognised: false,
    layouts: || {
        let common = r#"%h %l %u %t "%r" %s %b"#;
        let combined = format!(r#"{common} "%{{Referer}}i" "%{{User-Agent}}i""#);
        let with_duration = [format!("{combined} %D"), format!("{common} %D"), format!("{common} %D %F %I")];
        let patterns = [ATLASSIAN.to_owned(), ATLASSIAN_FORWARDED.to_owned(), combined, common.to_owned()];
        Layouts::of(Dialect::Tomcat, patterns.into_iter().chain(with_duration))
    },
    mend: is_request,
    // Whoever writes a pattern of his own puts addresses and times between or behind, and says which in no line.
    judge: |line, read| read.or_else(|fault| CombinedExtended.parse(line).map_err(|_| fault)),
    ..Plan::EMPTY
});

/// Refuses what only looks like a request since nothing is quoted.
fn is_request<'a>(record: &mut Record<'a>, _rest: &'a [u8]) -> Result<(), &'static str> {
    match record.method {
        Some(method) if !method.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'-') => {
            Err("a method in capitals")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarding_client_may_stand_before_the_user() {
        let record = TOMCAT_ACCESS.parse(ATLASSIAN_ACCESS.example().as_bytes()).unwrap().unwrap();
        assert_eq!((record.user, record.client), (Some(&b"jdoe"[..]), Some(&b"192.0.2.7"[..])));
        let line = ATLASSIAN_ACCESS.example().replace(" jdoe", " 198.51.100.4 jdoe");
        let record = TOMCAT_ACCESS.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.user, record.client), (Some(&b"jdoe"[..]), Some(&b"192.0.2.7"[..])));
        assert_eq!((record.duration, record.forwarded), (Some(512_000_000), Some(&b"198.51.100.4"[..])));
    }

    #[test]
    fn the_valves_own_patterns_count_milliseconds() {
        let record = TOMCAT_ACCESS.parse(TOMCAT_ACCESS.example().as_bytes()).unwrap().unwrap();
        assert_eq!((record.status, record.duration), (Some(302), Some(512_000_000)));
        assert!(ATLASSIAN_ACCESS.parse(TOMCAT_ACCESS.example().as_bytes()).is_err());
    }

    #[test]
    fn a_pattern_of_ones_own_has_more_fields() {
        let line = r#"192.0.2.7 - bob [03/Oct/2022:09:01:30 +0000] "GET /a HTTP/1.1" 200 17 10.0.0.1 + 400 "-" "x" X-Forwarded-For="198.51.100.4""#;
        let record = TOMCAT_ACCESS.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.user, record.status), (Some(&b"bob"[..]), Some(200)));
        assert_eq!((record.agent, record.forwarded), (Some(&b"x"[..]), Some(&b"198.51.100.4"[..])));
    }
}
