//! The Apache inside a Citrix NetScaler: the combined format with the process behind the time, and the microseconds in
//! words at the end. Newer versions write the address of the server behind an arrow.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// The layouts of the appliance's versions.
pub(crate) static CITRIX_NETSCALER_ACCESS: Laid = Laid::new(Plan {
    name: "citrix_netscaler_access",
    aliases: &["netscaler_httpaccess"],
    about: "Citrix NetScaler httpaccess.log",
    example: r#"192.0.2.7 - - [11/Aug/2023:08:30:00 +0000] [82775] "GET /a HTTP/1.1" 200 18705 "-" "curl/7.78.0" "Time: 39770 microsecs""#,
    layouts: || {
        let tail = r#"%l %u %t [%P] "%r" %>s %b "%{Referer}i" "%{User-Agent}i" "Time: %D microsecs""#;
        Layouts::of(Dialect::Apache, [format!("%h {tail}"), format!("%h -> %A {tail}")])
    },
    holds: b" microsecs\"",
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn an_arrow_may_lead_to_the_server() {
        for head in ["192.0.2.7", "192.0.2.7 -> 127.0.0.1"] {
            let line = CITRIX_NETSCALER_ACCESS.example().replace("192.0.2.7", head);
            let record = CITRIX_NETSCALER_ACCESS.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.duration), (Some(&b"192.0.2.7"[..]), Some(39_770_000)), "{line}");
        }
        let line = CITRIX_NETSCALER_ACCESS.example().replace("[82775] ", "");
        assert!(CITRIX_NETSCALER_ACCESS.parse(line.as_bytes()).is_err());
    }
}
