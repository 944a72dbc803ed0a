//! cPanel's access log: the combined format with the month in front of the day, then how the user proved who they are,
//! the forwarding clients, and the port.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// The layouts of the versions, the longest first.
pub(crate) static CPANEL_ACCESS: Laid = Laid::new(Plan {
    name: "cpanel_access",
    aliases: &["cpanel"],
    about: "cPanel access_log",
    example: r#"192.0.2.7 - root [06/10/2021:11:19:31 -0000] "GET /a?b=1 HTTP/1.0" 200 0 "-" "Mozilla/5.0" "s" "-" 2086"#,
    layouts: || {
        let head = r#"%h %l %u [%{%m/%d/%Y:%H:%M:%S %z}t] "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#;
        let tails =
            [r#" "%{auth_method}x" "%{X-Forwarded-For}i" %p"#, r#" "%{auth_method}x" "%{X-Forwarded-For}i""#, ""];
        Layouts::of(Dialect::Apache, tails.map(|tail| format!("{head}{tail}")))
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn the_month_stands_first() {
        let record = CPANEL_ACCESS.parse(CPANEL_ACCESS.example().as_bytes()).unwrap().unwrap();
        assert_eq!(record.time, Time::from_parts(1_623_323_971, 0));
        assert_eq!((record.user, record.port), (Some(&b"root"[..]), Some(2086)));
        assert!(CPANEL_ACCESS.parse(CPANEL_ACCESS.example().replace("06/10", "10/Jun").as_bytes()).is_err());
    }
}
