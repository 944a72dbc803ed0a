//! oauth2-proxy's log of requests: who had logged in, what was asked for, and of which upstream.
//!
//! The time is local and without a zone. Versions before 7 have no id of the request; the client is bare where the proxy
//! stands behind another and is told to believe it.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `client - id - user [time] host METHOD upstream "target" protocol "agent" status bytes seconds`.
pub(crate) static OAUTH2_PROXY: Laid = Laid::new(Plan {
    name: "oauth2_proxy",
    aliases: &[],
    about: "oauth2-proxy request log",
    example: r#"192.0.2.7:51234 - 3d2f1a8b-c7e1-4a0f-9b1d-5f2a7c3e9d10 - frank@shop.example [2024/05/01 00:02:15] shop.example GET - "/a?b=1" HTTP/1.1 "Mozilla/5.0" 200 2326 0.012"#,
    layouts: || {
        let tail = r#"[${time:%Y/%m/%d %H:%M:%S}] $host $request_method $_upstream "$request_uri" $server_protocol "$http_user_agent" $status $body_bytes_sent $request_time"#;
        let layouts = ["$client_and_port - $request_id - $remote_user", "$client_and_port - $remote_user"];
        Layouts::of(Dialect::Nginx, layouts.map(|head| format!("{head} {tail}")))
    },
    mend: |record, _| match record.method.and(record.target) {
        Some(_) => Ok(()),
        None => Err("a method and a target"),
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn who_logged_in_is_named() {
        let example = OAUTH2_PROXY.example();
        for line in [
            example.to_owned(),
            example.replace(":51234 - 3d2f1a8b-c7e1-4a0f-9b1d-5f2a7c3e9d10", ""),
            example.replace("7:51234", "7"),
        ] {
            let record = OAUTH2_PROXY.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!(
                (record.client, record.user),
                (Some(&b"192.0.2.7"[..]), Some(&b"frank@shop.example"[..])),
                "{line}"
            );
            assert_eq!((record.target, record.status, record.bytes), (Some(&b"/a?b=1"[..]), Some(200), Some(2326)));
            assert_eq!((record.agent, record.duration), (Some(&b"Mozilla/5.0"[..]), Some(12_000_000)));
            assert!(record.time.is_some());
        }
        let line = "192.0.2.7 - 3d2f - frank [2024/05/01 00:02:15] [AuthSuccess] Authenticated via OAuth2: Session{}";
        assert!(OAUTH2_PROXY.parse(line.as_bytes()).is_err());
    }
}
